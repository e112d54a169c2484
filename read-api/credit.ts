/** A dealer's credit: its own figures, and the headroom of every superior that bears them. */

import { sql } from 'kysely'
import { z } from 'zod'
import { Decimal, decimal, toAmount } from '../domain/kernel/money.ts'
import { Id } from '../domain/kernel/values.ts'
import { Problem } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { today } from './business-day.ts'
import type { ReadDatabase } from './database.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'
import { requireVisible } from './visibility.ts'

export function addCredit(server: Server, { db, waitFor }: ReadPorts): void {
  addRead(server, waitFor, {
    path: '/dealers/:dealerId/credit',
    summary: "A dealer's limit, exposure and headroom, and those of its superiors",
    models: ['credit', 'receivables', 'ledger', 'catalogue'],
    params: z.object({ dealerId: Id }),
    handle: async ({ params: { dealerId }, caller }) => {
      await requireVisible(db, caller, dealerId)
      return { body: await creditOf(db, dealerId) }
    },
  })
}

type Line = Readonly<{
  dealer_id: string
  depth: number
  facility_id: string | null
  limit_amount: string
  terms: unknown
  grace_days: number
  late_fee_daily_rate: string
  holds: string
  receivables: string
  unapplied_cash: string
  temporary: string
  guaranteed: string
}>

/** The dealer and its superiors, nearest first, each with the sums of its whole tree. */
async function pathOf(db: ReadDatabase, dealerId: string, on: string): Promise<readonly Line[]> {
  const { rows } = await sql<Line>`
    with recursive path as (
      select dealer_id, parent_dealer_id, 0 as depth from read.credit where dealer_id = ${dealerId}
      union all
      select c.dealer_id, c.parent_dealer_id, depth + 1
      from read.credit c join path on c.dealer_id = path.parent_dealer_id
    ), tree as (
      select dealer_id as top, dealer_id from path
      union
      select tree.top, c.dealer_id
      from read.credit c join tree on c.parent_dealer_id = tree.dealer_id
    ), sums as (
      select top, sum(holds) as holds, sum(receivables) as receivables,
        sum(unapplied_cash) as unapplied_cash
      from tree join read.credit using (dealer_id) group by top
    )
    select own.dealer_id, path.depth, own.facility_id, own.limit_amount, own.terms,
      own.grace_days, own.late_fee_daily_rate,
      sums.holds, sums.receivables, sums.unapplied_cash,
      coalesce((select sum(amount) from read.temporary_limits t
        where t.dealer_id = own.dealer_id
          and t.from_date <= ${on}::date and t.to_date > ${on}::date), 0) as temporary,
      coalesce((select sum(amount) from read.guarantees g
        where g.dealer_id = own.dealer_id and g.order_id is null
          and g.until_date > ${on}::date), 0) as guaranteed
    from path join read.credit own using (dealer_id) join sums on sums.top = own.dealer_id
    order by path.depth`.execute(db)
  return rows
}

function figuresOf(line: Line) {
  const exposure = decimal(line.holds).plus(line.receivables)
  const headroom = decimal(line.limit_amount)
    .plus(line.temporary)
    .plus(line.guaranteed)
    .minus(exposure)
    .plus(line.unapplied_cash)
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
    throw new Problem(404, 'credit-unknown', `The dealer ${dealerId} has no credit yet.`)
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
  const overdue = await db
    .selectFrom('receivables')
    .select(sql<string>`coalesce(sum(outstanding), 0)`.as('amount'))
    .where('dealer_id', '=', dealerId)
    .where('due_on', '<', on)
    .executeTakeFirstOrThrow()
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
    })),
    holds: amount(own.holds),
    receivables: amount(own.receivables),
    overdue: amount(overdue.amount),
    lateFees: '0.00',
    unappliedCash: amount(own.unapplied_cash),
    frozen: false,
    ancestors: superiors.map(figuresOf),
  }
}
