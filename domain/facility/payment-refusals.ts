/** Why nothing can be said of a payment's money. */

import { type Decision, refuse } from '../kernel/decision.ts'

export function notReceived(paymentId: string): Decision {
  return refuse('payment-unknown', {
    kind: 'unknown',
    message: `no money was received by a payment ${paymentId}`,
    inputs: { paymentId },
  })
}

export function bounced(paymentId: string): Decision {
  return refuse('payment-bounced', {
    kind: 'state',
    message: `the bank took the money of payment ${paymentId} back`,
    inputs: { paymentId },
  })
}
