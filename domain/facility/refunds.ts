/** The fold of money that is set aside for refunds, and leaves with them. */

import { later } from '../kernel/dates.ts'
import type { EventOf } from '../kernel/event.ts'
import { type Decimal, decimal } from '../kernel/money.ts'
import { drawnBy, withLots, withoutCash } from './cash-lots.ts'
import type {
  RefundCashRefused,
  RefundCashReleased,
  RefundCashReserved,
  RefundPaidOut,
} from './refund-events.ts'
import {
  type CashLot,
  changeSums,
  type FacilityState,
  memberOf,
  plus,
  type Refund,
} from './state.ts'

type DataOf<Definition> = EventOf<Definition>['data']

export function refundReserved(
  state: FacilityState,
  { refundId, dealerId, paymentId, amount, returnId }: DataOf<typeof RefundCashReserved>,
): FacilityState {
  const refund = { status: 'reserved', dealerId, amount, lots: [], returnId } as const
  const aside = decimal(amount)
  if (returnId !== undefined) {
    return withPayable(withRefund(state, refundId, refund), returnId, aside.negated())
  }
  const { drawn: lots } = drawnBy(memberOf(state, dealerId).cash, paymentId, aside)
  const left = withoutCash(state, dealerId, paymentId, aside)
  const kept = changeSums(left, dealerId, { reserved: aside })
  return withRefund(kept, refundId, { ...refund, lots })
}

export function refundRefused(
  state: FacilityState,
  { refundId, dealerId, amount }: DataOf<typeof RefundCashRefused>,
): FacilityState {
  const refund = { status: 'refused', dealerId, amount, lots: [], returnId: undefined } as const
  return withRefund(state, refundId, refund)
}

/** Also of a refund that nothing was set aside for: nothing is any more. */
export function refundReleased(
  state: FacilityState,
  { refundId, dealerId, amount }: DataOf<typeof RefundCashReleased>,
): FacilityState {
  const refund = state.refunds.get(refundId)
  const returnId = refund?.returnId
  const released = { status: 'released', dealerId, amount, lots: [], returnId } as const
  const after = withRefund(state, refundId, released)
  if (refund?.status !== 'reserved') return after
  const freed = decimal(refund.amount)
  if (returnId !== undefined) return withPayable(after, returnId, freed)
  const lots = refund.lots.map((lot) => redated(state, lot))
  const back = withLots(after, refund.dealerId, lots)
  return changeSums(back, refund.dealerId, { reserved: freed.negated() })
}

/** Its payment may have another value date by now, or be none any more. */
function redated({ payments }: FacilityState, lot: CashLot): CashLot {
  const payment = lot.paymentId === undefined ? undefined : payments.get(lot.paymentId)
  if (payment === undefined) return lot
  const on = later(payment.on, lot.notBefore ?? '')
  return payment.reversed ? { paymentId: undefined, on, amount: lot.amount } : { ...lot, on }
}

export function refundPaidOut(
  state: FacilityState,
  { refundId, amount, returnId }: DataOf<typeof RefundPaidOut>,
): FacilityState {
  const refund = state.refunds.get(refundId)
  if (refund === undefined) return state
  const paid = withRefund(state, refundId, { ...refund, status: 'paid', lots: [] })
  if (returnId !== undefined) return paid
  const gone = decimal(amount).negated()
  return changeSums(paid, refund.dealerId, { unappliedCash: gone, reserved: gone })
}

function withRefund(state: FacilityState, refundId: string, refund: Refund): FacilityState {
  return { ...state, refunds: state.refunds.set(refundId, refund) }
}

function withPayable(state: FacilityState, returnId: string, change: Decimal): FacilityState {
  const credited = state.returns.get(returnId)
  if (credited === undefined) return state
  const payable = plus(credited.payable, change)
  return { ...state, returns: state.returns.set(returnId, { ...credited, payable }) }
}
