/** Which way imports point: inwards, never in a circle, and the domain touches nothing outside. */

import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from '@babel/parser'
import { test } from 'tap'

const root = fileURLToPath(new URL('../', import.meta.url))

/** Whom the files of a room may import, besides each other. A room not named here may import all. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  commands: ['domain'],
  projections: ['domain'],
  feed: ['domain'],
  sagas: ['domain', 'commands'],
  http: ['domain'],
  'write-api': ['domain', 'commands', 'projections', 'http'],
  'read-api': ['domain', 'commands', 'projections', 'http'],
  demo: ['domain'],
  infra: [
    'domain',
    'commands',
    'projections',
    'sagas',
    'feed',
    'http',
    'write-api',
    'read-api',
    'demo',
  ],
}

/** Libraries without input or output. */
const pure = new Set(['zod', 'decimal.js', 'immutable'])

/** What else the feed may use: its hashes are over what it is given. */
const pureForFeed = new Set([...pure, 'node:crypto'])

const importing = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
])

type Import = Readonly<{ from: string; to: string }>

const files = await sourceFiles()
const imports = (await Promise.all(files.map(importsOf))).flat()

test('rooms import only whom they may', async (t) => {
  const wrong = imports.filter(({ from, to }) => {
    const rule = allowed[roomOf(from)]
    return rule !== undefined && isOurs(to) && ![roomOf(from), ...rule].includes(roomOf(to))
  })
  t.strictSame(wrong, [])
})

test('the domain imports only pure libraries', async (t) => {
  const wrong = imports.filter(
    ({ from, to }) => roomOf(from) === 'domain' && !isOurs(to) && !pure.has(to),
  )
  t.strictSame(wrong, [])
})

test('the feed speaks of events by pure libraries', async (t) => {
  const wrong = imports.filter(
    ({ from, to }) => roomOf(from) === 'feed' && !isOurs(to) && !pureForFeed.has(to),
  )
  t.strictSame(wrong, [])
})

test('only the composition root, tools and tests import infra', async (t) => {
  const rooms = imports
    .filter(({ from, to }) => isOurs(to) && roomOf(to) === 'infra' && roomOf(from) !== 'infra')
    .map(({ from }) => roomOf(from))
  const outer = ['main.ts', 'bench', 'demo', 'scripts', 'test']
  t.strictSame(
    rooms.filter((room) => !outer.includes(room)),
    [],
  )
})

test('no imports go in a circle', async (t) => {
  t.strictSame(findCircle(), undefined)
})

function roomOf(file: string): string {
  return file.split('/')[0] ?? ''
}

function isOurs(target: string): boolean {
  return target.endsWith('.ts') || target.endsWith('.json')
}

async function sourceFiles(): Promise<readonly string[]> {
  const outside = /^(node_modules|\.|data\/|test\/conformance\/kit\/)/
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !outside.test(file))
    .sort()
}

/** Static, type-only, re-exporting and dynamic imports; those of ours as paths from the root. */
async function importsOf(from: string): Promise<readonly Import[]> {
  const text = await readFile(join(root, from), 'utf8')
  const { program } = parse(text, { sourceType: 'module', plugins: ['typescript'] })
  return [...specifiers(program)].map((specifier) => ({
    from,
    to: specifier.startsWith('.')
      ? relative(root, join(root, dirname(from), specifier))
      : specifier,
  }))
}

function* specifiers(node: unknown): Generator<string> {
  if (Array.isArray(node)) for (const each of node) yield* specifiers(each)
  if (!isNode(node)) return
  if (importing.has(node.type) && isText(node.source)) yield node.source.value
  if (node.type === 'TSImportType' && isText(node.argument)) yield node.argument.value
  if (node.type === 'CallExpression' && isNode(node.callee)) {
    const [first] = Array.isArray(node.arguments) ? node.arguments : []
    if (node.callee.type === 'Import' && isText(first)) yield first.value
  }
  for (const [key, child] of Object.entries(node)) if (key !== 'loc') yield* specifiers(child)
}

type Node = Readonly<{ type: string }> & Readonly<Record<string, unknown>>

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}

function isText(value: unknown): value is Node & Readonly<{ value: string }> {
  return isNode(value) && typeof value.value === 'string'
}

/** The files of one circle, in order; nothing if there is none. */
function findCircle(): readonly string[] | undefined {
  const targets = Map.groupBy(
    imports.filter(({ to }) => to.endsWith('.ts')),
    ({ from }) => from,
  )
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file]
    if (done.has(file)) return undefined
    for (const { to } of targets.get(file) ?? []) {
      const circle = visit(to, [...path, file])
      if (circle !== undefined) return circle
    }
    done.add(file)
    return undefined
  }
  for (const file of files) {
    const circle = visit(file, [])
    if (circle !== undefined) return circle
  }
  return undefined
}
