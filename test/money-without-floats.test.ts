/** Nothing that money passes through uses a binary float (DOMAIN: Money and quantities). */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'tap'
import { moneyFloats, type Rule } from './support/money-floats.ts'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** Where money is decided, kept, sent, taken in and shown. */
const rooms = [
  'domain',
  'commands',
  'sagas',
  'projections',
  'feed',
  'read-api',
  'write-api',
  'demo',
  'infra/app',
  'infra/outbound',
  'infra/providers',
  'infra/tax-authority',
]

/** Numbers that are made of text, or divided, and are no money: by file, with what they are instead. */
const elsewhere: Readonly<Record<string, string>> = {
  'commands/handler/mailboxes.ts': 'commands in a mailbox',
  'commands/imports/cells.ts': 'pieces that are ordered: whole, or the row is refused',
  'demo/northwind.ts': 'pieces of the sample data, of digits alone',
  'demo/receipts.ts': 'the quarter of a month',
  'demo/transfers.ts': 'how often something odd comes',
  'domain/bankStatement/events.ts': 'numbers and pages of lines',
  'domain/invoice/capital-amount.ts': 'single digits, which are spelt out',
  'domain/kernel/dates.ts': 'days, and the parts of a date',
  'domain/order/orderable.ts': 'pieces, in whole multiples',
  'domain/order/plan.ts': 'pieces, in whole multiples',
  'domain/order/split.ts': 'pieces, and sets of warehouses as bits',
  'domain/reference/recent-orders.ts': 'orders that are remembered',
  'infra/outbound/desk.ts': 'milliseconds',
  'infra/outbound/patience.ts': 'milliseconds',
  'infra/providers/simulated-callbacks.ts': 'milliseconds',
  'infra/providers/simulator.ts': 'options of the command line: ports, seeds, milliseconds',
  'infra/tax-authority/server.ts': 'chances of the simulator to fail',
  'infra/tax-authority/simulator.ts': 'options of the command line: ports, seeds, chances',
  'projections/engine/commit.ts': 'events of a batch',
  'projections/engine/exact.ts': 'the exponent of a number; the number itself is a bigint',
  'projections/engine/rebuild.ts': 'events, and seconds that are left',
  'read-api/bank-report.ts': 'lines of statements',
  'read-api/cursor.ts': 'the number of a line',
  'read-api/pdf/invoice-layout.ts': 'millimetres of a page',
  'read-api/pdf/invoice-pdf.ts': 'millimetres of a page',
  'read-api/reconciliation.ts': 'lines of statements',
  'sagas/runner/rows.ts': 'instances of sagas',
  'write-api/headers.ts': 'seconds to wait',
  'write-api/import-file/styles.ts': 'numbers of cell formats',
  'write-api/import-file/xlsx.ts': 'rows, columns, and pieces: no workbook holds amounts',
  'write-api/statement-route.ts': 'seconds to wait',
  'write-api/uploaded-file.ts': 'bytes of a file',
}

/** One place each. */
const allowed: readonly (readonly [file: string, source: string, why: string])[] = [
  ['domain/kernel/money.ts', 'toNumber', 'how many cents are to be given out: whole, and few'],
  ['infra/app/lookups.ts', 'Number(quantity)', 'pieces that were issued'],
]

async function sources(): Promise<readonly string[]> {
  const lists = rooms.map(async (room) => {
    const files = await readdir(join(root, room), { recursive: true })
    return files.filter((file) => file.endsWith('.ts')).map((file) => join(root, room, file))
  })
  return (await Promise.all(lists)).flat()
}

test('no amount becomes a binary float, and no float an amount', async (t) => {
  const found = moneyFloats(root, await sources())
  const listed = new Set(Object.keys(elsewhere))
  const isAllowed = (one: (typeof found)[number]) =>
    listed.has(one.file) ||
    allowed.some(([file, source]) => file === one.file && source === one.source)
  t.strictSame(
    found.filter((one) => !isAllowed(one)),
    [],
    'count in decimals, or say here what it counts',
  )
  const files = new Set(found.map(({ file }) => file))
  const unused = [...listed, ...allowed.map(([file]) => file)].filter((file) => !files.has(file))
  t.strictSame(unused, [], 'what is excused must be there')
})

/** What a careless hand may write, each with the rule that it breaks. */
const careless: readonly (readonly [source: string, rule: Rule | undefined])[] = [
  ['export const cents = Number(text)', 'text or a decimal becomes a number'],
  ['export const cents = parseFloat(text)', 'text or a decimal becomes a number'],
  ['export const cents = Number.parseFloat(text)', 'text or a decimal becomes a number'],
  ['export const cents = +text', 'text or a decimal becomes a number'],
  ['export const all = [text].map(Number)', 'text or a decimal becomes a number'],
  ['export const cents = value.toNumber()', 'text or a decimal becomes a number'],
  ['export const cents = value as unknown as number', 'text or a decimal becomes a number'],
  ['export const list = new Float64Array(1)', 'text or a decimal becomes a number'],
  ['export const cents = -value', 'arithmetic on something else than whole numbers'],
  ['export const more = amount + amount', 'arithmetic on something else than whole numbers'],
  ['export const more = value + value', 'arithmetic on something else than whole numbers'],
  ['export const more = JSON.parse(text) * 2', 'arithmetic on something else than whole numbers'],
  ['export const fee = pieces * 0.0005', 'a number becomes a fraction'],
  ['export const half = pieces / 2', 'a number becomes a fraction'],
  ['export const root = Math.sqrt(pieces)', 'a number becomes a fraction'],
  ['export const Cost = z.number()', 'a number becomes a fraction'],
  ['export const Cost = z.coerce.number().min(0)', 'a number becomes a fraction'],
  ['export const isMore = value > value', 'a decimal is compared as text'],
  ['export const isMore = amount > text', 'a decimal is compared as text'],
  ['export type Line = { netAmount: number }', 'money is a number'],
  ['export const discount = pieces', 'money is a number'],
  ["export const q = 'select amount::float8 from t'", 'SQL makes a float'],
  ['export const q = `select cast(amount as double precision)`', 'SQL makes a float'],
  ["export const column = { type: 'real' }", 'SQL makes a float'],
  ['export const more = value.plus(amount).times(pieces)', undefined],
  ['export const rest = (pieces + 1) % 3', undefined],
  ['export const whole = Number(10n)', undefined],
  ["export const q = 'select sum(amount)::text from t'", undefined],
  ['export const Pieces = z.number().int().min(1)', undefined],
]

const PROLOGUE = `import { z } from 'zod'
import { type Decimal, decimal } from './domain/kernel/money.ts'
export const text: string = '1.00', amount: string = text
export const value: Decimal = decimal(text)
export const pieces: number = 1
export { z }
`

test('what a careless hand may write is found, and no more than that', async (t) => {
  const planted = careless.map(
    ([source], index) => [join(root, `planted-${index}.ts`), `${PROLOGUE}${source}\n`] as const,
  )
  const found = moneyFloats(
    root,
    planted.map(([path]) => path),
    new Map(planted),
  )
  for (const [index, [source, rule]] of careless.entries()) {
    const rules = found.filter(({ file }) => file === `planted-${index}.ts`).map((one) => one.rule)
    t.strictSame([...new Set(rules)], rule === undefined ? [] : [rule], source)
  }
})
