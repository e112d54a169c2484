/** The demo: plays Northwind's history through tradeline's services and holds the result to its figures. */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { figuresOf } from './figures.ts'
import { httpPorts, type Services } from './http.ts'
import { type Northwind, readNorthwind, TABLE_NAMES, type TableName } from './northwind.ts'
import { planOf } from './plan.ts'
import { play } from './play.ts'
import { type Progress, progressOn, SILENT } from './progress.ts'
import { type Summary, summaryOf, tableOf } from './summary.ts'

export type DemoOptions = Services &
  Readonly<{
    /** Shows how far it is and prints the summary there; default: nowhere. */
    output?: NodeJS.WriteStream | undefined
  }>

/**
 * Plays what is not played yet, and compares. The system's first business day must be `FIRST_DAY`.
 * Rejects if a command is refused, or if `signal` ended it; figures that differ are in the summary.
 */
export async function runDemo({ output, ...services }: DemoOptions): Promise<Summary> {
  const plan = planOf(await loadNorthwind())
  const ports = httpPorts(services)
  const progress: Progress = output === undefined ? SILENT : progressOn(output)
  const { signal } = services
  const position = await play(plan, ports, { progress, signal })
  const summary = summaryOf(plan, await figuresOf(plan, position, ports))
  output?.write(tableOf(summary))
  return summary
}

/** Northwind's tables, from the files beside this program. */
export async function loadNorthwind(): Promise<Northwind> {
  const folder = join(import.meta.dirname, 'data', 'northwind')
  const files = TABLE_NAMES.map(async (name) => [
    name,
    await readFile(join(folder, `${name}.csv`), 'utf8'),
  ])
  return readNorthwind(Object.fromEntries(await Promise.all(files)) as Record<TableName, string>)
}
