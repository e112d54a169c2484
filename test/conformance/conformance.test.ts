/** The embedded node does what a real EventStoreDB 23.10 did, seen through the same client. */
import { createServer } from 'node:net'
import { type Test, test } from 'tap'
import { startNodeProcess } from '../infra/event-store-node/node-process.ts'
import { testDatabase } from '../support/postgres.ts'
import { differences, restsOnWhatIsLeftOut } from './differences.ts'
import { type Outcome, type Outcomes, runScenarios, scenarioSources } from './kit.ts'

const scenarioMs = 20_000 // the kit's own 5 s are for a machine that does nothing else
const fewest = 115 // so that the rule can't leave out more and more

test('the scenarios of the conformance kit', { timeout: 300_000 }, async (t) => {
  const sources = await scenarioSources()
  const names = [...sources]
    .filter(([name, source]) => !restsOnWhatIsLeftOut(name, source))
    .map(([name]) => name)
  t.ok(names.length >= fewest, `${names.length} scenarios are run`)

  const outcomes = await Promise.all(areas(names).map((area) => runArea(t, area)))
  const all = new Map(outcomes.flatMap((outcomes) => [...outcomes]))
  for (const name of names) verify(t, name, all.get(name))
})

/** Runs scenarios on a node of their own: some count what goes through the whole log. */
async function runArea(t: Test, names: readonly string[]): Promise<Outcomes> {
  const node = await startNodeProcess(t, await testDatabase(t))
  const control = await restartOnConnect(() => node.restart())
  t.teardown(() => control.close())
  const options = ['--timeout', String(scenarioMs), '--restart-cmd', control.command]
  const run = (names: readonly string[]) => runScenarios(node.connectionString, names, options)
  const outcomes = await run(names)
  const late = names.filter((name) => outcomes.get(name)?.report.includes('no end within'))
  if (late.length === 0) return outcomes
  return new Map([...outcomes, ...(await run(late))]) // the machine may have been busy
}

function verify(t: Test, name: string, outcome: Outcome | undefined): void {
  const reason = differences[name]
  if (outcome === undefined) t.fail(`${name} was not run`)
  else if (reason === undefined) t.ok(outcome.passed, outcome.passed ? name : outcome.report)
  else t.notOk(outcome.passed, `${name} is listed as different: ${reason}`)
}

/** Scenarios mostly wait: those of different areas are run side by side. */
function areas(names: readonly string[]): readonly (readonly string[])[] {
  const areaOf = (name: string) => name.slice(0, name.indexOf('/'))
  return Object.values(Object.groupBy(names, areaOf)).map((names) => names ?? [])
}

/** A command that restarts the node, for a process that can't reach it itself. */
async function restartOnConnect(restart: () => Promise<void>) {
  const server = createServer(async (socket) => {
    await restart()
    socket.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const wait = `require('node:net').connect(${port}, '127.0.0.1').resume()`
  return { command: `"${process.execPath}" -e "${wait}"`, close: () => server.close() }
}
