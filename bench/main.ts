/** `npm run bench -- <name> [options]`: runs `bench/<name>.ts`, which prints JSON and a table. */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const PARTS = new Set(['main', 'system', 'load', 'figures', 'order-log', 'postgres'])

const [name, ...options] = process.argv.slice(2)
const files = await readdir(import.meta.dirname)
const names = files
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))
  .filter((file) => !PARTS.has(file))

if (name === undefined || !names.includes(name)) {
  process.stderr.write(`usage: npm run bench -- <${names.join(' | ')}> [options]\n`)
  process.exitCode = 2
} else {
  const file = pathToFileURL(join(import.meta.dirname, `${name}.ts`)).href
  const { bench }: { bench: (options: readonly string[]) => Promise<unknown> } = await import(file)
  await bench(options)
}
