import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Test, test } from 'tap'
import { discover } from '../../infra/discover.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

test('everything that is declared is found by its name', async (t) => {
  const { events, aggregates, commands, readModels, sagas } = await discover(root)
  t.equal(events.get('StockReserved')?.version, 1)
  t.equal(aggregates.get('stock')?.category, 'stock')
  t.equal(commands.get('PlaceOrder')?.aggregate.category, 'order')
  for (const [type, definition] of events) t.equal(definition.eventType, type)
  for (const [name, readModel] of readModels) t.equal(readModel.name, name)
  for (const [name, saga] of sagas) t.equal(saga.name, name)
})

test('every event that a saga, a read model or the feed takes up is declared', async (t) => {
  const { events, sagas, readModels, publicEvents } = await discover(root)
  const heard = [...sagas.values()].flatMap(({ listens }) => [...listens.keys()])
  const handled = [...readModels.values()].flatMap(({ handlers }) => [...handlers.keys()])
  const said = [...publicEvents.values()].map(({ eventType }) => eventType)
  t.strictSame(
    [...heard, ...handled, ...said].filter((type) => !events.has(type)),
    [],
  )
})

test('two events of one name are refused, with both their places', async (t) => {
  const copy = await folderOf(t, {
    'domain/one.ts': declared('Twice'),
    'domain/two.ts': declared('Twice'),
  })
  await t.rejects(
    discover(copy),
    /two events are called Twice: in domain\/one.ts and in domain\/two.ts/,
  )
})

test('an event exported from two files is one event', async (t) => {
  const copy = await folderOf(t, {
    'domain/one.ts': declared('Once'),
    'domain/two.ts': `export { Declared } from './one.ts'\n`,
  })
  t.ok((await discover(copy)).events.has('Once'))
})

function declared(type: string): string {
  const kernel = new URL('../../domain/kernel/event.ts', import.meta.url).href
  return `import { event } from '${kernel}'\nexport const Declared = event('${type}', 1, {})\n`
}

async function folderOf(t: Test, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = t.testdir()
  for (const room of ['domain', 'commands', 'sagas', 'projections', 'feed']) {
    await mkdir(join(folder, room), { recursive: true })
  }
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder, path), text)
  return folder
}
