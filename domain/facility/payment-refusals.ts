/** Why nothing can be said of a payment's money. */

import { type Decision, refuse } from '../kernel/decision.ts'

/** What a look-up found: the facility that received a payment's money, or else how the payment stands. */
export type ReceiverFound = Readonly<{
  facilityId?: string | undefined
  status?: string | undefined
}>

/** Refuses `payment-unknown`, `payment-not-captured`, `payment-not-received`. */
export function notReceived(paymentId: string, lookup?: unknown): Decision {
  const { status } = (lookup ?? {}) as ReceiverFound
  if (status === undefined) {
    return refuse('payment-unknown', {
      kind: 'unknown',
      message: `no money was received by a payment ${paymentId}`,
      inputs: { paymentId },
    })
  }
  if (status === 'captured') {
    return refuse('payment-not-received', {
      kind: 'state',
      message: `the money of payment ${paymentId} is not in the dealer's account yet`,
      inputs: { paymentId, status },
      ways: ['try again in a moment'],
    })
  }
  return refuse('payment-not-captured', {
    kind: 'state',
    message: `payment ${paymentId} is ${status}: no money of it came`,
    inputs: { paymentId, status },
  })
}

export function bounced(paymentId: string): Decision {
  return refuse('payment-bounced', {
    kind: 'state',
    message: `the bank took the money of payment ${paymentId} back`,
    inputs: { paymentId },
  })
}
