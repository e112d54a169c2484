/** Why a refund is not done with as somebody would have it. */

import { type Decision, refuse } from '../kernel/decision.ts'
import type { Refund } from './state.ts'

export function unknownRefund(refundId: string): Decision {
  return refuse('refund-unknown', {
    kind: 'unknown',
    message: `there is no refund ${refundId}`,
    inputs: { refundId },
  })
}

/** A refund's id is its key: once, and for one content. */
export function refundIdReused({ requested }: Refund): Decision {
  const { refundId, paymentId, amount, to } = requested
  return refuse('idempotency-key-reused', {
    message: `refund ${refundId} was asked for before, with another content`,
    inputs: { refundId, paymentId, amount, to },
    ways: ['send the original content again, or choose another refundId'],
  })
}

type OfPayment = Readonly<{
  paymentId: string
  captured: string
  givenBack: string
  refundable: string
  wanted: string
}>

export function exceedsPayment(inputs: OfPayment): Decision {
  const { paymentId, captured, givenBack, refundable, wanted } = inputs
  return refuse('refund-exceeds-payment', {
    message:
      `payment ${paymentId} captured ${captured}, of which ${givenBack} goes back already: ` +
      `${wanted} can't go back the way it came`,
    inputs,
    ways: [
      ...(refundable === '0.00' ? [] : [`refund at most ${refundable} by the original way`]),
      'refund unapplied cash by bank transfer',
    ],
  })
}

type OfCash = Readonly<{ dealerId: string; refundable: string; wanted: string }>

export function exceedsCash(inputs: OfCash): Decision {
  const { dealerId, refundable, wanted } = inputs
  return refuse('refund-exceeds-cash', {
    message: `${dealerId} has ${refundable} that is neither allocated nor kept for anything`,
    inputs: { dealerId, available: refundable, wanted },
    ways: refundable === '0.00' ? [] : [`refund at most ${refundable}`],
  })
}

export function exceedsPayable(inputs: OfCash & Readonly<{ returnId: string }>): Decision {
  const { returnId, refundable } = inputs
  return refuse('refund-exceeds-cash', {
    message: `of return ${returnId}, ${refundable} is payable and on no way back yet`,
    inputs,
    ways: [],
  })
}

export function notReceived(paymentId: string): Decision {
  return refuse('payment-not-received', {
    kind: 'state',
    message: `the money of payment ${paymentId} is not in the dealer's account yet`,
    inputs: { paymentId },
    ways: ['try again in a moment'],
  })
}

export function ownRefund(refundId: string, user: string): Decision {
  return refuse('own-refund', {
    kind: 'forbidden',
    message: `${user} asked for refund ${refundId}: it takes another person to decide on it`,
    inputs: { refundId, user },
    ways: ['let another person decide on it'],
  })
}

/** The state that a refund is in does not allow what was asked for. */
export function wrongStatus({ requested, status }: Refund, wanted: string): Decision {
  const { refundId } = requested
  return refuse(`refund-${status}`, {
    kind: 'state',
    message: `refund ${refundId} is ${status}: ${wanted}`,
    inputs: { refundId, status },
  })
}

export function withProvider({ requested, method, provider }: Refund): Decision {
  const { refundId } = requested
  const askAgainAt = provider?.askAgainAt
  return refuse('refund-with-provider', {
    kind: 'state',
    message: `${method} is asked what becomes of refund ${refundId}`,
    inputs: { refundId, method, ...(askAgainAt !== undefined && { askAgainAt }) },
    ways: ['wait for what the provider says; after seven times a person decides'],
  })
}
