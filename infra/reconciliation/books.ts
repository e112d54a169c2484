/** What lines of statements are matched with: all that is open in the books, from the read models. */

import type pg from 'pg'
import type { Books, OpenItem, Payer, StatementLine } from '../../domain/reconciliation/types.ts'

/** The read models that it stands on. */
export const MODELS_OF_BOOKS = ['statements', 'open_items', 'receivables', 'orders', 'catalogue']

/** How long before its first line a statement's duplicates and bounces are looked for. */
const LOOK_BACK_DAYS = 60
/** Items of one kind; the oldest are kept. */
const MOST_ITEMS = 250_000

/** A line as the read model has it. */
export type LineRow = StatementLine

export async function linesOf(pool: pg.Pool, statementId: string): Promise<readonly LineRow[]> {
  const { rows } = await pool.query<Readonly<{ stated: LineRow }>>(LINES, [statementId])
  return rows.map(({ stated }) => stated)
}

const LINES = `
  select json_strip_nulls(json_build_object(
    'line', line, 'lineKey', line_key, 'date', date, 'valueOn', value_on, 'amount', amount::text,
    'text', text, 'payerName', payer_name, 'payerAccount', payer_account, 'bankId', bank_id,
    'kind', kind, 'settlement', settlement)) as stated
  from read.statement_lines where statement_id = $1 order by line`

/** `from` is the first day of the lines. */
export async function booksOf(pool: pg.Pool, from: string): Promise<Books> {
  const items = await Promise.all([
    asked<OpenItem>(pool, PAYMENTS, [from, LOOK_BACK_DAYS, MOST_ITEMS]),
    asked<OpenItem>(pool, RECEIVABLES, [MOST_ITEMS]),
    asked<OpenItem>(pool, REFUNDS, [MOST_ITEMS]),
    asked<OpenItem>(pool, SETTLEMENTS, [MOST_ITEMS]),
  ])
  return { items: items.flat(), payers: await asked<Payer>(pool, PAYERS, []) }
}

async function asked<Item>(
  pool: pg.Pool,
  text: string,
  values: readonly unknown[],
): Promise<readonly Item[]> {
  const { rows } = await pool.query<Readonly<{ item: Item }>>(text, [...values])
  return rows.map(({ item }) => item)
}

/** A provider's settlement proves a payment that had failed, too. */
const PAYMENTS = `
  select json_strip_nulls(json_build_object(
    'kind', 'payment', 'paymentId', payment_id, 'dealerId', dealer_id,
    'state', case state when 'failed' then 'open' else state end, 'via', via,
    'amount', amount::text, 'on', on_date, 'reference', reference,
    'orderIds', order_ids, 'receivableIds', receivable_ids,
    'names', (select json_agg(order_number) from read.orders
              where order_id = any(open_payments.order_ids)))) as item
  from read.open_payments
  where state in ('open', 'captured')
    or (state = 'bounced' and not is_shown and via = 'bank' and on_date >= $1::date - $2::integer)
    or (state = 'reconciled' and on_date >= $1::date - $2::integer)
    or (state = 'failed' and via = 'provider' and on_date >= $1::date - $2::integer)
  order by on_date, payment_id limit $3`

const RECEIVABLES = `
  select json_strip_nulls(json_build_object(
    'kind', 'receivable', 'receivableId', receivable_id, 'dealerId', receivables.dealer_id,
    'amount', outstanding::text, 'dueOn', due_on, 'orderId', receivables.order_id,
    'names', case when order_number is null then null else json_build_array(order_number) end)) as item
  from read.receivables left join read.orders using (order_id)
  where outstanding > 0 order by due_on, receivable_id limit $1`

const REFUNDS = `
  select json_strip_nulls(json_build_object(
    'kind', 'refund', 'refundId', refund_id, 'dealerId', dealer_id, 'amount', amount::text,
    'on', on_date, 'via', via, 'paymentId', payment_id)) as item
  from read.open_refunds order by on_date, refund_id limit $1`

const SETTLEMENTS = `
  select json_build_object(
    'kind', 'settlement', 'statementId', statement_id, 'amount', total::text, 'on', to_date,
    'names', (select coalesce(json_agg(distinct bank_id), '[]') from read.statement_lines l
              where l.statement_id = s.statement_id and bank_id is not null)) as item
  from read.bank_statements s
  where source = 'provider' and total is not null and total <> 0 and found_in is null
  order by to_date, statement_id limit $1`

/** An account that only ever paid for one dealer is that dealer's. */
const PAYERS = `
  with learnt as (
    select min(dealer_id) as dealer_id, payer_account from read.statement_lines
    where class = 'matched' and status = 'booked' and payer_account <> ''
      and dealer_id is not null and amount > 0
    group by payer_account having count(distinct dealer_id) = 1
  ), accounts as (
    select dealer_id, json_agg(payer_account) as accounts from learnt group by dealer_id
  )
  select json_build_object(
    'dealerId', dealer_id, 'names', json_build_array(name),
    'accounts', coalesce(accounts, '[]')) as item
  from read.dealers left join accounts using (dealer_id)`
