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
  facility_id: string
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

/**
 * What the order of a guarantee `g` takes of the credit of the guaranteed dealer's `tree`: the guarantee
 * gives no more. Null for a guarantee that names no order.
 */
const takenByItsOrder = sql`case when g.order_id is not null then
    coalesce((select sum(h.amount) from read.holds h
      join tree on tree.top = g.dealer_id and tree.dealer_id = h.dealer_id
      where h.order_id = g.order_id), 0)
    + coalesce((select sum(r.outstanding) from read.receivables r
      join tree on tree.top = g.dealer_id and tree.dealer_id = r.dealer_id
      where r.order_id = g.order_id), 0) end`

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
        sum(unapplied_cash) as unapplied_cash
      from tree join read.credit using (dealer_id) group by top
    )
    select path.dealer_id, path.facility_id, own.terms,
      coalesce(own.limit_amount, 0) as limit_amount,
      coalesce(own.grace_days, 0) as grace_days,
      coalesce(own.late_fee_daily_rate, 0) as late_fee_daily_rate,
      coalesce(sums.holds, 0) as holds, coalesce(sums.receivables, 0) as receivables,
      coalesce(sums.unapplied_cash, 0) as unapplied_cash,
      coalesce((select sum(amount) from read.temporary_limits t
        where t.dealer_id = path.dealer_id
          and t.from_date <= ${on}::date and t.to_date > ${on}::date), 0) as temporary,
      coalesce((select sum(least(amount, ${takenByItsOrder})) from read.guarantees g
        where g.dealer_id = path.dealer_id and g.until_date > ${on}::date), 0) as guaranteed
    from path left join read.credit own using (dealer_id)
      left join sums on sums.top = path.dealer_id
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
