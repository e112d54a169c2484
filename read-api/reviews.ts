/** The review queue, the rules that fill it, and who stands in for whom. */

import { sql } from 'kysely'
import { z } from 'zod'
import { Role } from '../domain/kernel/roles.ts'
import { Id, Instant } from '../domain/kernel/values.ts'
import { ReviewStep } from '../domain/order/values.ts'
import { BUILT_IN_RULES } from '../domain/reviewRule/rule.ts'
import type { Caller } from '../http/caller.ts'
import type { Server } from '../http/server.ts'
import { badCursor, decodeCursor, Paging, pageOf, positionIn } from './cursor.ts'
import type { ReadDatabase } from './database.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'
import { OPERATORS, visibleDealers } from './visibility.ts'

const ReviewsQuery = Paging.extend({ role: Role.optional(), dealerId: Id.optional() })

export function addReviews(server: Server, { db, waitFor }: ReadPorts): void {
  addRead(server, waitFor, {
    path: '/reviews',
    summary: 'Orders that wait for approval, the oldest deadline first',
    models: ['reviews', 'orders', 'catalogue'],
    query: ReviewsQuery,
    handle: async ({ query, caller }) => ({ body: await queue(db, query, caller) }),
  })
  addRead(server, waitFor, {
    path: '/review-rules',
    summary: 'Which orders are looked at, and by whom; built-in rules are of version 0',
    models: ['reviews'],
    roles: [...OPERATORS, 'brand-finance'],
    query: Paging,
    handle: async ({ query }) => ({ body: await rules(db, query) }),
  })
  addRead(server, waitFor, {
    path: '/delegations',
    summary: 'Who stands in for whom; a dealer’s people see those of their own dealers',
    models: ['reviews', 'catalogue'],
    query: Paging,
    handle: async ({ query, caller }) => ({ body: await delegations(db, query, caller) }),
  })
}

/** The queue's rows with what the order itself says. */
function openReviews(db: ReadDatabase) {
  return db
    .selectFrom('reviews as r')
    .innerJoin('orders as o', 'o.order_id', 'r.order_id')
    .selectAll('r')
    .select(['o.order_number', 'o.status'])
}

type OpenReview = Awaited<ReturnType<ReturnType<typeof openReviews>['execute']>>[number]

/** Whether a role may decide the step as it is now: its own, or one that it was escalated to. */
const decidedBy = (role: Role) => sql<boolean>`(
  r.chain->r.step->>'role' = ${role}
  or r.escalated_to = ${role}
  or (r.escalated_to is not null and r.chain->r.step->>'escalateTo' = ${role}))`

async function queue(
  db: ReadDatabase,
  { limit, cursor, role, dealerId }: z.output<typeof ReviewsQuery>,
  caller: Caller,
) {
  const visible = visibleDealers(caller, 'r.dealer_id')
  let query = openReviews(db)
  if (visible !== undefined) query = query.where(visible)
  if (dealerId !== undefined) query = query.where('r.dealer_id', '=', dealerId)
  if (role !== undefined) query = query.where(decidedBy(role))
  const [due, orderId] = decodeCursor(cursor, 2) ?? []
  if (due !== undefined && orderId !== undefined) {
    if (!Instant.safeParse(due).success) throw badCursor()
    query = query.where(sql<boolean>`(r.due_at, r.order_id) > (${due}::timestamptz, ${orderId})`)
  }
  const rows = await query
    .orderBy('r.due_at')
    .orderBy('r.order_id')
    .limit(limit + 1)
    .execute()
  const { nextCursor } = pageOf(
    rows,
    limit,
    (row) => [row.due_at.toISOString(), row.order_id],
    String,
  )
  const kept = rows.slice(0, limit)
  const approvals = await approvalsOf(db, kept)
  return {
    items: kept.map((row) => ({
      orderId: row.order_id,
      orderNumber: row.order_number,
      dealerId: row.dealer_id,
      status: row.status,
      ...reviewOf(row, approvals),
      revision: Number(row.revision),
    })),
    nextCursor,
  }
}

type Approvals = Awaited<ReturnType<typeof approvalsOf>>

function reviewOf(row: OpenReview, approvals: Approvals) {
  const chain = z.array(ReviewStep).parse(row.chain)
  const current = chain[row.step]
  const higher = row.escalated_to === null ? [] : [current?.escalateTo, row.escalated_to]
  return {
    review: row.review,
    amendment: row.amendment,
    reasons: row.reasons,
    total: row.total,
    release: row.release,
    chain,
    step: row.step,
    roles: [...new Set([current?.role, ...higher])],
    approvals: approvals
      .filter(({ orderId, review }) => orderId === row.order_id && review === row.review)
      .map(({ orderId: _, review: __, ...approval }) => approval),
    requestedAt: row.requested_at.toISOString(),
    dueAt: row.due_at.toISOString(),
    escalatedTo: row.escalated_to,
  }
}

async function approvalsOf(db: ReadDatabase, rows: readonly Readonly<{ order_id: string }>[]) {
  if (rows.length === 0) return []
  const found = await db
    .selectFrom('review_approvals')
    .selectAll()
    .where(
      'order_id',
      'in',
      rows.map(({ order_id }) => order_id),
    )
    .orderBy('order_id')
    .orderBy('revision')
    .execute()
  return found.map((row) => ({
    orderId: row.order_id,
    review: row.review,
    user: row.approver,
    role: row.role,
    onBehalfOf: row.on_behalf_of,
    note: row.note,
    at: row.approved_at.toISOString(),
  }))
}

/** The open review of each of some orders, by the order's id. */
export async function reviewsOf(db: ReadDatabase, orderIds: readonly string[]) {
  const rows = await openReviews(db).where('r.order_id', 'in', orderIds).execute()
  const approvals = await approvalsOf(db, rows)
  return new Map(rows.map((row) => [row.order_id, reviewOf(row, approvals)]))
}

async function rules(db: ReadDatabase, { limit, cursor }: Paging) {
  const [after = ''] = decodeCursor(cursor, 1) ?? []
  const rows = await db
    .selectFrom('review_rules')
    .selectAll()
    .where(sql<boolean>`rule_id collate "C" > ${after}`)
    .orderBy(sql`rule_id collate "C"`)
    .limit(limit + 1)
    .execute()
  const all = [...rows.map(ruleOf), ...(await untouchedRules(db, after))]
  all.sort((a, b) => (a.ruleId < b.ruleId ? -1 : 1))
  return pageOf(
    all,
    limit,
    ({ ruleId }) => [ruleId],
    (rule) => rule,
  )
}

type RuleRow = Readonly<{
  rule_id: string
  version: number
  terms: unknown
  set_by: string | null
  set_at: Date | null
  ended_at: Date | null
}>

function ruleOf({ rule_id, version, terms, set_by, set_at, ended_at }: RuleRow) {
  const { ruleId: _, version: __, ...builtIn } = builtInRule(rule_id) ?? {}
  return {
    ruleId: rule_id,
    version,
    ...((terms ?? builtIn) as object),
    setBy: set_by,
    setAt: set_at?.toISOString() ?? null,
    endedAt: ended_at?.toISOString() ?? null,
  }
}

function builtInRule(id: string) {
  return BUILT_IN_RULES.find(({ ruleId }) => ruleId === id)
}

/** The built-in rules that hold as they were built in. */
async function untouchedRules(db: ReadDatabase, after: string) {
  const ids = BUILT_IN_RULES.map(({ ruleId }) => ruleId)
  const touched = await db
    .selectFrom('review_rules')
    .select('rule_id')
    .where('rule_id', 'in', ids)
    .execute()
  const known = new Set(touched.map(({ rule_id }) => rule_id))
  return BUILT_IN_RULES.filter(({ ruleId }) => ruleId > after && !known.has(ruleId)).map(
    ({ ruleId, version, ...terms }) => ({
      ...{ ruleId, version, ...terms },
      ...{ setBy: null, setAt: null, endedAt: null },
    }),
  )
}

async function delegations(db: ReadDatabase, { limit, cursor }: Paging, caller: Caller) {
  const before = positionIn(decodeCursor(cursor, 1))
  const visible = visibleDealers(caller, 'dealer_id')
  let query = db.selectFrom('delegations').selectAll()
  if (before !== undefined) query = query.where('position', '<', before)
  if (visible !== undefined) query = query.where(visible)
  const rows = await query
    .orderBy('position', 'desc')
    .limit(limit + 1)
    .execute()
  return pageOf(
    rows,
    limit,
    ({ position }) => [String(position)],
    (row) => ({
      delegationId: row.delegation_id,
      delegator: row.delegator,
      delegate: row.delegate,
      role: row.role,
      dealerId: row.dealer_id,
      from: row.from_at.toISOString(),
      to: row.to_at.toISOString(),
      reason: row.reason,
      givenBy: row.given_by,
      endedAt: row.ended_at?.toISOString() ?? null,
    }),
  )
}
