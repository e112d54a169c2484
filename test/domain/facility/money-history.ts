/** Random histories of money in a facility, over business days: all that may happen to it. */

import fc from 'fast-check'
import type { FacilityState } from '../../../domain/facility/state.ts'
import { addDays } from '../../../domain/kernel/dates.ts'
import { decimal, netOf, toAmount } from '../../../domain/kernel/money.ts'
import {
  bouncing,
  crediting,
  payingOut,
  reallocating,
  recovering,
  releasingRefund,
  reserving,
  writingOff,
} from './money.ts'
import { redating } from './overdue.ts'
import { follow, type History } from './overdue-history.ts'
import { type Asking, awaiting, placing, receiving, releasing, shipping } from './tree.ts'

/** What is done on a day; the day, and what there is by then, are known only when it is its turn. */
export type Act = (today: string, state: FacilityState) => Asking

export type Day = Readonly<{ open: readonly Act[]; meanwhile: readonly Act[] }>

const DEALERS = { O1: 'A1', O2: 'A1', O3: 'B', O4: 'A1', O5: 'B' } as const
type OrderId = keyof typeof DEALERS
export const ORDERS = Object.keys(DEALERS) as readonly OrderId[]

const order = fc.constantFrom(...ORDERS)
const payment = fc.constantFrom('P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8')
const receivables = ['ROOT.1', 'ROOT.2', 'ROOT.3', 'ROOT.4', 'ROOT.5', 'ROOT.6'] as const
const back = fc.oneof(fc.constant(0), fc.nat(3), fc.nat(12))
const percent = fc.constantFrom(1, 20, 50, 99, 100)
const cents = fc.integer({ min: 1, max: 90_000 }).map((n) => toAmount(decimal(n).dividedBy(100)))

/** A share of a sum, at least a cent. */
function shareOf(amount: string, share: number): string {
  const part = decimal(amount).times(share).dividedBy(100).toDecimalPlaces(2, 1)
  return part.isZero() ? '0.01' : toAmount(part)
}

const ship: fc.Arbitrary<Act> = fc
  .tuple(order, fc.integer({ min: 1, max: 3 }), cents, back)
  .map(([id, n, amount, days]) => (today) => {
    const net = netOf(decimal(amount), decimal('0.13'))
    const tax = toAmount(decimal(amount).minus(net))
    const effectiveOn = addDays(today, -days)
    return shipping(DEALERS[id], id, `${id}.${n}`, { amount, net: toAmount(net), tax, effectiveOn })
  })

const pay: fc.Arbitrary<Act> = fc
  .record({
    id: payment,
    dealerId: fc.constantFrom('A1', 'B'),
    amount: cents,
    receivableIds: fc.subarray([...receivables], { maxLength: 2 }),
    orderIds: fc.subarray([...ORDERS], { maxLength: 2 }),
    days: back,
    method: fc.constantFrom('bank-transfer', 'wechat'),
    clearedFrom: fc.constantFrom(undefined, 'suspense'),
  })
  .map(
    ({ id, dealerId, amount, days, ...more }) =>
      (today) =>
        receiving(dealerId, id, amount, { ...more, effectiveOn: addDays(today, -days) }),
  )

const redate: fc.Arbitrary<Act> = fc.tuple(payment, back).map(
  ([id, days]) =>
    (today) =>
      redating(id, addDays(today, -days)),
)

const prepaid: fc.Arbitrary<Act> = fc.tuple(fc.constantFrom('O4', 'O5'), cents, fc.nat(2)).map(
  ([id, amount, n]) =>
    () =>
      awaiting(DEALERS[id], id, amount, n),
)
const hold: fc.Arbitrary<Act> = fc.tuple(fc.constantFrom('O1', 'O2', 'O3'), cents, fc.nat(2)).map(
  ([id, amount, n]) =>
    () =>
      placing(DEALERS[id], id, amount, n),
)
const release: fc.Arbitrary<Act> = fc
  .tuple(order, fc.constantFrom('compensation', 'completed'))
  .map(
    ([id, reason]) =>
      () =>
        releasing(DEALERS[id], id, reason),
  )

/** One of what there is, if there is something. */
function pick<Item>(items: readonly Item[], nth: number): Item | undefined {
  return items[nth % Math.max(items.length, 1)]
}

/** Shares of what the payer owes or owed: more than can be paid now and then. */
const reallocation: fc.Arbitrary<Act> = fc
  .tuple(payment, fc.array(fc.tuple(fc.nat(9), percent), { maxLength: 3 }))
  .map(([id, to]) => (_, state) => {
    const { dealerId, amount: money } = state.payments.get(id) ?? { amount: '0.01' }
    const own = [...state.receivables].filter(([, one]) => one.dealerId === dealerId)
    const named = new Map(
      to.flatMap(([nth, share]) => {
        const [receivableId, { amount }] = pick(own, nth) ?? ['ROOT.1', { amount: '0.01' }]
        return [[receivableId, shareOf(smaller(amount, money), share)]]
      }),
    )
    return reallocating(id, ...named)
  })

const bounce: fc.Arbitrary<Act> = fc.tuple(payment, back).map(
  ([id, days]) =>
    (today) =>
      bouncing(id, { effectiveOn: addDays(today, -days) }),
)

const lose: fc.Arbitrary<Act> = fc.tuple(fc.nat(9), percent).map(([nth, share]) => (_, state) => {
  const open = [...state.receivables].filter(([, { outstanding }]) => outstanding !== '0.00')
  const [id, { outstanding }] = pick(open, nth) ?? ['ROOT.1', { outstanding: '1.00' }]
  return writingOff(id, shareOf(outstanding, share))
})
const find: fc.Arbitrary<Act> = fc.tuple(fc.nat(9), percent).map(([nth, share]) => (_, state) => {
  const lost = [...state.receivables].filter(([, { loss }]) => loss !== undefined)
  const [id, { loss }] = pick(lost, nth) ?? ['ROOT.1', { loss: undefined }]
  return recovering(id, shareOf(loss?.writtenOff ?? '1.00', share))
})

const giveBack: fc.Arbitrary<Act> = fc
  .record({
    id: order,
    n: fc.integer({ min: 1, max: 3 }),
    share: percent,
    fee: fc.constantFrom(0, 0, 10, 101),
    days: back,
  })
  .map(({ id, n, share, fee, days }) => (today, state) => {
    const gross = shareOf(shippedOf(state, id), share)
    const restockingFee = fee === 0 ? '0' : shareOf(gross, fee)
    const more = { restockingFee, effectiveOn: addDays(today, -days) }
    return crediting(DEALERS[id], id, `${id}.r${n}`, gross, more)
  })

function shippedOf(state: FacilityState, orderId: string): string {
  const ids = state.orders.get(orderId)?.receivableIds ?? []
  const amounts = ids.map((id) => state.receivables.get(id)?.amount ?? '0')
  return toAmount(amounts.reduce((sum, amount) => sum.plus(amount), decimal(0)))
}

function smaller(one: string, other: string): string {
  return decimal(one).lessThan(other) ? one : other
}

/** Of which dealer a refund is, and of which return. */
const REFUNDS = {
  F1: { dealerId: 'A1', returnId: undefined },
  F2: { dealerId: 'A1', returnId: undefined },
  F3: { dealerId: 'B', returnId: undefined },
  F4: { dealerId: 'A1', returnId: 'O1.r1' },
  F5: { dealerId: 'B', returnId: 'O3.r1' },
  F6: { dealerId: 'A1', returnId: 'O2.r1' },
  F7: { dealerId: 'B', returnId: undefined },
  F8: { dealerId: 'A1', returnId: undefined },
} as const

const refund = fc.constantFrom(...(Object.keys(REFUNDS) as readonly (keyof typeof REFUNDS)[]))

function sourceOf(refundId: keyof typeof REFUNDS) {
  const { dealerId, returnId } = REFUNDS[refundId]
  const source = returnId === undefined ? ('unapplied-cash' as const) : ('return' as const)
  return { refundId, dealerId, returnId, source }
}

const aside: fc.Arbitrary<Act> = fc
  .tuple(refund, percent, fc.option(payment, { nil: undefined }))
  .map(([refundId, share, paymentId]) => (_, state) => {
    const refunded = sourceOf(refundId)
    const cash = state.members.get(refunded.dealerId)?.own.unappliedCash ?? '1.00'
    const payable = state.returns.get(refunded.returnId ?? '')?.payable ?? '1.00'
    const most = refunded.returnId === undefined ? cash : payable
    return reserving({ ...refunded, paymentId, amount: shareOf(most, share) })
  })

const settle: fc.Arbitrary<Act> = fc
  .tuple(refund, fc.nat(4), fc.boolean())
  .map(([any, nth, isPaid]) => (_, state) => {
    const aside = [...state.refunds].filter(([, { status }]) => status === 'reserved')
    const refundId = (pick(aside, nth)?.[0] ?? any) as keyof typeof REFUNDS
    const refunded = sourceOf(refundId)
    const { amount = '1.00' } = state.refunds.get(refundId) ?? {}
    return isPaid
      ? payingOut({ ...refunded, amount })
      : releasingRefund(refundId, refunded.dealerId)
  })

/** All that may be asked about money, but for the closing of days. */
export const act: fc.Arbitrary<Act> = fc.oneof(
  { arbitrary: ship, weight: 6 },
  { arbitrary: pay, weight: 6 },
  { arbitrary: redate, weight: 1 },
  { arbitrary: prepaid, weight: 2 },
  { arbitrary: hold, weight: 1 },
  { arbitrary: release, weight: 1 },
  { arbitrary: reallocation, weight: 3 },
  { arbitrary: bounce, weight: 1 },
  { arbitrary: lose, weight: 2 },
  { arbitrary: find, weight: 1 },
  { arbitrary: giveBack, weight: 3 },
  { arbitrary: aside, weight: 2 },
  { arbitrary: settle, weight: 2 },
)

const acts = (maxLength: number) => fc.array(act, { maxLength, size: 'max' })

export const days: fc.Arbitrary<readonly Day[]> = fc.array(
  fc.record({ open: acts(10), meanwhile: acts(1) }),
  { minLength: 1, maxLength: 12, size: 'max' },
)

/** Lives through a day up to the moment at which the facility closes it: the next is open already. */
export function lived(history: History, { open, meanwhile }: Day): History {
  const acted = open.reduce(acting, history)
  return meanwhile.reduce(acting, { ...acted, today: addDays(history.today, 1) })
}

function acting(history: History, one: Act): History {
  return follow(history, one(history.today, history.state))
}
