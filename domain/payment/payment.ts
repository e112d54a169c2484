/** A payment of a dealer, from its announcement to the money. Stream: `payment-<paymentId>`. */

import { aggregate } from '../kernel/aggregate.ts'
import { PAYMENT_EVENTS } from './events.ts'
import { evolve, type PaymentState } from './state.ts'

const initial: PaymentState = undefined

export const payment = aggregate<PaymentState>({
  category: 'payment',
  version: 2,
  events: PAYMENT_EVENTS,
  initial,
  evolve,
})
