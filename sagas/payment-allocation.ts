/** Money that was captured is received by the dealer's facility, which allocates it. */

import { PaymentReceived } from '../domain/facility/events.ts'
import { type EventOf, type RecordedEvent, valueDateOf } from '../domain/kernel/event.ts'
import { PaymentCaptured } from '../domain/payment/payment.ts'
import { listen, type Reaction, saga } from './saga.ts'

/** From the capture to the facility's receipt. */
export type PaymentAllocation = Readonly<{ paymentId: string }>

export const paymentAllocation = saga<PaymentAllocation>({
  name: 'payment-allocation',
  version: 1,
  listens: [
    listen(PaymentCaptured, ({ data }) => data.paymentId, captured),
    listen(PaymentReceived, ({ data }) => data.paymentId, received),
  ],
})

function captured(
  _: PaymentAllocation | undefined,
  { data, metadata }: RecordedEvent<string, EventOf<typeof PaymentCaptured>['data']>,
): Reaction<PaymentAllocation> {
  const { reference: _bank, ...input } = data
  const effectiveOn = valueDateOf({ metadata })
  return {
    state: { paymentId: data.paymentId },
    commands: [{ command: 'ReceivePayment', input: { ...input, effectiveOn } }],
  }
}

function received(state: PaymentAllocation | undefined): Reaction<PaymentAllocation> | undefined {
  return state && { state: null }
}
