/**
 * A refund that is agreed to takes what it needs, of its payment and of the dealer's money, before it is
 * due; paid, it books both, and failed, it sets both free.
 */

import {
  RefundCashRefused,
  RefundCashReleased,
  RefundCashReserved,
  RefundPaidOut,
} from '../domain/facility/refund-events.ts'
import type { PaymentMethod, RefundSource, RefundWay } from '../domain/facility/values.ts'
import {
  type EventDefinition,
  type EventOf,
  type RecordedEvent,
  valueDateOf,
} from '../domain/kernel/event.ts'
import {
  PaymentRefunded,
  PaymentRefundRefused,
  PaymentRefundReleased,
  PaymentRefundReserved,
} from '../domain/payment/events.ts'
import {
  RefundApproved,
  RefundFailed,
  RefundPaid,
  RefundRejected,
  RefundRequested,
  RefundRerouted,
} from '../domain/refund/events.ts'
import { type Listening, listen, type Reaction, type SagaCommand, saga } from './saga.ts'

/** Of the payment, and of the facility: what was asked of it for the refund, and what it said. */
type Part = 'untouched' | 'asked' | 'reserved' | 'refused' | 'ending' | 'ended'

/** From the request to the end. Plain JSON. */
export type RefundProgress = Readonly<{
  refundId: string
  paymentId?: string
  dealerId: string
  facilityId: string
  amount: string
  source: RefundSource
  returnId?: string
  /** The way it goes now. */
  to: RefundWay
  method: PaymentMethod
  payment: Part
  cash: Part
  /** Nothing more is taken for it: it is paid or failed. */
  over: boolean
}>

export const refund = saga<RefundProgress>({
  name: 'refund',
  version: 1,
  movesMoney: true,
  listens: [
    listen(RefundRequested, refundIdOf, (progress, event) =>
      progress === undefined ? requested(event) : undefined,
    ),
    on(RefundApproved, advance),
    on(RefundRejected, () => ({ state: null })),
    on(PaymentRefundReserved, (progress) =>
      progress.payment === 'asked' ? advance({ ...progress, payment: 'reserved' }) : undefined,
    ),
    on(PaymentRefundRefused, paymentRefused),
    on(RefundCashReserved, (progress) =>
      progress.cash === 'asked' ? advance({ ...progress, cash: 'reserved' }) : undefined,
    ),
    on(RefundCashRefused, cashRefused),
    on(RefundRerouted, rerouted),
    on(RefundPaid, paid),
    on(RefundFailed, failed),
    on(PaymentRefunded, (progress) => settled({ ...progress, payment: 'ended' })),
    on(PaymentRefundReleased, (progress) => settled({ ...progress, payment: 'ended' })),
    on(RefundPaidOut, (progress) => settled({ ...progress, cash: 'ended' })),
    on(RefundCashReleased, (progress) => settled({ ...progress, cash: 'ended' })),
  ],
})

type OfRefund = Readonly<{ refundId: string }>

function refundIdOf({ data }: RecordedEvent<string, OfRefund>): string {
  return data.refundId
}

/** A reaction of an instance that is there; refunds that are over hear nothing more. */
function on<Type extends string, Data extends OfRefund>(
  definition: EventDefinition<Type, Data>,
  react: (
    progress: RefundProgress,
    event: RecordedEvent<string, Data>,
  ) => Reaction<RefundProgress> | undefined,
): Listening<RefundProgress> {
  return listen<RefundProgress, Type, Data>(definition, refundIdOf, (progress, event) =>
    progress === undefined ? undefined : react(progress, event),
  )
}

type DataOf<Definition> = EventOf<Definition>['data']
type Event<Definition> = RecordedEvent<string, DataOf<Definition>>

function requested({ data }: Event<typeof RefundRequested>): Reaction<RefundProgress> {
  const { reason: _, repeats: __, needsApproval, paymentId, returnId, ...terms } = data
  const progress: RefundProgress = {
    ...terms,
    ...(paymentId !== undefined && { paymentId }),
    ...(returnId !== undefined && { returnId }),
    payment: 'untouched',
    cash: 'untouched',
    over: false,
  }
  return needsApproval ? { state: progress } : advance(progress)
}

/** Takes the next of what the refund needs: the payment's part before the dealer's money; else it waits. */
function advance(progress: RefundProgress): Reaction<RefundProgress> {
  const { refundId, paymentId, amount, to, payment, cash } = progress
  if (to === 'original' && payment === 'untouched') {
    const input = { paymentId, refundId, amount }
    return asking({ ...progress, payment: 'asked' }, { command: 'ReservePaymentRefund', input })
  }
  const isByPayment = to === 'original' && payment !== 'reserved'
  if (!isByPayment && cash === 'untouched') {
    const input = moneyOf(progress)
    return asking({ ...progress, cash: 'asked' }, { command: 'ReserveRefundCash', input })
  }
  if (isByPayment || cash !== 'reserved') return { state: progress }
  return asking(progress, { command: 'MakeRefundDue', input: { refundId } })
}

function moneyOf(progress: RefundProgress): SagaCommand['input'] {
  const { facilityId, refundId, dealerId, paymentId, amount, source, returnId } = progress
  return {
    ...{ facilityId, refundId, dealerId, amount, source },
    ...(paymentId !== undefined && { paymentId }),
    ...(returnId !== undefined && { returnId }),
  }
}

function asking(state: RefundProgress, ...commands: SagaCommand[]): Reaction<RefundProgress> {
  return { state, commands }
}

function paymentRefused(
  progress: RefundProgress,
  { data: { refundId, message: reason } }: Event<typeof PaymentRefundRefused>,
): Reaction<RefundProgress> | undefined {
  if (progress.payment !== 'asked') return undefined
  const input = { refundId, by: 'payment', code: 'refund-exceeds-payment', reason }
  return asking({ ...progress, payment: 'refused' }, { command: 'DeclineRefund', input })
}

function cashRefused(
  progress: RefundProgress,
  { data: { refundId, refusal } }: Event<typeof RefundCashRefused>,
): Reaction<RefundProgress> | undefined {
  if (progress.cash !== 'asked') return undefined
  const { code, message: reason } = refusal
  const input = { refundId, by: 'facility', code, reason }
  return asking({ ...progress, cash: 'refused' }, { command: 'DeclineRefund', input })
}

/** By bank it takes nothing of the payment. */
function rerouted(
  progress: RefundProgress,
  { data: { to, method, reason } }: Event<typeof RefundRerouted>,
): Reaction<RefundProgress> {
  const byBank = { ...progress, to, method }
  const release = releaseOfPayment(progress, reason)
  const next = advance({ ...byBank, payment: release.length > 0 ? 'ending' : byBank.payment })
  return { ...next, commands: [...release, ...(next.commands ?? [])] }
}

function releaseOfPayment(
  { refundId, paymentId, payment }: RefundProgress,
  reason: string,
): SagaCommand[] {
  if (payment !== 'reserved') return []
  return [{ command: 'ReleasePaymentRefund', input: { paymentId, refundId, reason } }]
}

function paid(
  progress: RefundProgress,
  event: Event<typeof RefundPaid>,
): Reaction<RefundProgress> | undefined {
  const { refundId, paymentId, method, payment } = progress
  const effectiveOn = valueDateOf(event)
  const complete = { command: 'CompletePaymentRefund', input: { paymentId, refundId } }
  const payOut = { command: 'PayOutRefund', input: { ...moneyOf(progress), method, effectiveOn } }
  return ending(progress, [payOut], payment === 'reserved' ? [complete] : [])
}

function failed(
  progress: RefundProgress,
  { data: { refundId, reason } }: Event<typeof RefundFailed>,
): Reaction<RefundProgress> | undefined {
  const { facilityId, dealerId, cash } = progress
  const input = { facilityId, refundId, dealerId, reason }
  const release = cash === 'reserved' ? [{ command: 'ReleaseRefundCash', input }] : []
  return ending(progress, release, releaseOfPayment(progress, reason))
}

function ending(
  progress: RefundProgress,
  ofCash: readonly SagaCommand[],
  ofPayment: readonly SagaCommand[],
): Reaction<RefundProgress> | undefined {
  if (progress.over) return undefined
  const over: RefundProgress = {
    ...progress,
    cash: ofCash.length > 0 ? 'ending' : progress.cash,
    payment: ofPayment.length > 0 ? 'ending' : progress.payment,
    over: true,
  }
  return { ...settled(over), commands: [...ofCash, ...ofPayment] }
}

/** It ends once nothing of it is on its way any more. */
function settled(progress: RefundProgress): Reaction<RefundProgress> {
  const isOnItsWay = progress.payment === 'ending' || progress.cash === 'ending'
  return { state: progress.over && !isOnItsWay ? null : progress }
}
