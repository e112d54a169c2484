/** The pages in `docs/` that are made from the declarations. */

import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { madeDocuments } from '../../scripts/docs.ts'

const root = new URL('../../', import.meta.url)

for (const [path, text] of await madeDocuments()) {
  test(`${path} says what is declared; if not, run "npm run docs"`, async (t) => {
    t.equal(await readFile(fileURLToPath(new URL(path, root)), 'utf8'), text)
  })
}

test('every reference in the AsyncAPI document leads somewhere', async (t) => {
  const text = (await madeDocuments()).get('docs/asyncapi.json') ?? ''
  const document: unknown = JSON.parse(text)
  const references = [...text.matchAll(/"\$ref": "#\/([^"]+)"/g)].map(([, path = '']) => path)
  const lost = references.filter((path) => at(document, path.split('/')) === undefined)
  t.ok(references.length > 0)
  t.strictSame(lost, [])
})

function at(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value
  const inside = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  return inside === undefined ? undefined : at(inside, rest)
}
