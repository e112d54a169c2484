/** A node that is killed while it is written to loses nothing and doubles nothing. */
import { randomUUID } from 'node:crypto'
import type { EventStoreDBClient } from '@eventstore/db-client'
import { test } from 'tap'
import { testDatabase } from '../../support/postgres.ts'
import { connect, numbered } from './node-client.ts'
import { startNodeProcess } from './node-process.ts'

const writers = 16
const kills = 4
const appendsBetweenKills = 400

test('every acknowledged event is there once and in order after kills under load', {
  timeout: 120_000,
}, async (t) => {
  const node = await startNodeProcess(t, await testDatabase(t))
  const client = connect(t, node.port)
  const progress = { acknowledged: 0, isOver: false }
  const writing = Promise.all(
    Array.from({ length: writers }, (_, index) => write(client, `writer-${index}`, progress)),
  )
  for (let kill = 1; kill <= kills; kill += 1) {
    await reached(progress, kill * appendsBetweenKills)
    await node.restart()
  }
  await reached(progress, (kills + 1) * appendsBetweenKills)
  progress.isOver = true
  for (const { stream, ids } of await writing) {
    t.same(await idsIn(client, stream), ids, `${stream} holds what was acknowledged`)
  }
})

type Progress = { acknowledged: number; isOver: boolean }

/** Appends one event after another; after an unknown outcome the same event again. */
async function write(client: EventStoreDBClient, stream: string, progress: Progress) {
  const ids: string[] = []
  while (!progress.isOver) {
    const id = randomUUID()
    const expectedRevision = ids.length === 0 ? 'no_stream' : BigInt(ids.length - 1)
    await appendUntilKnown(client, stream, numbered(ids.length, 'Numbered', id), expectedRevision)
    ids.push(id)
    progress.acknowledged += 1
  }
  return { stream, ids }
}

async function appendUntilKnown(
  client: EventStoreDBClient,
  stream: string,
  event: ReturnType<typeof numbered>,
  expectedRevision: 'no_stream' | bigint,
): Promise<void> {
  for (;;) {
    try {
      await client.appendToStream(stream, event, { expectedRevision })
      return
    } catch (error) {
      if (error instanceof Error && error.name === 'WrongExpectedVersionError') throw error
      await new Promise((resolve) => setTimeout(resolve, 10)) // the node is starting
    }
  }
}

async function idsIn(client: EventStoreDBClient, stream: string): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const { event } of client.readStream(stream)) if (event) ids.push(event.id)
  return ids
}

async function reached(progress: Progress, acknowledged: number): Promise<void> {
  while (progress.acknowledged < acknowledged) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
