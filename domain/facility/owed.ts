/** The fold of what dealers owe: shipments, their late fees, and what makes them smaller. */

import { later } from '../kernel/dates.ts'
import type { EventOf } from '../kernel/event.ts'
import { type Decimal, decimal, sum, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { withCash } from './cash-lots.ts'
import type {
  Allocation,
  FacilityDayClosed,
  LateFeesCharged,
  LateFeesCorrected,
  PaymentRedated,
  ReceivableRecognised,
} from './events.ts'
import { graceUntil } from './late-fees.ts'
import { withOrder } from './releases.ts'
import {
  changeSums,
  type FacilityState,
  memberOf,
  opened,
  orderOf,
  plus,
  type Receivable,
  type Reduction,
  settled,
} from './state.ts'

type DataOf<Definition> = EventOf<Definition>['data']

export function recognised(
  state: FacilityState,
  data: DataOf<typeof ReceivableRecognised>,
): FacilityState {
  const { receivableId, dealerId, orderId, fulfilmentId } = data
  const receivables = state.receivables.set(receivableId, {
    ...owing(state, data),
    fulfilmentId,
    graceDays: data.late?.graceDays ?? 0,
    dailyRate: data.late?.dailyRate ?? '0',
    earlyDiscount: data.earlyDiscount,
    feeOf: undefined,
  })
  const receivableCount = state.receivableCount + 1
  const held = decimal(data.holdReduced).negated()
  const owed = decimal(data.amount)
  const order = orderOf(state, dealerId, orderId)
  const withReceivable = withOrder({ ...state, receivables, receivableCount }, orderId, {
    ...order,
    held: plus(order.held, held),
    owed: plus(order.owed, owed),
    fulfilmentIds: order.fulfilmentIds.includes(fulfilmentId)
      ? order.fulfilmentIds
      : [...order.fulfilmentIds, fulfilmentId],
    receivableIds: [...order.receivableIds, receivableId],
  })
  return placed(changeSums(withReceivable, dealerId, { held, owed }), receivableId)
}

/** What a new receivable of any kind has. */
function owing(
  state: FacilityState,
  data: Readonly<{ dealerId: string; orderId: string; dueOn: LocalDate; amount: string }>,
) {
  const { dealerId, orderId, dueOn, amount } = data
  const number = state.receivableCount + 1
  const untouched = { reductions: [], feeId: undefined, chargedThrough: undefined }
  return { number, dealerId, orderId, dueOn, amount, outstanding: amount, ...untouched }
}

/** Which money it was that made receivables smaller. */
export type Source = Pick<Reduction, 'paymentId' | 'notBefore'>

/** Takes what was allocated, with its discounts, off the dealer's receivables, their orders and the sums. */
export function allocated(
  state: FacilityState,
  dealerId: string,
  allocations: readonly Allocation[],
  sourceOf: (allocation: Allocation) => Source,
): FacilityState {
  const reduced = allocations.reduce(
    (current, allocation) =>
      reduceReceivable(current, allocation.receivableId, settledBy(allocation), {
        ...sourceOf(allocation),
      }),
    state,
  )
  return changeSums(reduced, dealerId, { owed: sum(allocations.map(settledBy)).negated() })
}

/** By how much an allocation makes its receivable smaller: money and discount. */
export function settledBy({ amount, discount }: Allocation): Decimal {
  return decimal(amount).plus(discount ?? 0)
}

function reduceReceivable(
  state: FacilityState,
  receivableId: string,
  amount: Decimal,
  source: Source,
): FacilityState {
  const receivable = state.receivables.get(receivableId)
  if (receivable === undefined) return state
  const reduced = withOutstanding(state, receivableId, amount.negated())
  if (!bearsFees(receivable)) return reduced
  const reductions = [...receivable.reductions, { amount: toAmount(amount), ...source }]
  const after = withReceivable(reduced, receivableId, { reductions })
  const isLate = receivable.feeId !== undefined || valueDateOf(state, source) > receivable.dueOn
  return isLate ? { ...after, touched: after.touched.add(receivableId) } : after
}

/** The day that a reduction counts from: that of its payment as it is dated now, and not before another. */
export function valueDateOf(
  { payments }: FacilityState,
  { paymentId, notBefore = '' }: Source,
): LocalDate {
  return later((paymentId === undefined ? undefined : payments.get(paymentId)?.on) ?? '', notBefore)
}

export function bearsFees({ dailyRate }: Pick<Receivable, 'dailyRate'>): boolean {
  return !decimal(dailyRate).isZero()
}

/** Changes what is outstanding of a receivable, and with it what its order owes. */
function withOutstanding(
  state: FacilityState,
  receivableId: string,
  change: Decimal,
): FacilityState {
  const receivable = state.receivables.get(receivableId)
  if (receivable === undefined) return state
  const order = orderOf(state, receivable.dealerId, receivable.orderId)
  const outstanding = plus(receivable.outstanding, change)
  const changed = withReceivable(state, receivableId, { outstanding })
  return placed(
    withOrder(changed, receivable.orderId, { ...order, owed: plus(order.owed, change) }),
    receivable.feeOf ?? receivableId,
  )
}

/** Keeps a shipment among its dealer's open ones while it, or its fee, is open. */
function placed(state: FacilityState, receivableId: string): FacilityState {
  const receivable = state.receivables.get(receivableId)
  if (receivable === undefined) return state
  const { dealerId, dueOn, feeId } = receivable
  const fee = feeId === undefined ? undefined : state.receivables.get(feeId)
  const open = decimal(receivable.outstanding).plus(fee?.outstanding ?? '0')
  const member = memberOf(state, dealerId)
  const after = open.isZero()
    ? settled(member, dueOn, receivableId)
    : opened(member, receivableId, receivable)
  return { ...state, members: state.members.set(dealerId, after) }
}

function withReceivable(
  state: FacilityState,
  receivableId: string,
  changes: Partial<Receivable>,
): FacilityState {
  const receivable = state.receivables.get(receivableId)
  if (receivable === undefined) return state
  return {
    ...state,
    receivables: state.receivables.set(receivableId, { ...receivable, ...changes }),
  }
}

/** The receipt counts from another day, and so does what its cash settled, or still may. */
export function paymentRedated(
  state: FacilityState,
  { paymentId, dealerId }: DataOf<typeof PaymentRedated>,
  on: LocalDate,
): FacilityState {
  const payment = state.payments.get(paymentId)
  if (payment === undefined) return state
  const member = memberOf(state, dealerId)
  const cash = member.cash.map((lot) => (lot.paymentId === paymentId ? { ...lot, on } : lot))
  const settledIds = [
    ...payment.allocations.map(({ receivableId }) => receivableId),
    ...payment.settledLater,
  ].filter((id) => bearsFees(state.receivables.get(id) ?? { dailyRate: '0' }))
  return {
    ...state,
    members: state.members.set(dealerId, { ...member, cash }),
    payments: state.payments.set(paymentId, { ...payment, on }),
    touched: state.touched.union(settledIds),
  }
}

type Fee = DataOf<typeof LateFeesCharged>['fees'][number]

export function lateFeesCharged(
  state: FacilityState,
  { date, fees }: DataOf<typeof LateFeesCharged>,
): FacilityState {
  return fees.reduce((current, fee) => feeCharged(current, fee, date), state)
}

function feeCharged(state: FacilityState, fee: Fee, date: LocalDate): FacilityState {
  const { receivableId, ofReceivableId, dealerId } = fee
  const amount = decimal(fee.amount)
  const known = state.receivables.get(receivableId)
  const before = known ?? newFee(state, fee)
  const receivables = state.receivables.set(receivableId, {
    ...before,
    amount: plus(before.amount, amount),
  })
  const receivableCount = state.receivableCount + (known === undefined ? 1 : 0)
  const charged = withReceivable({ ...state, receivables, receivableCount }, ofReceivableId, {
    feeId: receivableId,
  })
  const grown = changeSums(withOutstanding(charged, receivableId, amount), dealerId, {
    owed: amount,
  })
  return throughDay(grown, ofReceivableId, date)
}

function newFee(state: FacilityState, fee: Fee): Receivable {
  return {
    ...owing(state, { ...fee, amount: '0.00' }),
    fulfilmentId: undefined,
    graceDays: state.receivables.get(fee.ofReceivableId)?.graceDays ?? 0,
    dailyRate: '0',
    earlyDiscount: undefined,
    feeOf: fee.ofReceivableId,
  }
}

/** What was open of a fee is not owed any more; what was paid of it is unapplied cash again. */
export function lateFeesCorrected(
  state: FacilityState,
  { date, corrections }: DataOf<typeof LateFeesCorrected>,
): FacilityState {
  return corrections.reduce((current, { receivableId, ofReceivableId, dealerId, ...back }) => {
    const fee = current.receivables.get(receivableId)
    if (fee === undefined) return current
    const open = decimal(back.open).negated()
    const paid = decimal(back.paid)
    const amount = plus(fee.amount, open.minus(paid))
    const smaller = withOutstanding(
      withReceivable(current, receivableId, { amount }),
      receivableId,
      open,
    )
    const returned = withCash(smaller, dealerId, { paymentId: undefined, on: date, amount: paid })
    const summed = changeSums(returned, dealerId, { owed: open, unappliedCash: paid })
    return throughDay(summed, ofReceivableId, date)
  }, state)
}

/** The fees of a receivable are right up to the end of a day, as far as is known. */
function throughDay(state: FacilityState, receivableId: string, date: LocalDate): FacilityState {
  const through = withReceivable(state, receivableId, { chargedThrough: date })
  return { ...through, touched: through.touched.delete(receivableId) }
}

export function facilityDayClosed(
  state: FacilityState,
  { date, more }: DataOf<typeof FacilityDayClosed>,
): FacilityState {
  if (more) return state
  // Left for a later day is what was touched after its fees were charged, or while grace lasts.
  const touched = state.touched.filter((id) => {
    const receivable = state.receivables.get(id)
    if (receivable === undefined) return false
    return receivable.chargedThrough === date || graceUntil(receivable) >= date
  })
  return { ...state, closedThrough: date, touched }
}
