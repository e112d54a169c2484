/** What becomes of each payment and each refund, and what outside systems are to be asked about them. */

import type { StoredEvent } from '../../../infra/event-store/codec.ts'
import { type Cents, cents, text, total } from './cents.ts'
import type { Data, Seen } from './law.ts'
import { law } from './law.ts'

export type Payment = {
  paymentId: string
  dealerId: string
  method: string
  amount: string
  reference: string
  orderIds: readonly string[]
  receivableIds: readonly string[]
  status: 'initiated' | 'pending' | 'unknown' | 'captured' | 'failed' | 'bounced'
  initiatedAt: string
  /** What came. */
  captured: string | undefined
  on: string
  /** That it came was found on a statement. */
  isShown: boolean
  isSettled: boolean
  /** The facility has its money, and has given it back after a bounce. */
  isReceived: boolean
  isReversed: boolean
  refunds: Map<string, { amount: Cents; status: 'reserved' | 'released' | 'refunded' }>
}

export type Refund = {
  refundId: string
  paymentId: string | undefined
  dealerId: string
  amount: string
  method: string
  to: string
  status: 'requested' | 'approved' | 'rejected' | 'due' | 'unknown' | 'paid' | 'failed'
  requestedBy: string
  requestedAt: string
  isShown: boolean
}

/** What somebody outside is to be asked, and when. */
export type Asking = Readonly<{
  requestId: string
  kind: 'payment' | 'refund'
  subjectId: string
  counterparty: string
  data: Data
  attempt: number
  dueAt: string
  causedBy: string
  correlationId: string
  position: bigint
}>

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** After 5 minutes, an hour, and on five days. */
const PAUSES_MS = [5 * MINUTE_MS, 60 * MINUTE_MS, DAY_MS, DAY_MS, DAY_MS, DAY_MS, DAY_MS]

export type Money = ReturnType<typeof createMoney>

export function createMoney() {
  const payments = new Map<string, Payment>()
  const refunds = new Map<string, Refund>()
  const askings = new Map<string, Asking>()
  const schedules = new Map<string, Data>()

  const ended = (requestId: string) => void askings.delete(requestId)

  const handlers: Record<string, (data: Data, seen: Seen) => void> = {
    PaymentInitiated: initiated,
    PaymentPending: (data, seen) => asked('payment', data.paymentId, data, seen),
    PaymentUnknown: (data, seen) => asked('payment', data.paymentId, data, seen),
    PaymentCaptured: captured,
    PaymentFailed({ paymentId }, seen) {
      const payment = paymentOf(paymentId, seen)
      law('money that came does not fail', isOpen(payment), () => paymentId, seen, paymentId)
      payment.status = 'failed'
      ended(`payment/${paymentId}`)
    },
    PaymentReconciled: ({ paymentId }, seen) => shown(paymentOf(paymentId, seen), seen),
    ProviderSettled({ paymentId, gross }, seen) {
      const payment = paymentOf(paymentId, seen)
      const isOnce = !payment.isSettled && payment.captured === gross
      law('a provider settles a payment once, as it was', isOnce, () => gross, seen, paymentId)
      payment.isSettled = true
      shown(payment, seen)
    },
    PaymentReceived({ paymentId, amount }, seen) {
      const payment = paymentOf(paymentId, seen)
      const isOnce = !payment.isReceived && payment.captured === amount
      law('captured money is received once, all of it', isOnce, () => amount, seen, paymentId)
      payment.isReceived = true
    },
    ReceiptReversed({ paymentId, amount }, seen) {
      const payment = paymentOf(paymentId, seen)
      const isOnce = payment.isReceived && !payment.isReversed && payment.captured === amount
      law('a receipt is undone once, if it bounced', isOnce, () => amount, seen, paymentId)
      payment.isReversed = true
    },
    PaymentBounced({ paymentId, amount }, seen) {
      const payment = paymentOf(paymentId, seen)
      const isThere = payment.status === 'captured' && payment.captured === amount
      const isWhole = givenBack(payment) === 0n
      law('only money that came bounces, whole', isThere && isWhole, () => amount, seen, paymentId)
      payment.status = 'bounced'
    },
    PaymentRefundReserved({ paymentId, refundId, amount }, seen) {
      const payment = paymentOf(paymentId, seen)
      const isNew = !payment.refunds.has(refundId) && payment.status === 'captured'
      law('a refund is set aside of a payment once', isNew, () => refundId, seen, refundId)
      payment.refunds.set(refundId, { amount: cents(amount), status: 'reserved' })
      withinCapture(payment, seen)
    },
    PaymentRefundReleased({ paymentId, refundId, amount }, seen) {
      const { refunds: of } = paymentOf(paymentId, seen)
      const before = of.get(refundId)
      const aside = before?.status === 'reserved' ? before.amount : 0n
      law('a payment gets back what was set aside', aside === cents(amount), () => amount, seen)
      of.set(refundId, { amount: aside, status: 'released' })
    },
    PaymentRefunded({ paymentId, refundId, amount }, seen) {
      const { refunds: of } = paymentOf(paymentId, seen)
      const before = of.get(refundId)
      const isAside = before?.status === 'reserved' && before.amount === cents(amount)
      law('only what was set aside is refunded', isAside, () => refundId, seen, refundId)
      of.set(refundId, { amount: cents(amount), status: 'refunded' })
    },
    RefundRequested: requested,
    RefundApproved({ refundId }, seen) {
      const refund = refundOf(refundId, seen)
      const { user } = seen.metadata.actor
      law(
        'nobody approves their own refund',
        user !== refund.requestedBy,
        () => user,
        seen,
        refundId,
      )
      refund.status = 'approved'
    },
    RefundRejected: ({ refundId }, seen) => {
      refundOf(refundId, seen).status = 'rejected'
    },
    RefundRerouted({ refundId, to, method }, seen) {
      Object.assign(refundOf(refundId, seen), { to, method, status: 'approved' })
      ended(`refund/${refundId}`)
    },
    RefundDue: due,
    RefundPending: (data, seen) => asked('refund', data.refundId, data, seen),
    RefundUnknown: (data, seen) => asked('refund', data.refundId, data, seen),
    RefundPaid({ refundId, lineId }, seen) {
      const refund = refundOf(refundId, seen)
      const isWaiting = refund.status === 'due' || refund.status === 'unknown'
      law('a refund is paid once, when it is due', isWaiting, () => refund.status, seen, refundId)
      refund.status = 'paid'
      if (lineId !== undefined) refund.isShown = true
      ended(`refund/${refundId}`)
    },
    RefundFailed({ refundId }, seen) {
      const refund = refundOf(refundId, seen)
      law('what is paid does not fail', refund.status !== 'paid', () => refundId, seen, refundId)
      refund.status = 'failed'
      ended(`refund/${refundId}`)
    },
    RefundReconciled({ refundId }, seen) {
      const refund = refundOf(refundId, seen)
      law('a refund is found once', !refund.isShown, () => refundId, seen, refundId)
      refund.isShown = true
    },
  }

  function paymentOf(paymentId: string, seen: Seen): Payment {
    const payment = payments.get(paymentId)
    law('a payment is announced first', payment !== undefined, () => paymentId, seen, paymentId)
    return payment as Payment
  }

  function refundOf(refundId: string, seen: Seen): Refund {
    const refund = refunds.get(refundId)
    law('a refund is asked for first', refund !== undefined, () => refundId, seen, refundId)
    return refund as Refund
  }

  function initiated(data: Data, seen: Seen): void {
    const { paymentId, dealerId, method, amount, reference, orderIds, receivableIds, debit } = data
    law('a payment begins once', !payments.has(paymentId), () => paymentId, seen, paymentId)
    payments.set(paymentId, {
      ...{ paymentId, dealerId, method, amount, reference, orderIds, receivableIds },
      ...{ status: 'initiated', initiatedAt: seen.metadata.recordedAt, captured: undefined },
      ...{ on: seen.effectiveOn, isShown: false, isSettled: false },
      ...{ isReceived: false, isReversed: false, refunds: new Map() },
    })
    if (method === 'bank-transfer') return
    const asking = { amount, mandateReference: debit?.mandateReference ?? null }
    toAsk('payment', paymentId, method, asking, seen)
  }

  function captured({ paymentId, amount, lineId }: Data, seen: Seen): void {
    const payment = paymentOf(paymentId, seen)
    const isNew = payment.captured === undefined
    law("a payment's money comes once", isNew, () => amount, seen, paymentId)
    Object.assign(payment, { status: 'captured', captured: amount, on: seen.effectiveOn })
    if (lineId !== undefined) payment.isShown = true
    ended(`payment/${paymentId}`)
  }

  function shown(payment: Payment, seen: Seen): void {
    law(
      'a payment is found on a statement once',
      !payment.isShown,
      () => '',
      seen,
      payment.paymentId,
    )
    payment.isShown = true
  }

  function withinCapture(payment: Payment, seen: Seen): void {
    const back = givenBack(payment)
    law(
      'never more is refunded than was captured',
      back <= cents(payment.captured),
      () => `${text(back)} of ${payment.captured}`,
      seen,
      payment.paymentId,
    )
  }

  function requested(data: Data, seen: Seen): void {
    const { refundId, paymentId, dealerId, amount, method, to, needsApproval } = data
    law('a refund begins once', !refunds.has(refundId), () => refundId, seen, refundId)
    const { actor, recordedAt: requestedAt } = seen.metadata
    const status = needsApproval ? 'requested' : 'approved'
    const of = { refundId, paymentId, dealerId, amount, method, to, status } as const
    refunds.set(refundId, { ...of, requestedBy: actor.user, requestedAt, isShown: false })
  }

  function due({ refundId, paymentId, amount, to, method }: Data, seen: Seen): void {
    const refund = refundOf(refundId, seen)
    law(
      'a refund is due once it is agreed to',
      refund.status === 'approved',
      () => refund.status,
      seen,
      refundId,
    )
    const aside = payments.get(paymentId ?? '')?.refunds.get(refundId)
    const isAside = to !== 'original' || aside?.status === 'reserved'
    law('what is due is set aside', isAside, () => refundId, seen, refundId, paymentId ?? '')
    refund.status = 'due'
    if (method !== 'bank-transfer') toAsk('refund', refundId, method, { paymentId, amount }, seen)
  }

  function toAsk(
    kind: Asking['kind'],
    subjectId: string,
    counterparty: string,
    data: Data,
    { event: { id: causedBy, position }, metadata }: Seen,
  ): void {
    const requestId = `${kind}/${subjectId}`
    const { recordedAt: dueAt, correlationId } = metadata
    const when = { dueAt, causedBy, correlationId, position }
    askings.set(requestId, { requestId, kind, subjectId, counterparty, data, attempt: 0, ...when })
  }

  /** Nothing was learnt, or that there is nothing yet: it is asked again, on the schedule. */
  function asked(kind: Asking['kind'], id: string, data: Data, seen: Seen): void {
    const { asked: times, askAgainAt } = data
    const subject = kind === 'payment' ? paymentOf(id, seen) : refundOf(id, seen)
    if (seen.type === 'PaymentPending') subject.status = 'pending'
    else if (seen.type !== 'RefundPending') subject.status = 'unknown'
    const requestId = `${kind}/${id}`
    const before = schedules.get(requestId)
    schedules.set(requestId, data)
    const pause = PAUSES_MS[times]
    const isKept = before?.asked === times && before.askAgainAt === askAgainAt
    const since = Date.parse(askAgainAt ?? '') - Date.parse(seen.metadata.recordedAt)
    const isNext = times === (before === undefined ? 0 : before.asked + 1)
    const isDue =
      pause === undefined ? askAgainAt === undefined : Math.abs(since - pause) < MINUTE_MS
    law(
      'what is not known is asked again after 5 minutes, an hour, and on five days',
      isKept || (isNext && isDue),
      () => JSON.stringify({ before, data }),
      seen,
      id,
    )
    const row = askings.get(requestId)
    if (row === undefined) return
    if (askAgainAt === undefined) {
      ended(requestId)
      return
    }
    const { id: causedBy, position } = seen.event
    askings.set(requestId, { ...row, attempt: times + 1, dueAt: askAgainAt, causedBy, position })
  }

  /** Everything has its end. */
  function atRest(): void {
    const nowhere = { event: undefined }
    for (const payment of payments.values()) {
      const { paymentId, status, isReceived, isReversed } = payment
      law(
        'every payment ends',
        !isOpen(payment),
        () => `${paymentId} is ${status}`,
        nowhere,
        paymentId,
      )
      const isWhole = (payment.captured !== undefined) === isReceived
      law('all money that came is received', isWhole, () => paymentId, nowhere, paymentId)
      const isUndone = (status === 'bounced') === isReversed
      law('what bounced is undone', isUndone, () => paymentId, nowhere, paymentId)
      const aside = [...payment.refunds].find(([, one]) => one.status === 'reserved')
      law(
        'nothing is set aside for ever',
        aside === undefined,
        () => `${aside?.[0]}`,
        nowhere,
        paymentId,
      )
    }
    for (const { refundId, status } of refunds.values()) {
      const hasEnded = ['paid', 'failed', 'rejected'].includes(status)
      law('every refund ends', hasEnded, () => `${refundId} is ${status}`, nowhere, refundId)
    }
    const [asking] = askings.values()
    law('nobody is asked for ever', asking === undefined, () => `${asking?.requestId}`, nowhere)
  }

  return {
    see: (seen: Seen) => handlers[seen.type]?.(seen.data, seen),
    atRest,
    payment: (paymentId: string) => payments.get(paymentId),
    payments: (): readonly Payment[] => [...payments.values()],
    refund: (refundId: string) => refunds.get(refundId),
    refunds: (): readonly Refund[] => [...refunds.values()],
    asking: (requestId: string) => askings.get(requestId),
    left: (payment: Payment) => cents(payment.captured) - givenBack(payment),
  }
}

export function isOpen({ status }: Payment): boolean {
  return status === 'initiated' || status === 'pending' || status === 'unknown'
}

/** What went back of it, or is set aside for that. */
function givenBack({ refunds }: Payment): Cents {
  return total(
    [...refunds.values()].filter(({ status }) => status !== 'released').map(({ amount }) => amount),
  )
}

/** The events after which somebody outside is to be asked. */
export const ASKING_EVENTS: readonly StoredEvent['type'][] = [
  'PaymentInitiated',
  'PaymentPending',
  'PaymentUnknown',
  'RefundDue',
  'RefundPending',
  'RefundUnknown',
]
