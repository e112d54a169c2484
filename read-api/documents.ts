/** What an entry is about, in words that a dealer's bookkeeper knows. */

import {
  AllocationsReversed,
  PaymentReceived,
  ReceiptReversed,
  UnappliedCashAllocated,
} from '../domain/facility/cash-events.ts'
import {
  LateFeesCharged,
  LateFeesCorrected,
  ReceivableRecognised,
  ReceivableWrittenOff,
  ReturnCredited,
} from '../domain/facility/receivable-events.ts'
import { RefundPaidOut } from '../domain/facility/refund-events.ts'

const KINDS: ReadonlyMap<string, string> = new Map([
  [ReceivableRecognised.eventType, 'shipment'],
  [PaymentReceived.eventType, 'payment'],
  [UnappliedCashAllocated.eventType, 'allocation'],
  [AllocationsReversed.eventType, 'allocation-reversed'],
  [ReceiptReversed.eventType, 'payment-bounced'],
  [LateFeesCharged.eventType, 'late-fee'],
  [LateFeesCorrected.eventType, 'late-fee-corrected'],
  [ReceivableWrittenOff.eventType, 'write-off'],
  [ReturnCredited.eventType, 'return'],
  [RefundPaidOut.eventType, 'refund'],
])

/** The kind of a movement; of an event that is not named here, its type. */
export function kindOf(eventType: string): string {
  return KINDS.get(eventType) ?? eventType
}

type Row = Readonly<{ document_kind: string | null; document_id: string | null }>

/** The document that an entry names. */
export function documentOf({ document_kind: kind, document_id: id }: Row) {
  return kind === null || id === null ? null : { kind, id }
}
