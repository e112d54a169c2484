/** Prepaid orders: they wait for their money with their stock set aside, and lapse without it. */

import type { Decision } from '../kernel/decision.ts'
import { accept } from '../kernel/decision.ts'
import { decimal, toAmount } from '../kernel/money.ts'
import { OrderLapsed, PaymentAwaited } from './events.ts'
import { orderUnknown } from './refusals.ts'
import type { Order, OrderState } from './state.ts'

export type AwaitPayment = Readonly<{ orderId: string; attempt: number }>

/**
 * Says what is to be paid, and until when, now that the stock of the attempt is set aside: of an order
 * all, of an amendment what it adds. Nothing happens to an order that was decided or amended meanwhile.
 */
export function awaitPayment(state: OrderState, { orderId, attempt }: AwaitPayment): Decision {
  if (!state) return orderUnknown(orderId)
  const awaited = awaitedOf(state, attempt)
  return awaited && state.awaiting === undefined
    ? accept(PaymentAwaited({ orderId, ...awaited }))
    : accept()
}

function awaitedOf({ status, plan, amendment, total }: Order, attempt: number) {
  if (status === 'placed' && plan?.attempt === attempt && plan.prepayment !== undefined) {
    return { amount: plan.prepayment, until: plan.expiresAt }
  }
  const wanted = amendment?.plan
  if (wanted?.attempt !== attempt || wanted.prepayment === undefined) return undefined
  const more = decimal(wanted.prepayment).minus(total)
  return { amount: toAmount(more), until: wanted.expiresAt, amendment: wanted.amendment }
}

export type LapseOrder = Readonly<{ orderId: string; attempt: number }>

/** Ends an order that was not paid in time; nothing happens to one decided or amended meanwhile. */
export function lapseOrder(state: OrderState, { orderId, attempt }: LapseOrder): Decision {
  if (!state) return orderUnknown(orderId)
  const { status, plan } = state
  if (status !== 'placed' || plan?.attempt !== attempt) return accept()
  const { prepayment = state.total, expiresAt } = plan
  const message = `${prepayment} was to be paid by ${expiresAt}`
  return accept(OrderLapsed({ orderId, code: 'prepayment-missing', message }))
}
