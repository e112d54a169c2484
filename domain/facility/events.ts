/** What happens to the credit of one dealer tree. Stream: `facility-<root dealer's id>`. */

import type { EventOf } from '../kernel/event.ts'
import { CASH_EVENTS } from './cash-events.ts'
import { CREDIT_EVENTS } from './credit-events.ts'
import { DEBIT_EVENTS } from './debit-events.ts'
import { RECEIVABLE_EVENTS } from './receivable-events.ts'
import { REFUND_CASH_EVENTS } from './refund-events.ts'

export const FACILITY_EVENTS = [
  ...CREDIT_EVENTS,
  ...RECEIVABLE_EVENTS,
  ...CASH_EVENTS,
  ...REFUND_CASH_EVENTS,
  ...DEBIT_EVENTS,
] as const

export type FacilityEvent = EventOf<(typeof FACILITY_EVENTS)[number]>
