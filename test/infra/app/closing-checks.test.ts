import tap, { test } from 'tap'
import { StatementLinesTaken } from '../../../domain/bankDay/bankDay.ts'
import { PaymentReceived } from '../../../domain/facility/cash-events.ts'
import { DealerJoined } from '../../../domain/facility/credit-events.ts'
import { ReceivableRecognised } from '../../../domain/facility/receivable-events.ts'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import type { Journal } from '../../../domain/kernel/journal.ts'
import { decimal } from '../../../domain/kernel/money.ts'
import { DEFAULT_CHART as chart } from '../../../domain/ledger/chart.ts'
import { postReceipt } from '../../../domain/ledger/money.ts'
import { postShipment } from '../../../domain/ledger/sales.ts'
import { PaymentInitiated, PaymentUnknown } from '../../../domain/payment/events.ts'
import { RefundDue, RefundRequested } from '../../../domain/refund/events.ts'
import { bookedBetween, dayFindings, periodFindings } from '../../../infra/app/closing-checks.ts'
import { verifyLedger } from '../../../infra/cli/verify-ledger.ts'
import { discover } from '../../../infra/discover.ts'
import { createMemoryStore } from '../../../infra/event-store/memory-store.ts'
import { credit } from '../../../projections/credit.ts'
import { ledger } from '../../../projections/ledger.ts'
import { payments } from '../../../projections/payments.ts'
import { receivables } from '../../../projections/receivables.ts'
import { refunds } from '../../../projections/refunds.ts'
import { statements } from '../../../projections/statements.ts'
import { prepareTables } from '../../../sagas/runner/tables.ts'
import { workshop } from '../../projections/engine/support.ts'
import { testId } from '../../support/events.ts'
import { testEnvelope } from '../../support/recorded.ts'

const DAY = '2026-01-05'
const books = { chart, moneySagas: ['payment-allocation'] }

const { events: registry } = await discover(process.cwd())
const store = createMemoryStore({ registry })
const desk = await workshop(tap, Object.assign(store, { add: async () => 0n }))
await prepareTables(desk.pool)
const models = [ledger, receivables, credit, payments, refunds, statements]
desk.start(models)

let written = 0
/** Of a day that the clock has left behind. */
const metadata = testEnvelope({ bookedOn: DAY, recordedAt: '2026-02-03T02:00:00.000Z' })

async function write(stream: string, ...events: readonly DecidedEvent[]): Promise<void> {
  const ready = events.map((event) => {
    written += 1
    return { ...event, id: testId(`closing ${written}`), metadata }
  })
  const { position } = await store.append(stream, ready, 'any')
  await desk.seen(position, ...models.map(({ name }) => name))
}

/** The checks that found something, with how much and the first of it. */
async function day() {
  return foundBy(await dayFindings(desk.pool, books))
}
async function january() {
  return foundBy(await periodFindings(desk.pool, books, '2026-01'))
}
type Findings = Awaited<ReturnType<typeof dayFindings>>
function foundBy(findings: Findings) {
  const some = findings.filter(({ count }) => count > 0)
  return Object.fromEntries(some.map(({ check, examples }) => [check, examples]))
}

const gross = decimal('113.00')
const shipped = (n: number) =>
  ReceivableRecognised({
    receivableId: `D.${n}`,
    dealerId: 'D',
    orderId: 'O',
    fulfilmentId: `O.${n}`,
    amount: '113.00',
    net: '100.00',
    tax: '13.00',
    holdReduced: '0.00',
    dueOn: DAY,
    journal: postShipment(chart, 'D', { gross, net: decimal('100.00'), tax: decimal('13.00') }),
  })

const received = (paymentId: string, journal: Journal) =>
  PaymentReceived({
    paymentId,
    dealerId: 'D',
    amount: '20.00',
    method: 'bank-transfer',
    allocations: [{ receivableId: 'D.1', amount: '15.00' }],
    unapplied: '5.00',
    journal,
  })

const entry = (allocated: string, unapplied: string) =>
  postReceipt(
    chart,
    'D',
    { method: 'bank-transfer' },
    { allocated: decimal(allocated), discount: decimal('0.00'), unapplied: decimal(unapplied) },
  )

test('nothing speaks against closing books that agree', async (t) => {
  await write('facility-D', DealerJoined({ dealerId: 'D' }), shipped(1))
  await write('facility-D', received('P1', entry('15.00', '5.00')))
  t.strictSame(await day(), {})
  t.strictSame(await january(), {})
  t.match(await bookedBetween(desk.pool, DAY, DAY), { debit: '133.00', credit: '133.00' })
})

test('a dealer whose entries are not what its facts say is named, with both figures', async (t) => {
  await write('facility-D', received('P2', entry('14.00', '6.00')))
  t.strictSame(await day(), {
    'receivables-by-dealer': [{ dealerId: 'D', ledger: '84.00', subLedger: '83.00' }],
    'unapplied-cash-by-dealer': [{ dealerId: 'D', ledger: '11.00', subLedger: '10.00' }],
  })
  await write('facility-D', received('P3', entry('16.00', '4.00')))
  t.strictSame(await day(), {})
})

test('a parked instance of a saga that moves money is named, and no other', async (t) => {
  const park = (saga: string) =>
    desk.pool.query(
      `insert into sagas.instances (saga, key, status, state, timers, parked)
       values ($1, 'P1', 'parked', '{}', '{}', '{"error": "it was refused"}')`,
      [saga],
    )
  await park('delivery-watch')
  t.strictSame(await day(), {})
  await park('payment-allocation')
  t.strictSame(await day(), {
    'parked-sagas': [{ saga: 'payment-allocation.P1', reason: 'it was refused' }],
  })
  await desk.pool.query('delete from sagas.instances')
})

test('payments, refunds and statement lines that are not cleared up block their period', async (t) => {
  const payment = { paymentId: 'W', dealerId: 'D' }
  const asked = { ...payment, amount: '7.00', method: 'wechat' as const, reference: 'W' }
  await write(
    'payment-W',
    PaymentInitiated({ ...asked, orderIds: [], receivableIds: [] }),
    PaymentUnknown({ ...payment, asked: 7 }),
  )
  const refund = { refundId: 'R', dealerId: 'D', amount: '5.00' }
  const way = { to: 'bank', method: 'bank-transfer' } as const
  await write(
    'refund-R',
    RefundRequested({
      ...refund,
      ...way,
      facilityId: 'D',
      reason: 'as asked',
      source: 'unapplied-cash',
      needsApproval: false,
    }),
    RefundDue({ ...refund, ...way }),
  )
  const line = { line: 1, lineKey: 'abcdefgh', amount: '3.00', text: 'who knows' }
  await write(
    `bankDay-${DAY}`,
    StatementLinesTaken({ date: DAY, statementId: 'B', source: 'bank', lines: [line] }),
  )
  t.match(await january(), {
    'payments-unknown': [{ paymentId: 'W', dealerId: 'D', amount: '7.00' }],
    'refunds-open': [{ refundId: 'R', status: 'due' }],
    'statement-lines-open': [{ lineId: 'B.1', date: DAY, amount: '3.00' }],
  })
  t.strictSame(await day(), {}, 'they keep no day open')
  const earlier = foundBy(await periodFindings(desk.pool, books, '2025-12'))
  t.strictSame(earlier, {}, 'nor an earlier period')
})

test('entries that do not balance, and accounts that the chart has not, are named', async (t) => {
  const wrong = [
    { account: '1002', debit: '1.00' },
    { account: '9999', credit: '0.50' },
  ]
  await write('facility-D', { ...shipped(2), data: { ...shipped(2).data, journal: wrong } })
  t.match(await january(), {
    'trial-balance': [{ debit: /\.00$/, credit: /\.50$/ }],
    'accounts-unknown': [{ account: '9999', credit: '0.50' }],
  })
})

test('who reads the whole log finds each of them where it is', async (t) => {
  const { events, breaches, examples, sum } = await verifyLedger(store, chart)
  t.equal(events, written)
  t.equal(sum.toFixed(2), '0.50')
  t.match(
    examples.map(({ law, event: { revision } }) => [revision, law]),
    [
      [3n, /dealer's part/],
      [3n, /dealer's part/],
      [5n, /in the chart/],
      [5n, /balances/],
      [5n, /add up to nothing/],
      [5n, /dealer's part/],
    ],
  )
  t.equal(breaches, 6)
})
