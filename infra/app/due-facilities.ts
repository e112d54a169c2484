/** In which facilities a closing day has something to post, from what the read models hold. */

import type pg from 'pg'
import type { DueFacilities } from '../../domain/businessDay/businessDay.ts'

type Page = Readonly<{ date: string; after: string | undefined; most: number }>

/**
 * What is open and past its grace bears a fee each day, or freezes once: on its first day, or when it is
 * recognised later. What was settled late, or is charged already, may cost other than was thought: it
 * is looked at on the day that it is booked on, and on the next, for what landed while the day closed.
 * What is owed again, because the money that settled it does not any more, freezes too.
 */
const DUE = `
  select facility_id from (
    select facility_id from read.receivables
    where outstanding > 0 and fee_of is null and grace_until < $1::date
      and (daily_rate > 0 or grace_until = $1::date - 1 or booked_on >= $1::date)
    union
    select r.facility_id from read.allocations a
      join read.receivables r using (receivable_id)
      left join read.receipts p using (payment_id)
    where a.booked_on >= $1::date and r.daily_rate > 0 and r.due_on < $1::date
      and (greatest(p.effective_on, a.not_before) > r.due_on
        or exists (select from read.receivables f where f.fee_of = r.receivable_id))
    union
    select r.facility_id from read.allocations a join read.receivables r using (receivable_id)
    where a.booked_on >= $1::date and a.amount + a.discount < 0
      and r.outstanding > 0 and r.grace_until < $1::date
    union
    select r.facility_id from read.receipts p
      join read.allocations a using (payment_id)
      join read.receivables r using (receivable_id)
    where p.redated_on >= $1::date and r.daily_rate > 0 and r.due_on < $1::date
    union
    select c.facility_id from read.temporary_limits t join read.credit c using (dealer_id)
    where t.to_date <= $1::date + 1
    union
    select c.facility_id from read.guarantees g join read.credit c using (dealer_id)
    where g.until_date <= $1::date + 1
    union
    select r.facility_id from read.receivables r join read.credit c using (dealer_id)
    where c.debit_mandate is not null and r.fee_of is null and r.outstanding > 0
      and r.debited_on is null and r.due_on <= $1::date + 1
  ) as due
  where facility_id collate "C" > $2
  order by facility_id collate "C" limit $3`

/** The next facilities by id. */
export async function facilitiesDue(
  pool: pg.Pool,
  { date, after, most }: Page,
): Promise<DueFacilities> {
  const { rows } = await pool.query<Readonly<{ facility_id: string }>>(DUE, [
    date,
    after ?? '',
    most + 1,
  ])
  const facilityIds = rows.slice(0, most).map(({ facility_id }) => facility_id)
  return { facilityIds, last: rows.length <= most }
}

/** The facility that received a payment's money, if one did. */
export async function facilityOfReceipt(
  pool: pg.Pool,
  paymentId: string,
): Promise<string | undefined> {
  const { rows } = await pool.query<Readonly<{ facility_id: string }>>(
    'select facility_id from read.receipts where payment_id = $1',
    [paymentId],
  )
  return rows[0]?.facility_id
}
