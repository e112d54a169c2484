/** Runs the conformance kit as a process of its own and says how its scenarios went. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import * as client from '@eventstore/db-client'
import { z } from 'zod'

const kit = new URL('kit/', import.meta.url)
const runner = fileURLToPath(new URL('run.mjs', kit))
const golden = fileURLToPath(new URL('golden-23.10.8.json', kit))

type Define = (name: string, body: unknown) => void
const ScenarioModule = z.object({ default: z.function({ input: [z.any(), z.any()] }) })

/** The source of every scenario in the kit, by its name. */
export async function scenarioSources(): Promise<ReadonlyMap<string, string>> {
  const folder = new URL('scenarios/', kit)
  const sources = new Map<string, string>()
  const define: Define = (name, body) => sources.set(name, String(body))
  for (const file of await readdir(folder)) {
    const module = ScenarioModule.parse(await import(new URL(file, folder).href))
    module.default(define, client)
  }
  return sources
}

export type Outcome = Readonly<{ passed: boolean; report: string }>

export type Outcomes = ReadonlyMap<string, Outcome>

/** Runs the named scenarios, one after another. */
export async function runScenarios(
  connection: string,
  names: readonly string[],
  options: readonly string[] = [],
): Promise<Outcomes> {
  const only = `^(${names.join('|')})$`
  const process_ = spawn(
    process.execPath,
    [runner, '--connection', connection, '--against', golden, '--only', only, ...options],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  let output = ''
  process_.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  await once(process_, 'close')
  return outcomes(output)
}

const verdict = /^(not )?ok \d+ (\S+).*(\n {2}#.*)*/gm

function outcomes(output: string): Outcomes {
  const found = new Map<string, Outcome>()
  for (const [report, failed, name] of output.matchAll(verdict)) {
    if (name !== undefined) found.set(name, { passed: failed === undefined, report })
  }
  return found
}
