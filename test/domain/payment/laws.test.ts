import fc from 'fast-check'
import { test } from 'tap'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import { decimal, sum } from '../../../domain/kernel/money.ts'
import { bouncePayment, capturePayment, failPayment } from '../../../domain/payment/capture.ts'
import { payment } from '../../../domain/payment/payment.ts'
import {
  hearProvider,
  type ProviderView,
  recordProviderAnswer,
} from '../../../domain/payment/provider.ts'
import {
  completePaymentRefund,
  releasePaymentRefund,
  reservePaymentRefund,
} from '../../../domain/payment/refunds.ts'
import { attemptsAt } from '../../../domain/payment/schedule.ts'
import type { PaymentState } from '../../../domain/payment/state.ts'
import { bookStatementLine, settleAtProvider } from '../../../domain/payment/statement.ts'
import { applyEvents, type Decide, testContext } from '../../support/given.ts'
import { reference } from '../facility/tree.ts'
import { onlineStarted, transferStarted } from './payments.ts'

const paymentId = 'P1'
const context = testContext({ reference })
const effectiveOn = '2026-01-02'

const amounts = fc.constantFrom('12.50', '12.00', '13.00', '5.00', '0.01')
const refundIds = fc.constantFrom('F1', 'F2', 'F3')
const lines = fc.record({
  paymentId: fc.constant(paymentId),
  lineId: fc.constantFrom('S1.1', 'S1.2', 'S2.1'),
  effectiveOn: fc.constant(effectiveOn),
  attempt: fc.nat(2),
})
const views: fc.Arbitrary<ProviderView> = fc.oneof(
  fc.record({ status: fc.constant('pending' as const), qr: fc.constantFrom('a', 'b') }),
  fc.record({
    status: fc.constant('captured' as const),
    amount: amounts,
    at: fc.constantFrom('2026-01-04T00:00:00Z', '2026-01-05T00:00:00Z'),
    providerReference: fc.constant('WX-1'),
  }),
  fc.record({ status: fc.constant('failed' as const), reason: fc.constant('denied') }),
)

type Deed = Decide<PaymentState>

/** An answer to the last asking, or to one before. */
function answer(view: ProviderView | undefined, late: number): Deed {
  return (state, now) => {
    const attempt = Math.max(0, attemptsAt(state?.provider) - late)
    return recordProviderAnswer(state, { paymentId, attempt, view }, now)
  }
}

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  views.map(
    (view): Deed =>
      (state, now) =>
        hearProvider(state, { paymentId, provider: 'wechat', view }, now),
  ),
  fc
    .tuple(fc.option(views, { nil: undefined }), fc.constantFrom(0, 0, 0, 1, 2))
    .map(([view, late]) => answer(view, late)),
  fc.constant(answer(undefined, 0)),
  amounts.map(
    (amount): Deed =>
      (state, now) =>
        capturePayment(state, { paymentId, amount }, now),
  ),
  fc.constant<Deed>((state, now) => failPayment(state, { paymentId }, now)),
  fc.constant<Deed>((state, now) => bouncePayment(state, { paymentId, reason: 'x' }, now)),
  fc.record({ refundId: refundIds, amount: amounts }).map(
    (refund): Deed =>
      (state) =>
        reservePaymentRefund(state, { paymentId, ...refund }),
  ),
  refundIds.map(
    (refundId): Deed =>
      (state) =>
        releasePaymentRefund(state, { paymentId, refundId, reason: 'x' }),
  ),
  refundIds.map(
    (refundId): Deed =>
      (state) =>
        completePaymentRefund(state, { paymentId, refundId }),
  ),
  fc.tuple(lines, amounts, fc.constantFrom('exact' as const, 'any' as const)).map(
    ([line, amount, accept]): Deed =>
      (state, now) =>
        bookStatementLine(state, { ...line, amount, accept }, now),
  ),
  fc.tuple(lines, amounts).map(
    ([line, gross]): Deed =>
      (state, now) =>
        settleAtProvider(state, { ...line, gross, fee: '0.01' }, now),
  ),
)

const histories = fc.tuple(
  fc.constantFrom(transferStarted, onlineStarted),
  fc.array(deeds, { maxLength: 40 }),
)

/** Plays deeds one after another; `each` sees every state with all events before it. */
function play(
  [started, done]: readonly [DecidedEvent, readonly Deed[]],
  each: (
    state: PaymentState,
    log: readonly DecidedEvent[],
    deed: Deed,
    before: PaymentState,
  ) => void,
): void {
  const log: DecidedEvent[] = [started]
  let state = applyEvents(payment, undefined, log)
  for (const deed of done) {
    const before = state
    const decision = deed(state, context)
    const events = decision.accepted ? decision.events : []
    state = applyEvents(payment, state, events, log.length)
    log.push(...events)
    each(state, log, deed, before)
  }
}

function count(log: readonly DecidedEvent[], type: string): number {
  return log.filter((event) => event.type === type).length
}

function total(log: readonly DecidedEvent[], type: string) {
  const amountsOf = log
    .filter((event) => event.type === type)
    .map(({ data }) => decimal((data as Readonly<{ amount: string }>).amount))
  return sum(amountsOf)
}

test('money comes once, is settled once, and bounces at most once', async (t) => {
  fc.assert(
    fc.property(histories, (history) => {
      play(history, (_, log) => {
        t.ok(count(log, 'PaymentCaptured') <= 1)
        t.ok(count(log, 'ProviderSettled') <= 1)
        t.ok(count(log, 'PaymentBounced') <= count(log, 'PaymentCaptured'))
        t.ok(count(log, 'PaymentFailed') <= 1)
      })
    }),
    { numRuns: 300 },
  )
})

test('what is refunded or set aside is never more than was captured', async (t) => {
  fc.assert(
    fc.property(histories, (history) => {
      play(history, (state, log) => {
        const back = total(log, 'PaymentRefundReserved').minus(total(log, 'PaymentRefundReleased'))
        t.ok(back.lessThanOrEqualTo(total(log, 'PaymentCaptured')))
        t.ok(total(log, 'PaymentRefunded').lessThanOrEqualTo(back))
        t.ok(back.equals(state?.givenBack ?? '0'))
        if (state?.status === 'bounced') t.ok(back.isZero())
      })
    }),
    { numRuns: 300 },
  )
})

test('a provider is asked seven times at most, and each time under another number', async (t) => {
  fc.assert(
    fc.property(histories, (history) => {
      play(history, (state, log) => {
        t.ok((state?.provider?.asked ?? 0) <= 7)
        const asks = log.flatMap(({ data }) =>
          typeof data === 'object' && data !== null && 'asked' in data ? [data] : [],
        )
        const times = asks.map(({ asked }) => asked).filter((asked) => typeof asked === 'number')
        t.strictSame(times, times.toSorted())
      })
    }),
    { numRuns: 300 },
  )
})

test('money that a provider says it has always counts', async (t) => {
  const provider = 'wechat'
  const view = {
    status: 'captured',
    amount: '12.50',
    at: context.now,
    providerReference: 'W',
  } as const
  fc.assert(
    fc.property(histories, (history) => {
      play(history, (state, log) => {
        if (state?.initiated.method !== provider) return
        const decision = hearProvider(state, { paymentId, provider, view }, context)
        if (!decision.accepted) throw new Error(decision.refusal.code)
        t.equal(count([...log, ...decision.events], 'PaymentCaptured'), 1)
      })
    }),
    { numRuns: 100 },
  )
})

test('doing again what was just done changes nothing', async (t) => {
  fc.assert(
    fc.property(histories, (history) => {
      play(history, (state, _, deed, before) => {
        const fixed = attemptsAt(before?.provider)
        if (state && attemptsAt(state.provider) !== fixed) return // the same words then answer the next asking
        const again = deed(state, context)
        t.ok(!again.accepted || again.events.length === 0)
      })
    }),
    { numRuns: 300 },
  )
})
