/** The fold of money that settles what it settled no more: reallocated, or taken back by the bank. */

import type { Dated, EventOf } from '../kernel/event.ts'
import { decimal } from '../kernel/money.ts'
import type { AllocationsReversed, ReceiptReversed } from './cash-events.ts'
import { withCash, withoutCash } from './cash-lots.ts'
import { withEarmark } from './earmarks.ts'
import { owing } from './owed.ts'
import { owedAgain, placed } from './reductions.ts'
import { changeSums, type FacilityState, type ReceivedPayment } from './state.ts'

type Reversed = EventOf<typeof ReceiptReversed>['data']

const SETTLES_NOTHING = { settled: [], settledLater: undefined }

export function allocationsReversed(
  state: FacilityState,
  { paymentId, dealerId, allocations, amount, to }: EventOf<typeof AllocationsReversed>['data'],
): FacilityState {
  const payment = state.payments.get(paymentId)
  if (payment === undefined) return state
  const owed = owedAgain(state, dealerId, allocations)
  const freed = decimal(amount)
  const cash = withCash(owed, dealerId, { paymentId, on: payment.on, amount: freed })
  return withPayment(changeSums(cash, dealerId, { unappliedCash: freed }), paymentId, {
    ...payment,
    ...SETTLES_NOTHING,
    reallocatedTo: to,
  })
}

export function receiptReversed(state: FacilityState, data: Reversed, _: Dated): FacilityState {
  const { paymentId, dealerId, allocations, unapplied, unearmarked = [] } = data
  const payment = state.payments.get(paymentId)
  if (payment === undefined) return state
  const taken = decimal(unapplied)
  const owed = owedAgain(state, dealerId, allocations)
  const without = withoutCash(owed, dealerId, paymentId, taken)
  const summed = changeSums(without, dealerId, { unappliedCash: taken.negated() })
  const kept = unearmarked.reduce(
    (current, { orderId, amount }) =>
      withEarmark(current, dealerId, orderId, decimal(amount).negated()),
    summed,
  )
  const reversed = { ...payment, ...SETTLES_NOTHING, reversed: true } as const
  return owedBack(withPayment(kept, paymentId, reversed), data)
}

/** What was refunded of money that is gone is owed, at once, and bears no fee. */
function owedBack(state: FacilityState, { dealerId, owed }: Reversed): FacilityState {
  if (owed === undefined) return state
  const { receivableId, amount, dueOn, graceDays } = owed
  const receivables = state.receivables.set(receivableId, {
    ...owing(state, { dealerId, orderId: undefined, dueOn, amount }),
    fulfilmentId: undefined,
    graceDays,
    dailyRate: '0',
    earlyDiscount: undefined,
    feeOf: undefined,
  })
  const receivableCount = state.receivableCount + 1
  const known = { ...state, receivables, receivableCount }
  return placed(changeSums(known, dealerId, { owed: decimal(amount) }), [receivableId])
}

function withPayment(
  state: FacilityState,
  paymentId: string,
  payment: ReceivedPayment,
): FacilityState {
  return { ...state, payments: state.payments.set(paymentId, payment) }
}
