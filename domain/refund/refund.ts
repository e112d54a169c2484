/** A refund, from the request to the money. Stream: `refund-<refundId>`. */

import { aggregate } from '../kernel/aggregate.ts'
import { REFUND_EVENTS } from './events.ts'
import { evolve, type RefundState } from './state.ts'

export const refund = aggregate<RefundState>({
  category: 'refund',
  version: 1,
  events: REFUND_EVENTS,
  initial: undefined,
  evolve,
})
