import { test } from 'tap'
import { ReceivePayment } from '../../commands/facilities.ts'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import { PaymentBounced, PaymentCaptured } from '../../domain/payment/events.ts'
import { paymentAllocation } from '../../sagas/payment-allocation.ts'
import { recorded } from '../support/recorded.ts'

const paid = {
  paymentId: 'P1',
  dealerId: 'A1',
  amount: '12.50',
  method: 'bank-transfer',
} as const
const captured = PaymentCaptured({
  ...paid,
  facilityId: 'ROOT',
  orderIds: ['O1'],
  receivableIds: [],
  reference: 'BANK-1',
})

function react(event: RecordedEvent<string, unknown>, state: unknown) {
  const listening = paymentAllocation.listens.get(event.type)
  const given = event as RecordedEvent<string, never>
  return {
    key: listening?.correlate(given),
    reaction: listening?.react(state as never, given, 'P'),
  }
}

test('money that was captured is received by the facility, on its value date', async (t) => {
  const on = { metadata: { bookedOn: '2026-01-05', effectiveOn: '2026-01-02' } }
  const { key, reaction } = react(recorded('payment-P1', captured, on), undefined)
  t.equal(key, 'P1')
  t.strictSame(reaction, {
    state: null,
    commands: [
      {
        command: 'ReceivePayment',
        input: {
          ...paid,
          facilityId: 'ROOT',
          orderIds: ['O1'],
          receivableIds: [],
          effectiveOn: '2026-01-02',
        },
      },
    ],
  })
})

test('the command is one that the facility takes, dated by the booking day if no other', async (t) => {
  const { reaction } = react(recorded('payment-P1', captured), undefined)
  const [sent] = reaction?.commands ?? []
  t.equal(sent?.command, ReceivePayment.name)
  t.match(ReceivePayment.schema.parse(sent?.input), { effectiveOn: '2026-01-05' })
})

test('what else is known of the money stays with the payment, but where the bank had it', async (t) => {
  const seen = {
    ...captured.data,
    asked: '13.00',
    lineId: 'S1.1',
    clearedFrom: 'suspense',
  } as const
  const { reaction } = react(recorded('payment-P1', PaymentCaptured(seen)), undefined)
  const [sent] = reaction?.commands ?? []
  t.match(sent?.input, { amount: '12.50', clearedFrom: 'suspense' })
  t.notOk('lineId' in (sent?.input ?? {}))
})

test('money that the bank took back is taken back from the facility', async (t) => {
  const of = { paymentId: 'P1', facilityId: 'ROOT', reason: 'no cover' }
  const bounced = PaymentBounced({ ...of, dealerId: 'A1', amount: '12.50' })
  const { reaction } = react(recorded('payment-P1', bounced), undefined)
  t.strictSame(reaction, {
    state: null,
    commands: [{ command: 'ReverseReceipt', input: { ...of, effectiveOn: '2026-01-05' } }],
  })
})
