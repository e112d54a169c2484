/** Money that was captured is received by the dealer's facility, which allocates it; if it bounces, it is undone. */

import { PaymentReceived, ReceiptReversed } from '../domain/facility/events.ts'
import { type EventOf, type RecordedEvent, valueDateOf } from '../domain/kernel/event.ts'
import { PaymentBounced, PaymentCaptured } from '../domain/payment/events.ts'
import { listen, type Reaction, saga } from './saga.ts'

/** From the capture to the facility's receipt, or from the bounce to its reversal. */
export type PaymentAllocation = Readonly<{ paymentId: string }>

export const paymentAllocation = saga<PaymentAllocation>({
  name: 'payment-allocation',
  version: 1,
  movesMoney: true,
  listens: [
    listen(PaymentCaptured, ({ data }) => data.paymentId, captured),
    listen(PaymentReceived, ({ data }) => data.paymentId, done),
    listen(PaymentBounced, ({ data }) => data.paymentId, bounced),
    listen(ReceiptReversed, ({ data }) => data.paymentId, done),
  ],
})

function captured(
  _: PaymentAllocation | undefined,
  { data, metadata }: RecordedEvent<string, EventOf<typeof PaymentCaptured>['data']>,
): Reaction<PaymentAllocation> {
  const { reference: _bank, asked: _asked, lineId: _line, ...input } = data
  const effectiveOn = valueDateOf({ metadata })
  return {
    state: { paymentId: data.paymentId },
    commands: [{ command: 'ReceivePayment', input: { ...input, effectiveOn } }],
  }
}

function bounced(
  _: PaymentAllocation | undefined,
  { data, metadata }: RecordedEvent<string, EventOf<typeof PaymentBounced>['data']>,
): Reaction<PaymentAllocation> {
  const { paymentId, facilityId, reason } = data
  const effectiveOn = valueDateOf({ metadata })
  const input = { facilityId, paymentId, reason, effectiveOn }
  return { state: { paymentId }, commands: [{ command: 'ReverseReceipt', input }] }
}

function done(state: PaymentAllocation | undefined): Reaction<PaymentAllocation> | undefined {
  return state && { state: null }
}
