import tap, { test } from 'tap'
import { PaymentFailed, PaymentInitiated, PaymentUnknown } from '../../../domain/payment/events.ts'
import { payment } from '../../../domain/payment/payment.ts'
import { createMemoryStore } from '../../../infra/event-store/memory-store.ts'
import { runDesk } from '../../../infra/outbound/desk.ts'
import type { Executor, OutboundRequest } from '../../../infra/outbound/executors.ts'
import { outboundRequests } from '../../../projections/outbound-requests.ts'
import type { CommandToSend } from '../../../sagas/runner/ports.ts'
import { workshop } from '../../projections/engine/support.ts'
import { testId } from '../../support/events.ts'
import { testEnvelope } from '../../support/recorded.ts'
import { until } from '../../support/until.ts'

const NOW = '2026-01-05T02:00:00.000Z'
const store = createMemoryStore({
  registry: new Map(payment.events.map((definition) => [definition.eventType, definition])),
})
const shop = await workshop(tap, Object.assign(store, { add: async () => 0n }))
shop.start([outboundRequests])

let written = 0

async function write(paymentId: string, event: Readonly<{ type: string; data: unknown }>) {
  written += 1
  const metadata = testEnvelope({ recordedAt: NOW })
  const { position } = await store.append(
    `payment-${paymentId}`,
    [{ ...event, id: testId(`desk ${written}`), metadata }],
    'any',
  )
  await shop.seen(position, 'outbound_requests')
}

function initiated(paymentId: string, method: 'wechat' | 'alipay' | 'bank-transfer' = 'wechat') {
  const named = { orderIds: [], receivableIds: [], reference: 'R' }
  return PaymentInitiated({ paymentId, dealerId: 'A1', amount: '12.50', method, ...named })
}

const failed = (paymentId: string) => PaymentFailed({ paymentId, dealerId: 'A1', reason: 'denied' })

/** A desk at work over what is given; `sent` is what it recorded. */
function open(
  t: Tap,
  perform: Executor['perform'],
  { now = () => new Date(NOW), counterparties = ['wechat'] } = {},
) {
  const sent: CommandToSend[] = []
  const stopping = new AbortController()
  const desk = runDesk(
    {
      pool: shop.pool,
      executors: new Map([['payment', { counterparties, perform }]]),
      sender: {
        send: async (command) => {
          sent.push(command)
          return { accepted: true }
        },
      },
      now,
      logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
      limits: { pollMs: 10, timeoutMs: 200, mostAtOnce: 2 },
    },
    stopping.signal,
  )
  const close = async () => {
    stopping.abort()
    await desk
  }
  t.teardown(close)
  return { sent, close }
}

type Tap = Readonly<{ teardown: (fn: () => Promise<void>) => void }>

const learning = ({ subjectId, attempt }: OutboundRequest) => ({
  command: 'Learn',
  input: { subjectId, attempt },
})

test('an online payment is asked for at once, a bank transfer of nobody', async (t) => {
  const asked: OutboundRequest[] = []
  await write('P1', initiated('P1'))
  await write('P2', initiated('P2', 'bank-transfer'))
  const { sent } = open(t, async (request) => {
    asked.push(request)
    return learning(request)
  })
  await until('it was asked', () => sent.length > 0)
  t.match(asked, [
    {
      requestId: 'payment/P1',
      subjectId: 'P1',
      counterparty: 'wechat',
      attempt: 0,
      data: { amount: '12.50' },
    },
  ])
  t.match(sent, [{ name: 'Learn', input: { subjectId: 'P1', attempt: 0 } }])
  await write('P1', failed('P1'))
})

test('it is asked again when it is due, under another id; the answer ends it', async (t) => {
  let now = NOW
  await write('P3', initiated('P3'))
  const { sent } = open(t, async (request) => learning(request), { now: () => new Date(now) })
  await until('it was asked', () => sent.length === 1)
  const askAgainAt = '2026-01-05T02:05:00.000Z'
  await write('P3', PaymentUnknown({ paymentId: 'P3', dealerId: 'A1', asked: 1, askAgainAt }))
  now = askAgainAt
  await until('it was asked again', () => sent.length === 2)
  t.match(sent[1], { input: { subjectId: 'P3', attempt: 2 } })
  t.not(sent[0]?.commandId, sent[1]?.commandId)
  await write('P3', failed('P3'))
  t.strictSame(await shop.rows('outbound_requests'), [])
})

test('the same asking is recorded under the same id, whoever asks', async (t) => {
  await write('P4', initiated('P4'))
  const perform = async (request: OutboundRequest) => learning(request)
  const one = open(t, perform)
  const other = open(t, perform)
  await until('both asked', () => one.sent.length > 0 && other.sent.length > 0)
  t.equal(one.sent[0]?.commandId, other.sent[0]?.commandId)
  await write('P4', failed('P4'))
})

test('who hangs is cut off, and holds up no other counterparty', async (t) => {
  await write('P5', initiated('P5'))
  await write('P6', initiated('P6'))
  await write('P7', initiated('P7', 'alipay'))
  let cutOff = 0
  const { sent } = open(
    t,
    async (request, signal) => {
      if (request.counterparty === 'alipay') return learning(request)
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
      cutOff += 1
      return { command: 'Unknown', input: { subjectId: request.subjectId } }
    },
    { counterparties: ['wechat', 'alipay'] },
  )
  await until('all were told of', () => sent.length === 3)
  t.equal(sent[0]?.input.subjectId, 'P7')
  t.equal(cutOff, 2)
  for (const id of ['P5', 'P6', 'P7']) await write(id, failed(id))
})

test('what fails on our side is tried again', async (t) => {
  let now = Date.parse(NOW)
  let tries = 0
  await write('P8', initiated('P8'))
  const { sent } = open(
    t,
    async (request) => {
      tries += 1
      if (tries === 3) return learning(request)
      setTimeout(() => {
        now += 60_000
      }, 20)
      throw new Error('a bug')
    },
    { now: () => new Date(now) },
  )
  await until('it was recorded', () => sent.length === 1)
  t.equal(tries, 3)
  await write('P8', failed('P8'))
})
