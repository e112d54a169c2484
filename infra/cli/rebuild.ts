/** `tradeline rebuild <read model>`: builds it anew beside the old one; reads go on meanwhile. */

import { setTimeout as delay } from 'node:timers/promises'
import { Presets, SingleBar } from 'cli-progress'
import { projectionsWork } from '../../projections/engine/engine.ts'
import { rebuild as request } from '../../projections/engine/rebuild.ts'
import { projectionStatus } from '../../projections/engine/status.ts'
import type { ReadModel } from '../../projections/read-model.ts'
import { StartError } from '../embedded/start-error.ts'
import { bookedLog } from '../event-store/booked-log.ts'
import { lead } from '../postgres/leadership.ts'
import { type Tools, withTools } from './tools.ts'

type Options = Readonly<{ data: string }>

const LOOK_EVERY_MS = 200

/** Ends when the new build has taken the old one's place. */
export async function rebuild(name: string, { data }: Options): Promise<void> {
  await withTools(data, async (tools) => {
    const readModel = tools.declarations.readModels.get(name)
    if (readModel === undefined) {
      const names = [...tools.declarations.readModels.keys()].join(', ')
      throw new StartError(`There is no read model "${name}"; there are ${names}.`)
    }
    const { databaseUrl, logger, pool, store, declarations } = tools
    await request(pool, readModel)
    // A worker that runs does the work; where none does, this process leads for the time.
    const office = lead({
      url: databaseUrl,
      name: 'projections',
      log: logger,
      onLead: projectionsWork({
        readModels: [...declarations.readModels.values()],
        eventLog: bookedLog(store),
        pool,
        log: logger,
      }),
    })
    try {
      await watch(tools, readModel)
    } finally {
      await office.stop()
    }
  })
}

async function watch({ pool, store }: Tools, readModel: ReadModel): Promise<void> {
  const bar = new SingleBar(
    { format: `${readModel.name} {bar} {percentage}% | {events} events | {left} left` },
    Presets.shades_classic,
  )
  const { isTTY } = process.stdout
  if (isTTY) bar.start(1, 0, { events: 0, left: '?' })
  try {
    for (;;) {
      const [status] = await projectionStatus(pool, [readModel], await store.head())
      const building = status?.rebuild
      if (building === undefined) break
      if (building.status === 'stopped') {
        throw new StartError(
          `The build stopped at position ${building.error?.position}: ${building.error?.message}`,
        )
      }
      const target = Number(building.target ?? 1n)
      bar.setTotal(Math.max(target, 1))
      const left = building.secondsLeft === undefined ? '?' : `${Math.ceil(building.secondsLeft)} s`
      bar.update(Math.max(Number(building.position), 0), { events: building.events, left })
      await delay(LOOK_EVERY_MS)
    }
    if (isTTY) bar.update(bar.getTotal(), { left: '0 s' })
  } finally {
    bar.stop()
  }
  process.stdout.write(`${readModel.name} is built and serves.\n`)
}
