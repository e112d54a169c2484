/**
 * Money that was captured is received by the dealer's facility, which allocates it; if it bounces, it is
 * undone. Nothing is remembered: a payment's events are reacted to in their order.
 */

import { type EventOf, type RecordedEvent, valueDateOf } from '../domain/kernel/event.ts'
import { PaymentBounced, PaymentCaptured } from '../domain/payment/events.ts'
import { listen, type Reaction, saga } from './saga.ts'

type Nothing = Readonly<Record<string, never>>

export const paymentAllocation = saga<Nothing>({
  name: 'payment-allocation',
  version: 2,
  movesMoney: true,
  listens: [
    listen(PaymentCaptured, ({ data }) => data.paymentId, captured),
    listen(PaymentBounced, ({ data }) => data.paymentId, bounced),
  ],
})

function captured(
  _: Nothing | undefined,
  { data, metadata }: RecordedEvent<string, EventOf<typeof PaymentCaptured>['data']>,
): Reaction<Nothing> {
  const { reference: _bank, asked: _asked, lineId: _line, ...input } = data
  const effectiveOn = valueDateOf({ metadata })
  return {
    state: null,
    commands: [{ command: 'ReceivePayment', input: { ...input, effectiveOn } }],
  }
}

function bounced(
  _: Nothing | undefined,
  { data, metadata }: RecordedEvent<string, EventOf<typeof PaymentBounced>['data']>,
): Reaction<Nothing> {
  const { paymentId, facilityId, reason } = data
  const effectiveOn = valueDateOf({ metadata })
  const input = { facilityId, paymentId, reason, effectiveOn }
  return { state: null, commands: [{ command: 'ReverseReceipt', input }] }
}
