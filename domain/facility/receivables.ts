/** Decisions about what dealers owe and what they pay. */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import { allocate, type Decimal, decimal, minimum, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { valued } from '../value-date.ts'
import { settle } from './allocation.ts'
import {
  type PaymentMethod,
  PaymentReceived,
  ReceivableRecognised,
  UnappliedCashAllocated,
} from './events.ts'
import { recognised } from './evolve.ts'
import { asMember } from './members.ts'
import { postAllocation, postReceipt, postShipment } from './posting.ts'
import { type FacilityState, memberOf, orderOf } from './state.ts'
import { type Due, duesOf } from './terms.ts'

export type RecogniseReceivable = Readonly<{
  facilityId: string
  dealerId: string
  orderId: string
  fulfilmentId: string
  /** Gross: net and tax together. */
  amount: string
  net: string
  tax: string
  /** The day it shipped; today if not given. Judged where the shipment was decided. */
  effectiveOn?: LocalDate | undefined
}>

/**
 * Makes the dealer owe a shipped fulfilment by its terms, one receivable an instalment; the order's hold
 * shrinks by it, and unapplied cash settles it at once, as of the day it shipped. Recognising the same
 * fulfilment again changes nothing. Refuses `dealer-unknown`; throws if net and tax do not add up.
 */
export function recogniseReceivable(
  state: FacilityState,
  input: RecogniseReceivable,
  context: DecisionContext,
): Decision {
  return asMember(state, input.dealerId, context, (current) => {
    const { dealerId, orderId, fulfilmentId, effectiveOn } = input
    const order = orderOf(current, dealerId, orderId)
    if (order.fulfilmentIds.includes(fulfilmentId)) return accept()
    const dates = valued(effectiveOn, context.today)
    const shippedOn = effectiveOn ?? context.today
    const receivables = receivablesOf(current, input, shippedOn).map((data) =>
      ReceivableRecognised(data, dates),
    )
    const cash = decimal(memberOf(current, dealerId).own.unappliedCash)
    if (cash.isZero()) return accept(...receivables)
    const owing = receivables.reduce((before, { data }) => recognised(before, data), current)
    return accept(...receivables, ...useCash(owing, dealerId, cash, dates))
  })
}

function receivablesOf(state: FacilityState, input: RecogniseReceivable, shippedOn: LocalDate) {
  const { facilityId, dealerId, orderId, fulfilmentId } = input
  const dues = duesOf(memberOf(state, dealerId).terms, decimal(input.amount), shippedOn)
  const nets = netsOf(decimal(input.net), dues)
  let held = decimal(orderOf(state, dealerId, orderId).held)
  return dues.map((due, index) => {
    const gross = due.amount
    const net = nets[index] ?? gross
    const tax = gross.minus(net)
    const holdReduced = minimum(held, gross)
    held = held.minus(holdReduced)
    return {
      receivableId: `${facilityId}.${state.receivables.size + 1 + index}`,
      dealerId,
      orderId,
      fulfilmentId,
      amount: toAmount(gross),
      net: toAmount(net),
      tax: toAmount(tax),
      holdReduced: toAmount(holdReduced),
      dueOn: due.dueOn,
      ...(due.instalment === undefined ? {} : { instalment: due.instalment }),
      journal: postShipment(dealerId, { gross, net, tax }),
    }
  })
}

/** The net parts of the instalments, which add up like their gross parts. */
function netsOf(net: Decimal, dues: readonly Due[]): readonly Decimal[] {
  return allocate(
    net,
    dues.map(({ amount }) => amount),
  )
}

function useCash(
  state: FacilityState,
  dealerId: string,
  cash: Decimal,
  dates: Readonly<{ effectiveOn?: LocalDate }>,
) {
  const { allocations, allocated } = settle(state, dealerId, cash)
  if (allocated.isZero()) return []
  return [
    UnappliedCashAllocated(
      {
        dealerId,
        allocations: [...allocations],
        amount: toAmount(allocated),
        journal: postAllocation(dealerId, allocated),
      },
      dates,
    ),
  ]
}

export type ReceivePayment = Readonly<{
  facilityId: string
  paymentId: string
  dealerId: string
  amount: string
  method: PaymentMethod
  orderIds: readonly string[]
  receivableIds: readonly string[]
  /** The day the money came; today if not given. Judged where the payment was captured. */
  effectiveOn?: LocalDate | undefined
}>

/**
 * Takes money in: it settles the dealer's receivables, the named ones first, and the rest is unapplied
 * cash. A name that is not an open receivable of the dealer is passed over: money that came is never
 * refused. Receiving the same payment again changes nothing. Refuses `dealer-unknown`.
 */
export function receivePayment(
  state: FacilityState,
  input: ReceivePayment,
  context: DecisionContext,
): Decision {
  if (state.payments.has(input.paymentId)) return accept()
  return asMember(state, input.dealerId, context, (current) => {
    const { paymentId, dealerId, amount, method } = input
    const { allocations, allocated, rest } = settle(current, dealerId, decimal(amount), input)
    const received = {
      paymentId,
      dealerId,
      amount: toAmount(decimal(amount)),
      method,
      allocations: [...allocations],
      unapplied: toAmount(rest),
      journal: postReceipt(dealerId, method, { allocated, unapplied: rest }),
    }
    return accept(PaymentReceived(received, valued(input.effectiveOn, context.today)))
  })
}
