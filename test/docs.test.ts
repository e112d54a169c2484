/** The documents say what is there: variables, metrics, files, links, and an example that works. */

import { glob, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { environmentVariables } from '../infra/config.ts'
import { discover } from '../infra/discover.ts'
import { temporaryFolder } from './support/folders.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const operations = await text('docs/operations.md')
const pages = ['README.md', ...(await found('docs/**/*.md'))]

test('operations lists every variable with its default', (t) => {
  const rows = operations.matchAll(/^\| `([A-Z_]+)` \| (?:`(.+?)`)? ?\|/gm)
  const listed = new Map([...rows].map(([, name = '', standard]) => [name, standard]))
  t.strictSame(listed, environmentVariables())
  t.end()
})

test('operations lists every metric', async (t) => {
  const sources = await Promise.all((await found('infra/**/*.ts')).map(text))
  const named = sources.flatMap((source) => [...source.matchAll(/'(tradeline_[a-z_]+)'/g)])
  const listed = operations.matchAll(/^\| `(tradeline_[a-z_]+)` \|/gm)
  t.strictSame([...listed].map(([, name]) => name).sort(), named.map(([, name]) => name).sort())
})

test('the architecture says of every kind of stream why it is one', async (t) => {
  const { aggregates } = await discover(root)
  const [, streams = ''] = /^## Streams\n(.+?)^## /ms.exec(await text('docs/architecture.md')) ?? []
  const kinds = [...streams.matchAll(/^\| (`.+?`) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  )
  t.strictSame(kinds.toSorted(), [...aggregates.keys()].toSorted())
})

test('links between documents lead somewhere', async (t) => {
  const dead: string[] = []
  for (const page of pages) {
    for (const [, target = ''] of (await text(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue
      const [file = '', heading] = target.split('#')
      const path = file === '' ? page : join(dirname(page), file)
      if (!(await isThere(path, heading))) dead.push(`${page}: ${target}`)
    }
  }
  t.strictSame(dead, [])
})

test('files and folders that documents name are there', async (t) => {
  const missing: string[] = []
  for (const page of pages) {
    const paths = (await text(page)).matchAll(/`((?:[a-z][\w-]*\/)+(?:[\w-]+\.(?:test\.)?ts)?)`/g)
    for (const [, path = ''] of paths) {
      const isMade = /^(data|node_modules|dist|postgres|nats|keys|logs|run)\//.test(path)
      if (!isMade && !(await isThere(path))) missing.push(`${page}: ${path}`)
    }
  }
  t.strictSame(missing, [])
})

test('every decision is listed', async (t) => {
  const index = await text('docs/decisions/README.md')
  const files = (await readdir(join(root, 'docs/decisions'))).filter((file) => file !== 'README.md')
  t.strictSame(
    files.filter((file) => !index.includes(`](${file})`)),
    [],
  )
})

test("npx may run the program that the README's walk starts with", async (t) => {
  const { bin } = JSON.parse(await text('package.json'))
  const { mode } = await stat(join(root, bin))
  t.equal(mode & 0o111, 0o111, 'everybody may execute it')
})

test("the README's example declares what it says", async (t) => {
  const [, code = ''] = /```ts\n(.+?)```/s.exec(await text('README.md')) ?? []
  const folder = await temporaryFolder(t)
  for (const room of ['domain', 'commands', 'sagas', 'projections', 'feed']) {
    await mkdir(join(folder, room))
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await writeFile(join(folder, 'domain/example.ts'), code.replaceAll("'./", `'${root}`))
  const declared = await discover(folder)
  t.ok(declared.events.has('DealerRated'))
  t.ok(declared.aggregates.has('rating'))
  t.ok(declared.commands.has('RateDealer'))
  t.ok(declared.readModels.has('ratings'))
  t.ok(declared.sagas.has('bad-ratings'))
})

function text(path: string): Promise<string> {
  return readFile(join(root, path), 'utf8')
}

async function found(pattern: string): Promise<readonly string[]> {
  return (await Array.fromAsync(glob(pattern, { cwd: root }))).sort()
}

async function isThere(path: string, heading?: string): Promise<boolean> {
  const exists = await stat(join(root, path)).then(
    () => true,
    () => false,
  )
  if (!exists || heading === undefined) return exists
  const headings = (await text(path)).matchAll(/^#+ (.+)$/gm)
  return [...headings].some(([, title = '']) => anchorOf(title) === heading)
}

/** As the common viewers of Markdown make them. */
function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
