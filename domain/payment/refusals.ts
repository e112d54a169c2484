/** Why a payment is not done with as somebody would have it. */

import { type Decision, refuse } from '../kernel/decision.ts'
import type { Instant } from '../kernel/values.ts'

export function unknownPayment(paymentId: string): Decision {
  return refuse('payment-unknown', {
    kind: 'unknown',
    message: `there is no payment ${paymentId}`,
    inputs: { paymentId },
  })
}

export function ended(paymentId: string, status: 'captured' | 'failed' | 'bounced'): Decision {
  return refuse(`payment-${status}`, {
    kind: 'state',
    message: `payment ${paymentId} is ${status} already`,
    inputs: { paymentId, status },
    ways: status === 'captured' ? [] : ['start another payment'],
  })
}

export function stillAsked(
  paymentId: string,
  method: string,
  askAgainAt: Instant | undefined,
): Decision {
  return refuse('payment-with-provider', {
    kind: 'state',
    message: `${method} is asked what became of payment ${paymentId}`,
    inputs: { paymentId, method, ...(askAgainAt && { askAgainAt }) },
    ways: ['wait for what the provider says; after seven times a person decides'],
  })
}

export function notCaptured(paymentId: string, status: string): Decision {
  return refuse('payment-not-captured', {
    kind: 'state',
    message: `payment ${paymentId} is ${status}: no money of it came`,
    inputs: { paymentId, status },
  })
}

export function hasRefunds(paymentId: string, givenBack: string): Decision {
  return refuse('payment-refunded', {
    kind: 'state',
    message: `${givenBack} of payment ${paymentId} is refunded, or on its way back`,
    inputs: { paymentId, givenBack },
  })
}
