/** What changes mean, said one change and one row at a time; and changes at random, to compare with. */

import fc from 'fast-check'
import type { Change, Row, Table, Value } from '../../../projections/read-model.ts'
import { readModel } from '../../../projections/read-model.ts'

export const accounts: Table = {
  columns: {
    owner: { type: 'text' },
    number: { type: 'bigint' },
    balance: { type: 'numeric' },
    uses: { type: 'integer', default: 5 },
    note: { type: 'text', nullable: true },
    bonus: { type: 'bigint', nullable: true },
    tags: { type: 'text[]', default: ['new'] },
    extra: { type: 'jsonb', nullable: true },
  },
  key: ['owner', 'number'],
}

export const bank = readModel({ name: 'bank', version: 1, tables: { accounts } })

/** A number as a count of its smallest unit, so that sums are exact and equal ones are the same. */
const PLACES = 6

function units(value: Value): bigint {
  const [whole = '0', fraction = ''] = String(value ?? 0).split('.')
  return BigInt(whole + fraction.padEnd(PLACES, '0'))
}

const NUMBERS = ['balance', 'uses', 'bonus']

function plain(column: string, value: Value): Value {
  if (value === null) return null
  return NUMBERS.includes(column) ? units(value) : value
}

export type Rows = Map<string, Record<string, Value>>

export function keyText(key: Row): string {
  return `${key.owner}/${key.number}`
}

export function newRow(key: Row): Record<string, Value> {
  const { owner = null, number = null } = key
  return {
    owner,
    number: BigInt(String(number)),
    balance: units(0),
    uses: units(5),
    note: null,
    bonus: null,
    tags: ['new'],
    extra: null,
  }
}

function assign(row: Record<string, Value>, cells: Row): void {
  for (const [column, value] of Object.entries(cells)) {
    if (column !== 'owner' && column !== 'number') row[column] = plain(column, value)
  }
}

export function interpret(rows: Rows, change: Change): void {
  if (change.op === 'put') {
    const row = newRow(change.row)
    assign(row, change.row)
    rows.set(keyText(change.row), row)
    return
  }
  const at = keyText(change.key)
  if (change.op === 'remove') rows.delete(at)
  if (change.op === 'patch') assign(rows.get(at) ?? {}, change.set)
  if (change.op === 'add') {
    const row = rows.get(at) ?? newRow(change.key)
    assign(row, change.set ?? {})
    for (const [column, amount] of Object.entries(change.add)) {
      row[column] = BigInt(String(row[column] ?? 0)) + units(amount)
    }
    rows.set(at, row)
  }
}

/** Rows as Postgres gave them, in the same terms. */
export function plainRow(row: Row): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column, plain(column, value)]),
  )
}

const amount = fc
  .tuple(fc.bigInt(-(10n ** 25n), 10n ** 25n), fc.integer({ min: 1, max: PLACES }))
  .map(([unscaled, places]) => {
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(places + 1, '0')
    return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`
  })
const count = fc.integer({ min: -100, max: 100 })
const whole = fc.oneof(fc.bigInt(-(2n ** 50n), 2n ** 50n), count)
const words = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.constantFrom('', 'NULL', '{}', '"', '\\', "';--", 'ü 水', ' a,b '),
)
const note = fc.option(words.map((text) => text.replaceAll('\0', '')))
const tags = fc.array(note.map(String), { maxLength: 3 })
const extra = fc.option(
  fc.record({ a: note, b: fc.array(count, { maxLength: 2 }) }, { noNullPrototype: true }),
)
const key = fc.record(
  {
    owner: fc.constantFrom('ann', 'bob', 'a"b\\c'),
    number: fc.constantFrom(1, 2n, 9007199254740993n),
  },
  { noNullPrototype: true },
)

const others = { note, tags, extra }
const numbers = { balance: amount, uses: count, bonus: whole }
const optional = { requiredKeys: [], noNullPrototype: true }

/** `NOT NULL` columns are not set to null; a column is not both set and added to. */
export const anyChange: fc.Arbitrary<Change> = fc.oneof(
  fc
    .tuple(key, fc.record({ ...others, ...numbers }, optional))
    .map(([key, row]): Change => ({ op: 'put', table: 'accounts', row: { ...key, ...row } })),
  fc
    .tuple(key, fc.record({ ...others, ...numbers, bonus: fc.option(whole) }, optional))
    .map(([key, set]): Change => ({ op: 'patch', table: 'accounts', key, set })),
  fc
    .tuple(key, fc.record(numbers, optional), fc.record({ ...others, ...numbers }, optional))
    .map(([key, add, all]): Change => {
      const set = Object.fromEntries(
        Object.entries(all).filter(([column]) => !Object.hasOwn(add, column)),
      )
      return { op: 'add', table: 'accounts', key, add, set }
    }),
  key.map((key): Change => ({ op: 'remove', table: 'accounts', key })),
)
