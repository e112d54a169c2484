import { test } from 'tap'
import type { Provider } from '../../../commands/providers.ts'
import type { ProviderView } from '../../../domain/payment/provider.ts'
import type { OutboundRequest } from '../../../infra/outbound/executors.ts'
import { paymentExecutor } from '../../../infra/outbound/payments.ts'

const toScan: ProviderView = { status: 'pending', qr: 'weixin://1' }
const paid: ProviderView = {
  status: 'captured',
  amount: '12.50',
  at: '2026-01-05T02:00:00.000Z',
  providerReference: 'WX-1',
}

/** A provider that writes down what it is asked. */
function provider(found: ProviderView | undefined | Error) {
  const asked: string[] = []
  const theirs: Provider = {
    isTheirs: () => false,
    read: () => {
      throw new Error('nobody calls back')
    },
    async createOrder({ amount }) {
      asked.push(`order ${amount}`)
      return toScan
    },
    async debit({ mandateReference }) {
      asked.push(`debit ${mandateReference}`)
      return paid
    },
    async findPayment() {
      asked.push('find')
      if (found instanceof Error) throw found
      return found
    },
    refund: async () => ({ status: 'pending' }),
    findRefund: async () => undefined,
  }
  return { asked, executor: paymentExecutor(new Map([['wechat', theirs]])) }
}

const signal = new AbortController().signal

function request(attempt: number, mandateReference: string | null = null): OutboundRequest {
  const data = { dealerId: 'A1', amount: '12.50', mandateReference }
  const of = { requestId: 'payment/P1', kind: 'payment', subjectId: 'P1', counterparty: 'wechat' }
  return { ...of, data, attempt }
}

function learnt(attempt: number, view?: ProviderView) {
  const input = { paymentId: 'P1', attempt, ...(view && { view }) }
  return { command: 'RecordProviderAnswer', input }
}

test('a payment is asked for once; afterwards what became of it is asked', async (t) => {
  const { asked, executor } = provider(paid)
  t.strictSame(await executor.perform(request(0), signal), learnt(0, toScan))
  t.strictSame(await executor.perform(request(1), signal), learnt(1, paid))
  t.strictSame(asked, ['order 12.50', 'find'])
})

test('what never reached the provider is asked for then', async (t) => {
  const { asked, executor } = provider(undefined)
  t.strictSame(await executor.perform(request(3), signal), learnt(3, toScan))
  t.strictSame(await executor.perform(request(3, 'M-1'), signal), learnt(3, paid))
  t.strictSame(asked, ['find', 'order 12.50', 'find', 'debit M-1'])
})

test('no answer is learnt as well, and nothing is asked for in the dark', async (t) => {
  const { asked, executor } = provider(new Error('away'))
  t.strictSame(await executor.perform(request(2), signal), learnt(2))
  t.strictSame(asked, ['find'])
})
