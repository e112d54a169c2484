/** The fold of what dealers owe: shipments, their late fees, and what makes them smaller. */

import { later } from '../kernel/dates.ts'
import type { EventOf } from '../kernel/event.ts'
import { decimal, minimum, sum } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import type { PaymentRedated } from './cash-events.ts'
import { withLots } from './cash-lots.ts'
import { graceUntil } from './late-fees.ts'
import type {
  FacilityDayClosed,
  LateFeesCharged,
  LateFeesCorrected,
  ReceivableRecognised,
} from './receivable-events.ts'
import {
  bearsFees,
  lessOf,
  moneyIn,
  placed,
  withOutstanding,
  withReceivable,
} from './reductions.ts'
import { withOrder } from './releases.ts'
import {
  type CashLot,
  changeSums,
  type FacilityState,
  memberOf,
  orderOf,
  plus,
  type Receivable,
  type ReceivedPayment,
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
  const withNew = withOrder({ ...state, receivables, receivableCount }, orderId, {
    ...order,
    held: plus(order.held, held),
    owed: plus(order.owed, owed),
    fulfilmentIds: order.fulfilmentIds.includes(fulfilmentId)
      ? order.fulfilmentIds
      : [...order.fulfilmentIds, fulfilmentId],
    receivableIds: [...order.receivableIds, receivableId],
  })
  return placed(changeSums(withNew, dealerId, { held, owed }), [receivableId])
}

/** What a new receivable of any kind has. */
export function owing(
  state: FacilityState,
  data: Readonly<{
    dealerId: string
    orderId: string | undefined
    dueOn: LocalDate
    amount: string
  }>,
) {
  const { dealerId, orderId, dueOn, amount } = data
  const number = state.receivableCount + 1
  const untouched = { reductions: [], loss: undefined, feeId: undefined, chargedThrough: undefined }
  return { number, dealerId, orderId, dueOn, amount, outstanding: amount, ...untouched }
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
  const cash = member.cash.map((lot) =>
    lot.paymentId === paymentId ? { ...lot, on: later(on, lot.notBefore ?? '') } : lot,
  )
  const settledIds = settledWith(payment).filter((id) =>
    bearsFees(state.receivables.get(id) ?? { dailyRate: '0' }),
  )
  return {
    ...state,
    members: state.members.set(dealerId, { ...member, cash }),
    payments: state.payments.set(paymentId, { ...payment, on }),
    touched: state.touched.union(settledIds),
  }
}

/** The receivables that a payment has settled something of. */
export function settledWith({ settled, settledLater }: ReceivedPayment): readonly string[] {
  return settledLater === undefined ? settled : [...new Set([...settled, ...settledLater])]
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

type Correction = DataOf<typeof LateFeesCorrected>['corrections'][number]

/**
 * What was open of a fee is not owed any more, what was lost of it is no loss, and what was paid of it is
 * unapplied cash again.
 */
export function lateFeesCorrected(
  state: FacilityState,
  { date, corrections }: DataOf<typeof LateFeesCorrected>,
): FacilityState {
  return corrections.reduce((current, correction) => {
    const { receivableId, ofReceivableId, dealerId } = correction
    const fee = current.receivables.get(receivableId)
    if (fee === undefined) return current
    const open = decimal(correction.open).negated()
    const paid = decimal(correction.paid)
    const less = withReceivable(current, receivableId, withoutCorrected(fee, correction))
    const smaller = withOutstanding(less, receivableId, open)
    const returned = withLots(smaller, dealerId, lotsOf(correction, date))
    const summed = changeSums(returned, dealerId, { owed: open, unappliedCash: paid })
    return throughDay(summed, ofReceivableId, date)
  }, state)
}

/** What was paid of a fee goes back before what came of a loss after all. */
function withoutCorrected(
  { amount, reductions, loss }: Receivable,
  { open, paid, writtenOff = '0' }: Correction,
): Partial<Receivable> {
  const money = sum(reductions.map(moneyIn))
  const settled = minimum(decimal(paid), money)
  const recovered = decimal(paid).minus(settled)
  const lost = recovered.plus(writtenOff)
  const unpaid = lessOf(reductions, settled, ({ by }) => by === undefined)
  return {
    amount: plus(amount, sum([decimal(open), decimal(paid), decimal(writtenOff)]).negated()),
    reductions: lessOf(unpaid, lost, ({ by }) => by === 'write-off'),
    loss: loss && {
      writtenOff: plus(loss.writtenOff, lost.negated()),
      recovered: plus(loss.recovered, recovered.negated()),
    },
  }
}

function lotsOf({ paid, paidBy }: Correction, date: LocalDate): readonly CashLot[] {
  if (paidBy === undefined) {
    return paid === '0.00' ? [] : [{ paymentId: undefined, on: date, amount: paid }]
  }
  return paidBy.map(({ paymentId, amount }) => ({
    ...{ paymentId, on: date, amount },
    ...(paymentId === undefined ? {} : { notBefore: date }),
  }))
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
