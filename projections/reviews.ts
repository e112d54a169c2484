/** The review queue, who approved what, the review rules, and who stands in for whom. */

import { DelegationEnded, DelegationGiven } from '../domain/delegation/delegation.ts'
import type { EventDefinition, RecordedEvent } from '../domain/kernel/event.ts'
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
import { ReviewRuleEnded, ReviewRuleSet } from '../domain/reviewRule/reviewRule.ts'
import type { Change, Handling, Row } from './read-model.ts'
import { on, readModel } from './read-model.ts'

/** The row of an order's open review, or of that of its amendment. */
function patchReview({ streamId, revision }: RecordedEvent, set: Row = {}): Change {
  return { op: 'patch', table: 'reviews', key: { order_id: streamId }, set: { ...set, revision } }
}

function endedBy<Type extends string, Data>(
  definition: EventDefinition<Type, Data>,
  isMeant: (data: Data) => boolean = () => true,
): Handling {
  return on(definition, ({ streamId, data }) =>
    isMeant(data) ? [{ op: 'remove', table: 'reviews', key: { order_id: streamId } }] : [],
  )
}

/** The most frequent of those that find or leave no review open. */
const NEVER_IN_REVIEW: ReadonlySet<string> = new Set([
  'OrderPlaced',
  'FulfilmentPlanned',
  'OrderConfirmed',
])

type Approval = Readonly<{ orderId: string; review: number; onBehalfOf?: string | undefined }>

function approval(
  { data, revision, metadata }: RecordedEvent<string, Approval>,
  note: string | undefined,
): Change {
  return {
    op: 'put',
    table: 'review_approvals',
    row: {
      order_id: data.orderId,
      revision,
      review: data.review,
      approver: metadata.actor.user,
      role: metadata.actor.role,
      on_behalf_of: data.onBehalfOf ?? null,
      note: note ?? null,
      approved_at: metadata.recordedAt,
    },
  }
}

export const reviews = readModel({
  name: 'reviews',
  version: 1,
  tables: {
    /** Of each order the one that is open. */
    reviews: {
      columns: {
        order_id: { type: 'text' },
        dealer_id: { type: 'text' },
        review: { type: 'integer' },
        amendment: { type: 'integer', nullable: true },
        reasons: { type: 'jsonb' },
        total: { type: 'numeric' },
        release: { type: 'numeric', nullable: true },
        chain: { type: 'jsonb' },
        step: { type: 'integer' },
        /** When the step escalates or, once nobody is left to escalate to, last did. */
        due_at: { type: 'timestamptz' },
        /** The role it was escalated to last. */
        escalated_to: { type: 'text', nullable: true },
        requested_at: { type: 'timestamptz' },
        revision: { type: 'bigint' },
      },
      key: ['order_id'],
      indexes: [
        ['due_at', 'order_id'],
        ['dealer_id', 'due_at'],
      ],
    },
    review_approvals: {
      columns: {
        order_id: { type: 'text' },
        revision: { type: 'bigint' },
        review: { type: 'integer' },
        approver: { type: 'text' },
        role: { type: 'text' },
        on_behalf_of: { type: 'text', nullable: true },
        note: { type: 'text', nullable: true },
        approved_at: { type: 'timestamptz' },
      },
      key: ['order_id', 'revision'],
    },
    /** Those that were set or ended; what is built in besides, the domain says. */
    review_rules: {
      columns: {
        rule_id: { type: 'text' },
        version: { type: 'integer' },
        terms: { type: 'jsonb', nullable: true },
        set_by: { type: 'text', nullable: true },
        set_at: { type: 'timestamptz', nullable: true },
        ended_at: { type: 'timestamptz', nullable: true },
      },
      key: ['rule_id'],
    },
    delegations: {
      columns: {
        delegation_id: { type: 'text' },
        delegator: { type: 'text' },
        delegate: { type: 'text' },
        role: { type: 'text' },
        dealer_id: { type: 'text', nullable: true },
        from_at: { type: 'timestamptz' },
        to_at: { type: 'timestamptz' },
        reason: { type: 'text' },
        given_by: { type: 'text' },
        ended_at: { type: 'timestamptz', nullable: true },
        position: { type: 'bigint' },
      },
      key: ['delegation_id'],
      indexes: [['position']],
    },
  },
  handlers: [
    on(ReviewRequested, ({ data, metadata, revision }) => [
      {
        op: 'put',
        table: 'reviews',
        row: {
          order_id: data.orderId,
          dealer_id: data.dealerId,
          review: data.review,
          amendment: data.amendment ?? null,
          reasons: data.reasons,
          total: data.total,
          release: data.release ?? null,
          chain: data.chain,
          step: 0,
          due_at: data.dueAt,
          escalated_to: null,
          requested_at: metadata.recordedAt,
          revision,
        },
      },
    ]),
    on(ReviewStepApproved, (event) => [
      patchReview(event, {
        step: event.data.step + 1,
        due_at: event.data.dueAt,
        escalated_to: null,
      }),
      approval(event, event.data.note),
    ]),
    on(ReviewEscalated, (event) => {
      const { to, dueAt } = event.data
      const again = dueAt === undefined ? {} : { due_at: dueAt }
      return [patchReview(event, { escalated_to: to, ...again })]
    }),
    on(OrderApproved, (event) => [
      { op: 'remove', table: 'reviews', key: { order_id: event.streamId } },
      approval(event, event.data.note),
    ]),
    endedBy(OrderRejected),
    endedBy(OrderCancelled),
    endedBy(RemainderCancelled),
    endedBy(OrderLapsed),
    endedBy(FulfilmentPlanned),
    endedBy(OrderAmended, ({ fulfilments }) => fulfilments.length === 0),
    endedBy(AmendmentRefused, ({ review }) => review !== undefined),
    on(ReviewRuleSet, ({ data, metadata }) => {
      const { ruleId, version, ...terms } = data
      const row = { rule_id: ruleId, version, terms, ended_at: null }
      const by = { set_by: metadata.actor.user, set_at: metadata.recordedAt }
      return [{ op: 'put', table: 'review_rules', row: { ...row, ...by } }]
    }),
    on(ReviewRuleEnded, ({ data: { ruleId, version }, metadata }) => [
      {
        op: 'add',
        table: 'review_rules',
        key: { rule_id: ruleId },
        add: {},
        set: { version, ended_at: metadata.recordedAt },
      },
    ]),
    on(DelegationGiven, ({ data, metadata, position }) => [
      {
        op: 'put',
        table: 'delegations',
        row: {
          delegation_id: data.delegationId,
          delegator: data.delegator,
          delegate: data.delegate,
          role: data.role,
          dealer_id: data.dealerId ?? null,
          from_at: data.from,
          to_at: data.to,
          reason: data.reason,
          given_by: metadata.actor.user,
          ended_at: null,
          position,
        },
      },
    ]),
    on(DelegationEnded, ({ data: { delegationId }, metadata }) => [
      {
        op: 'patch',
        table: 'delegations',
        key: { delegation_id: delegationId },
        set: { ended_at: metadata.recordedAt },
      },
    ]),
  ],
  every: (event) =>
    event.category === 'order' && !NEVER_IN_REVIEW.has(event.type) ? [patchReview(event)] : [],
})
