/**
 * Payment providers that misbehave: answers are lost or late, what they say by calling back is lost,
 * repeated and in any order. What they took and gave back, each knows to the cent.
 */

import type {
  Provider,
  ProviderDebit,
  ProviderOrder,
  ProviderRefund,
  ProviderRefundView,
} from '../../../commands/providers.ts'
import type { ProviderView } from '../../../domain/payment/provider.ts'
import { type Cents, cents, text, total } from '../model/cents.ts'
import { BrokenLaw } from '../model/law.ts'
import { OUTSIDE } from '../scheduler.ts'
import { DAY, HOUR, MINUTE, SECOND, type Stage } from './stage.ts'

export const PROVIDERS = ['wechat', 'alipay'] as const

type Back = {
  refundId: string
  amount: Cents
  status: 'pending' | 'refunded' | 'failed'
  paidOut: boolean
}

export type Sale = {
  paymentId: string
  provider: string
  amount: Cents
  status: 'pending' | 'captured' | 'failed'
  at: string
  refunds: Map<string, Back>
  /** Paid out to us. */
  paidOut: boolean
}

export type Till = Readonly<{
  providers: ReadonlyMap<string, Provider>
  sales: ReadonlyMap<string, Sale>
  /** A person has a sale ended that nobody paid. */
  close: (paymentId: string) => void
  /** What it took, less what it gave back. */
  held: () => Cents
}>

/** How often something goes wrong with a request. */
const TROUBLE = 0.25
const TROUBLES = ['late', 'answer-lost', 'request-lost', 'fails'] as const

export function openTills(stage: Stage): Till {
  const { world, random, later } = stage
  const sales = new Map<string, Sale>()

  /** Does what is asked; whether the asker hears of it is another matter. */
  async function asked<View>(signal: AbortSignal, work: () => View): Promise<View> {
    const fate = random.chance(TROUBLE) ? random.pick(TROUBLES) : 'answers'
    const { scheduler } = world
    const silence = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(new Error('no answer in time')))
    })
    silence.catch(() => undefined)
    if (fate === 'request-lost') return await silence
    if (fate === 'late') {
      // It is on its way for longer than anybody waits for it.
      const arrives = scheduler.now() + random.between(10 * SECOND, 10 * MINUTE)
      scheduler.at(arrives, OUTSIDE, () => void work())
      return await silence
    }
    await scheduler.wait(random.between(20, 4 * SECOND), OUTSIDE)
    if (fate === 'fails') throw new Error('a bad day')
    const view = work()
    await scheduler.wait(random.between(20, 4 * SECOND), OUTSIDE)
    return fate === 'answer-lost' || signal.aborted ? await silence : view
  }

  function broken(what: string, paymentId: string): void {
    world.note(new BrokenLaw('a provider is asked for what is right', what, undefined, [paymentId]))
  }

  function opened(provider: string, paymentId: string, amount: string): Sale {
    const known = sales.get(paymentId)
    if (known !== undefined) return known
    const payment = world.model.money.payment(paymentId)
    if (payment?.method !== provider || payment.amount !== amount) {
      broken(`${provider} is asked for ${amount} as ${paymentId}`, paymentId)
    }
    const sale: Sale = {
      ...{ paymentId, provider, amount: cents(amount), status: 'pending', at: '' },
      ...{ refunds: new Map(), paidOut: false },
    }
    sales.set(paymentId, sale)
    return sale
  }

  function viewOf({ paymentId, status, amount, at, provider }: Sale): ProviderView {
    const providerReference = `${provider}-${paymentId}`
    if (status === 'captured') return { status, amount: text(amount), at, providerReference }
    if (status === 'failed') return { status, reason: 'not paid', providerReference }
    return { status, providerReference, qr: `pay://${paymentId}` }
  }

  function take(sale: Sale): void {
    if (sale.status === 'captured') return
    if (random.chance(0.04))
      sale.amount = (sale.amount * BigInt(random.between(80, 120))) / 100n + 1n
    Object.assign(sale, { status: 'captured', at: new Date(world.scheduler.now()).toISOString() })
    tell(sale)
  }

  function fail(sale: Sale): void {
    if (sale.status !== 'pending') return
    sale.status = 'failed'
    tell(sale)
  }

  /** Says how it is now, some time later: not at all, or more than once. */
  function tell(sale: Sale): void {
    const { paymentId, provider } = sale
    const view = viewOf(sale)
    for (let copies = random.pick([0, 1, 1, 1, 2, 3]); copies > 0; copies--) {
      later(0, random.pick([10 * SECOND, MINUTE, DAY]), async () => {
        const user = `provider:${provider}`
        await stage.brand('provider', 'HearProvider', { paymentId, provider, view }, { user })
      })
    }
  }

  /** Payers pay what they scanned, or say no, or do nothing until it is too late; some think again. */
  function awaitPayer(sale: Sale): void {
    tell(sale)
    const soon = random.pick([MINUTE, HOUR, 5 * HOUR])
    const does = random.pick([
      'pays',
      'pays',
      'pays',
      'pays',
      'pays',
      'pays',
      'denies',
      'waits',
      'doubts',
    ])
    if (does === 'pays') later(SECOND, soon, () => take(sale))
    if (does === 'denies' || does === 'doubts') later(SECOND, soon, () => fail(sale))
    if (does === 'doubts') later(soon, 2 * soon, () => take(sale))
    later(2 * DAY, 3 * DAY, () => fail(sale))
  }

  function giveBack({ paymentId, refundId, amount }: ProviderRefund): ProviderRefundView {
    const sale = sales.get(paymentId)
    const known = sale?.refunds.get(refundId)
    if (known !== undefined) return refundView(known)
    const gone = [...(sale?.refunds.values() ?? [])].filter(({ status }) => status !== 'failed')
    const left =
      (sale?.status === 'captured' ? sale.amount : 0n) - total(gone.map((one) => one.amount))
    if (sale === undefined || cents(amount) > left) {
      broken(`${amount} is to go back of ${paymentId}, ${text(left)} is left`, paymentId)
      return { status: 'failed', reason: 'there is not so much' }
    }
    const status = random.pick(['refunded', 'refunded', 'refunded', 'pending', 'failed'] as const)
    const back: Back = { refundId, amount: cents(amount), status, paidOut: false }
    sale.refunds.set(refundId, back)
    if (status === 'pending') {
      const ends = random.pick(['refunded', 'refunded', 'failed'] as const)
      later(MINUTE, 3 * DAY, () => {
        back.status = ends
      })
    }
    return refundView(back)
  }

  function refundView({ status, refundId }: Back): ProviderRefundView {
    if (status === 'refunded') return { status, providerReference: refundId }
    return status === 'failed' ? { status, reason: 'the account is closed' } : { status }
  }

  function providerOf(name: string): Provider {
    const first = (paymentId: string, amount: string, then: (sale: Sale) => void): ProviderView => {
      const isNew = !sales.has(paymentId)
      const sale = opened(name, paymentId, amount)
      if (isNew) then(sale)
      return viewOf(sale)
    }
    return {
      isTheirs: () => true,
      read: () => ({ success: false, error: new Error('nobody reads here') }) as never,
      createOrder: ({ paymentId, amount }: ProviderOrder, signal) =>
        asked(signal, () => first(paymentId, amount, awaitPayer)),
      debit: ({ paymentId, amount }: ProviderDebit, signal) =>
        asked(signal, () =>
          first(paymentId, amount, (sale) => (random.chance(0.8) ? take(sale) : fail(sale))),
        ),
      findPayment: (paymentId, signal) =>
        asked(signal, () => {
          const sale = sales.get(paymentId)
          return sale && viewOf(sale)
        }),
      refund: (refund, signal) => asked(signal, () => giveBack(refund)),
      findRefund: ({ paymentId, refundId }, signal) =>
        asked(signal, () => {
          const back = sales.get(paymentId)?.refunds.get(refundId)
          return back && refundView(back)
        }),
    }
  }

  return {
    sales,
    providers: new Map(PROVIDERS.map((name) => [name, providerOf(name)])),
    close(paymentId) {
      const sale = sales.get(paymentId)
      if (sale?.status === 'pending') sale.status = 'failed'
    },
    held: () => total([...sales.values()].map(heldOf)),
  }
}

/** What a provider holds of ours. */
function heldOf(sale: Sale): Cents {
  const taken = sale.status === 'captured' && !sale.paidOut ? sale.amount : 0n
  const back = [...sale.refunds.values()].filter(
    ({ status, paidOut }) => status === 'refunded' && !paidOut,
  )
  return taken - total(back.map(({ amount }) => amount))
}
