/** Lets a higher role decide a review that nobody decides in time. */

import type { EventDefinition } from '../domain/kernel/event.ts'
import {
  AmendmentRefused,
  FulfilmentPlanned,
  OrderAmended,
  OrderCancelled,
  OrderLapsed,
  OrderRejected,
  RemainderCancelled,
} from '../domain/order/events.ts'
import {
  OrderApproved,
  ReviewEscalated,
  ReviewRequested,
  ReviewStepApproved,
} from '../domain/order/review-events.ts'
import type { Listening, Reaction } from './saga.ts'
import { listen, onTimer, saga } from './saga.ts'

/** The step that is to be decided, from the request for review to its end. */
export type OrderReview = Readonly<{
  orderId: string
  review: number
  step: number
  /** Of which amendment it is; null: of the order itself. */
  amendment: number | null
}>

/** The name of the timer that is due when the step escalates. */
export const REVIEW_DUE = 'review-due'

function waiting(state: OrderReview, dueAt: string | null): Reaction<OrderReview> {
  return { state, timers: [{ name: REVIEW_DUE, at: dueAt }] }
}

/** What ends a review: a decision, an end of the order, or that the order or its plan is another one. */
function endsBy<Type extends string, Data extends Readonly<{ orderId: string }>>(
  definition: EventDefinition<Type, Data>,
  isMeant: (review: OrderReview, data: Data) => boolean = () => true,
): Listening<OrderReview> {
  return listen<OrderReview, Type, Data>(
    definition,
    ({ data }) => data.orderId,
    (state, { data }) => (state && isMeant(state, data) ? { state: null } : undefined),
  )
}

export const orderReview = saga<OrderReview>({
  name: 'order-review',
  version: 1,
  listens: [
    listen(
      ReviewRequested,
      ({ data }) => data.orderId,
      (_, { data: { orderId, review, dueAt, amendment = null } }) =>
        waiting({ orderId, review, step: 0, amendment }, dueAt),
    ),
    listen<OrderReview, 'ReviewStepApproved', ReturnType<typeof ReviewStepApproved>['data']>(
      ReviewStepApproved,
      ({ data }) => data.orderId,
      (state, { data: { step, dueAt } }) => state && waiting({ ...state, step: step + 1 }, dueAt),
    ),
    listen<OrderReview, 'ReviewEscalated', ReturnType<typeof ReviewEscalated>['data']>(
      ReviewEscalated,
      ({ data }) => data.orderId,
      (state, { data: { dueAt = null } }) => state && waiting(state, dueAt),
    ),
    endsBy(OrderApproved),
    endsBy(OrderRejected),
    endsBy(OrderCancelled),
    endsBy(RemainderCancelled),
    endsBy(OrderLapsed),
    // An order that is confirmed goes on: what is asked about it is still to be answered.
    endsBy(OrderAmended, (_, { fulfilments }) => fulfilments.length === 0),
    endsBy(AmendmentRefused, ({ amendment }, refused) => amendment === refused.amendment),
    endsBy(FulfilmentPlanned),
    onTimer(REVIEW_DUE, (state, { data: { dueAt } }) => {
      const { orderId, review, step } = state
      const input = { orderId, review, step, dueAt }
      return { state, commands: [{ command: 'EscalateReview', input }] }
    }),
  ],
})
