/** A dealer's credit: its own figures, and the headroom of every superior that bears them. */

import { type RawBuilder, sql } from 'kysely'
import { z } from 'zod'
import { Decimal, decimal, minimum, toAmount, ZERO } from '../domain/kernel/money.ts'
import { Id } from '../domain/kernel/values.ts'
import { Problem } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { today } from './business-day.ts'
import type { ReadDatabase } from './database.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'
import { requireVisible } from './visibility.ts'

const amounts = z.string()
const OF_TREE = 'of the dealer and all below it'

const FIGURES = z.looseObject({
  dealerId: z.string(),
  limit: amounts.describe("The dealer's own limit, without temporary ones."),
  exposure: amounts.describe(`Holds and open receivables, ${OF_TREE}.`),
  headroom: amounts.describe(
    'limit + temporary limits in force + guarantees received + releases − exposure + unappliedCash − earmarked − reserved.',
  ),
})

const CREDIT = FIGURES.extend({
  facilityId: z.string(),
  temporaryLimits: z.array(z.looseObject({})).describe('Those that have not ended.'),
  guarantees: z.array(z.looseObject({})).describe('Those that the dealer received, not ended.'),
  guaranteed: amounts.describe('What those guarantees are good for now.'),
  releases: amounts.describe(`How far reviewers let orders go past this limit, ${OF_TREE}.`),
  holds: amounts.describe(`Set aside for orders not shipped, ${OF_TREE}.`),
  receivables: amounts.describe(`Open, late fees included, ${OF_TREE}.`),
  overdue: amounts.describe(`Of the receivables those past their due date, ${OF_TREE}.`),
  lateFees: amounts.describe(`Of the receivables the late fees, ${OF_TREE}.`),
  unappliedCash: amounts.describe(`Received and not yet allocated, ${OF_TREE}.`),
  earmarked: amounts.describe(`Of the unapplied cash that kept for prepaid orders, ${OF_TREE}.`),
  reserved: amounts.describe(`Of the unapplied cash that set aside for refunds, ${OF_TREE}.`),
  frozen: z.boolean().describe("The dealer's own ordering; its superiors' freezes do not count."),
  freeze: z.looseObject({}).nullable().describe('Why it is frozen: cause, receivables, reason.'),
  debitMandate: z.looseObject({}).nullable().describe('By which its dues are debited.'),
  ancestors: z.array(FIGURES).describe('The superiors, nearest first.'),
})

export function addCredit(server: Server, { db, waitFor }: ReadPorts): void {
  addRead(server, waitFor, {
    path: '/dealers/:dealerId/credit',
    summary: "A dealer's limit, exposure and headroom, and those of its superiors",
    models: ['credit', 'receivables', 'ledger', 'catalogue'],
    params: z.object({ dealerId: Id }),
    answerSchema: CREDIT,
    handle: async ({ params: { dealerId }, caller }) => {
      await requireVisible(db, caller, dealerId)
      return { body: await creditOf(db, dealerId) }
    },
  })
}

type Line = Readonly<{
  dealer_id: string
  facility_id: string
  limit_amount: string
  terms: unknown
  grace_days: number
  late_fee_daily_rate: string
  holds: string
  receivables: string
  unapplied_cash: string
  earmarked: string
  reserved: string
  released: string
  frozen: unknown
  debit_mandate: unknown
  temporary: string
  guaranteed: string
  kept: string
}>

/** What an order takes of the credit of the tree of a dealer, both columns. */
function takenIn(top: RawBuilder<unknown>, orderId: RawBuilder<unknown>): RawBuilder<string> {
  return sql<string>`coalesce((select sum(h.amount) from read.holds h
      join tree on tree.top = ${top} and tree.dealer_id = h.dealer_id
      where h.order_id = ${orderId}), 0)
    + coalesce((select sum(r.outstanding) from read.receivables r
      join tree on tree.top = ${top} and tree.dealer_id = r.dealer_id
      where r.order_id = ${orderId}), 0)`
}

/** What guarantees to a dealer of the path are good for: those for one order no more than it takes. */
function guaranteedTo(revoked: boolean, on: string): RawBuilder<string> {
  return sql<string>`coalesce((
    select sum(case when g.order_id is null then g.amount
      else least(g.amount, ${takenIn(sql`path.dealer_id`, sql`g.order_id`)}) end)
    from (select order_id, sum(amount) as amount from read.guarantees
      where dealer_id = path.dealer_id and until_date > ${on}::date and revoked = ${revoked}
      group by order_id) g), 0)`
}

/** How far orders may go past the limit of a dealer of the path: each at most what it takes. */
const releasedTo = sql<string>`coalesce((
    select sum(least(x.amount, ${takenIn(sql`path.dealer_id`, sql`r.order_id`)}))
    from read.releases r,
      jsonb_to_recordset(r.released_for) as x("dealerId" text, amount numeric)
    where r.facility_id = path.facility_id and x."dealerId" = path.dealer_id), 0)`

/** The dealer and its superiors, nearest first, each with the sums of its whole tree. */
async function pathOf(db: ReadDatabase, dealerId: string, on: string): Promise<readonly Line[]> {
  const { rows } = await sql<Line>`
    with recursive path as (
      select dealer_id, parent_dealer_id, facility_id, 0 as depth
      from read.dealers where dealer_id = ${dealerId}
      union all
      select d.dealer_id, d.parent_dealer_id, d.facility_id, depth + 1
      from read.dealers d join path on d.dealer_id = path.parent_dealer_id
    ), tree as (
      select dealer_id as top, dealer_id from path
      union
      select tree.top, c.dealer_id
      from read.credit c join tree on c.parent_dealer_id = tree.dealer_id
    ), sums as (
      select top, sum(holds) as holds, sum(receivables) as receivables,
        sum(unapplied_cash) as unapplied_cash, sum(earmarked) as earmarked,
        sum(reserved) as reserved
      from tree join read.credit using (dealer_id) group by top
    )
    select path.dealer_id, path.facility_id, own.terms, own.frozen, own.debit_mandate,
      coalesce(own.limit_amount, 0) as limit_amount,
      coalesce(own.grace_days, 0) as grace_days,
      coalesce(own.late_fee_daily_rate, 0) as late_fee_daily_rate,
      coalesce(sums.holds, 0) as holds, coalesce(sums.receivables, 0) as receivables,
      coalesce(sums.unapplied_cash, 0) as unapplied_cash,
      coalesce(sums.earmarked, 0) as earmarked,
      coalesce(sums.reserved, 0) as reserved,
      ${releasedTo} as released,
      coalesce((select sum(amount) from read.temporary_limits t
        where t.dealer_id = path.dealer_id
          and t.from_date <= ${on}::date and t.to_date > ${on}::date), 0) as temporary,
      ${guaranteedTo(false, on)} as guaranteed,
      ${guaranteedTo(true, on)} as kept
    from path left join read.credit own using (dealer_id)
      left join sums on sums.top = path.dealer_id
    order by path.depth`.execute(db)
  return rows
}

/** As the facility computes it: what is left of revoked guarantees bears only what exceeds the limit. */
function roomOf(line: Line) {
  const exposure = decimal(line.holds).plus(line.receivables)
  const without = decimal(line.limit_amount)
    .plus(line.temporary)
    .plus(line.guaranteed)
    .plus(line.released)
    .minus(exposure)
    .plus(line.unapplied_cash)
    .minus(line.earmarked)
    .minus(line.reserved)
  const bearing = without.isNegative() ? minimum(decimal(line.kept), without.negated()) : ZERO
  return {
    exposure,
    guaranteed: decimal(line.guaranteed).plus(bearing),
    headroom: without.plus(bearing),
  }
}

function figuresOf(line: Line) {
  const { exposure, headroom } = roomOf(line)
  return {
    dealerId: line.dealer_id,
    limit: amount(line.limit_amount),
    exposure: toAmount(exposure),
    headroom: toAmount(headroom),
  }
}

const amount = (text: string) => toAmount(new Decimal(text))

async function creditOf(db: ReadDatabase, dealerId: string) {
  const on = await today(db)
  const [own, ...superiors] = await pathOf(db, dealerId, on)
  if (own === undefined) {
    throw new Problem(404, 'dealer-unknown', `There is no dealer ${dealerId}.`)
  }
  const temporaryLimits = await db
    .selectFrom('temporary_limits')
    .selectAll()
    .where('dealer_id', '=', dealerId)
    .where('to_date', '>', on)
    .orderBy('temporary_limit_id')
    .execute()
  const guarantees = await db
    .selectFrom('guarantees')
    .selectAll()
    .where('dealer_id', '=', dealerId)
    .where('until_date', '>', on)
    .orderBy('guarantee_id')
    .execute()
  const owed = await owedBy(db, dealerId, on)
  return {
    ...figuresOf(own),
    facilityId: own.facility_id,
    terms: own.terms,
    graceDays: own.grace_days,
    lateFeeDailyRate: own.late_fee_daily_rate,
    temporaryLimits: temporaryLimits.map((limit) => ({
      temporaryLimitId: limit.temporary_limit_id,
      amount: amount(limit.amount),
      from: limit.from_date,
      to: limit.to_date,
      reason: limit.reason,
    })),
    guarantees: guarantees.map((guarantee) => ({
      guaranteeId: guarantee.guarantee_id,
      guarantorDealerId: guarantee.guarantor_dealer_id,
      amount: amount(guarantee.amount),
      until: guarantee.until_date,
      orderId: guarantee.order_id,
      revoked: guarantee.revoked,
    })),
    guaranteed: toAmount(roomOf(own).guaranteed),
    releases: amount(own.released),
    holds: amount(own.holds),
    receivables: amount(own.receivables),
    overdue: amount(owed.overdue),
    lateFees: amount(owed.late_fees),
    unappliedCash: amount(own.unapplied_cash),
    earmarked: amount(own.earmarked),
    reserved: amount(own.reserved),
    frozen: own.frozen !== null,
    freeze: own.frozen,
    debitMandate: own.debit_mandate,
    ancestors: superiors.map(figuresOf),
  }
}

type Owed = Readonly<{ overdue: string; late_fees: string }>

/** Of what a dealer's tree owes: what is past its due date on a day, and what are late fees. */
async function owedBy(db: ReadDatabase, dealerId: string, on: string): Promise<Owed> {
  const { rows } = await sql<Owed>`
    with recursive tree as (
      select ${dealerId}::text as dealer_id
      union
      select c.dealer_id from read.credit c join tree on c.parent_dealer_id = tree.dealer_id
    )
    select coalesce(sum(outstanding) filter (where due_on < ${on}::date), 0) as overdue,
      coalesce(sum(outstanding) filter (where kind = 'late-fee'), 0) as late_fees
    from read.receivables join tree using (dealer_id)
    where outstanding <> 0`.execute(db)
  return rows[0] ?? { overdue: '0', late_fees: '0' }
}
