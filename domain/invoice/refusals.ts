/** Refusals that several decisions about an invoice share. */

import { type Decision, refuse } from '../kernel/decision.ts'

/** There is no such invoice (404). */
export function invoiceUnknown(invoiceId: string): Decision {
  return refuse('invoice-unknown', {
    kind: 'unknown',
    message: `there is no invoice ${invoiceId} that the tax authority was asked for`,
    inputs: { invoiceId },
  })
}
