/** What a refund's stream knows. */

import { Map as PersistentMap } from 'immutable'
import type { PaymentMethod, RefundWay } from '../facility/values.ts'
import { fold } from '../kernel/aggregate.ts'
import type { EventOf } from '../kernel/event.ts'
import type { Instant } from '../kernel/values.ts'
import type { RefundEvent, RefundRequested } from './events.ts'

export type RefundStatus =
  | 'requested'
  | 'approved'
  | 'rejected'
  | 'due'
  | 'unknown'
  | 'paid'
  | 'failed'

export type Refund = Readonly<{
  status: RefundStatus
  /** As it was asked for. */
  requested: EventOf<typeof RefundRequested>['data']
  /** Who asked for it. */
  requestedBy: string
  /** The way it goes now. */
  to: RefundWay
  method: PaymentMethod
  /** Undefined before the provider was asked for it. */
  provider: Readonly<{ asked: number; askAgainAt: Instant | undefined }> | undefined
  /** The statement line that it was seen in. */
  lineId: string | undefined
  /** The last attempt at each line that was declined. */
  declined: PersistentMap<string, number>
}>

/** `undefined` before its first event. */
export type RefundState = Refund | undefined

/** Lines that are remembered as declined: a person matches each of them. */
const MOST_DECLINED = 200

export const evolve = fold<RefundState, RefundEvent>({
  RefundRequested: (_, requested, { metadata }) => ({
    status: requested.needsApproval ? 'requested' : 'approved',
    requested,
    requestedBy: metadata.actor.user,
    to: requested.to,
    method: requested.method,
    provider: undefined,
    lineId: undefined,
    declined: PersistentMap(),
  }),
  RefundApproved: (state) => state && { ...state, status: 'approved' },
  RefundRejected: (state) => state && { ...state, status: 'rejected' },
  RefundRerouted: (state, { to, method }) =>
    state && { ...state, status: 'approved', to, method, provider: undefined },
  RefundDue: (state) => state && { ...state, status: 'due' },
  RefundPending: (state, { asked, askAgainAt }) =>
    state && { ...state, status: 'due', provider: { asked, askAgainAt } },
  RefundUnknown: (state, { asked, askAgainAt }) =>
    state && { ...state, status: 'unknown', provider: { asked, askAgainAt } },
  RefundPaid: (state, { lineId }) => state && { ...state, status: 'paid', lineId },
  RefundFailed: (state) => state && { ...state, status: 'failed' },
  RefundReconciled: (state, { lineId }) => state && { ...state, lineId },
  RefundLineDeclined: (state, { lineId, attempt }) =>
    state && { ...state, declined: bounded(state.declined).set(lineId, attempt) },
})

function bounded(declined: PersistentMap<string, number>): PersistentMap<string, number> {
  return declined.size < MOST_DECLINED ? declined : PersistentMap()
}
