import { deepStrictEqual } from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import type { RowOperation } from '../../../projections/engine/changes.ts'
import { collectChanges } from '../../../projections/engine/changes.ts'
import type { Change, Value } from '../../../projections/read-model.ts'
import { anyChange, bank, interpret, keyText, type Rows } from './naive.ts'

/** Does one operation to one row, by the naive meaning of the changes it stands for. */
function perform(rows: Rows, operation: RowOperation): void {
  const { key } = operation
  const table = 'accounts'
  if (operation.kind === 'put') {
    interpret(rows, { op: 'put', table, row: { ...key, ...operation.set } })
  }
  if (operation.kind === 'remove') interpret(rows, { op: 'remove', table, key })
  if (operation.kind === 'patch') interpret(rows, { op: 'patch', table, key, set: operation.set })
  if (operation.kind === 'add') {
    interpret(rows, { op: 'patch', table, key, set: operation.before })
    interpret(rows, { op: 'add', table, key, add: operation.add, set: operation.set })
  }
}

function collected(changes: readonly Change[]) {
  const collection = collectChanges(bank)
  for (const change of changes) collection.apply(change)
  return collection
}

function copyOf(rows: Rows): Rows {
  return new Map([...rows].map(([key, row]) => [key, { ...row }]))
}

test('collected changes do to any rows what the changes do one by one', (t) => {
  const sequence = fc.array(anyChange, { maxLength: 12 })
  const law = () =>
    fc.assert(
      fc.property(sequence, sequence, (before, changes) => {
        const rows: Rows = new Map()
        for (const change of before) interpret(rows, change)
        const other = copyOf(rows)
        for (const change of changes) interpret(rows, change)
        for (const { rows: operations } of collected(changes).tables()) {
          for (const operation of operations.values()) perform(other, operation)
        }
        deepStrictEqual(other, rows)
      }),
      { numRuns: 500 },
    )
  t.doesNotThrow(law)
  t.end()
})

test('there is at most one operation a row, however its key is written', (t) => {
  const changes = collected([
    { op: 'put', table: 'accounts', row: { owner: 'ann', number: 7 } },
    { op: 'add', table: 'accounts', key: { owner: 'ann', number: 7n }, add: { balance: '0.10' } },
    { op: 'add', table: 'accounts', key: { number: '7', owner: 'ann' }, add: { balance: '0.2' } },
  ])
  t.equal(changes.size(), 1)
  const [table] = changes.tables()
  const operations = [...(table?.rows.values() ?? [])]
  t.match(operations, [{ kind: 'put', set: { balance: '0.30' } }])
  t.equal(operations.map(({ key }) => keyText(key)).join(), 'ann/7')
  t.end()
})

const refused: readonly (readonly [string, unknown])[] = [
  ['an unknown table', { op: 'remove', table: 'ghosts', key: { owner: 'a', number: 1 } }],
  ['an unknown column', patch({ colour: 'red' })],
  ['a change of the key', patch({ owner: 'bob' })],
  ['a value that is undefined', patch({ note: undefined })],
  ['half a key', { op: 'remove', table: 'accounts', key: { owner: 'a' } }],
  [
    'more than the key',
    { op: 'remove', table: 'accounts', key: { owner: 'a', number: 1, uses: 1 } },
  ],
  ['a key of another type', { op: 'remove', table: 'accounts', key: { owner: 1, number: 1 } }],
  ['an addition to text', add({ note: 1 })],
  ['an addition of no number', add({ balance: '1.0.0' })],
  ['an addition of a fraction to a whole number', add({ uses: 0.5 })],
  ['a column both set and added to', { ...add({ uses: 1 }), set: { uses: 2 } }],
]

function patch(set: Record<string, unknown>) {
  return { op: 'patch', table: 'accounts', key: { owner: 'a', number: 1 }, set }
}

function add(amounts: Record<string, Value>) {
  return { op: 'add', table: 'accounts', key: { owner: 'a', number: 1 }, add: amounts }
}

for (const [what, change] of refused) {
  test(`${what} is refused, and nothing is collected of it`, (t) => {
    const changes = collectChanges(bank)
    t.throws(() => changes.apply(change as Change), TypeError)
    t.equal(changes.size(), 0)
    t.end()
  })
}
