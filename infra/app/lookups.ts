/** Figures that commands ask of read models, up to date with what was written before. */

import { setTimeout as delay } from 'node:timers/promises'
import type pg from 'pg'
import type { IssuedGoods, Lookups } from '../../commands/command.ts'
import { Overloaded } from '../../commands/handler/errors.ts'
import { endOfMonth } from '../../domain/kernel/dates.ts'
import type { EventLog } from '../../domain/kernel/event-log.ts'
import type { WaitForModels } from '../../read-api/route.ts'
import { MODELS_OF_BOOKS } from '../reconciliation/books.ts'
import { createStatementPages } from '../reconciliation/pages.ts'
import {
  type Books,
  bookedBetween,
  dayFindings,
  MODELS_OF_DAY,
  MODELS_OF_PERIOD,
  periodFindings,
} from './closing-checks.ts'
import { facilitiesDue, facilityOfReceipt } from './due-facilities.ts'

const WAIT_MS = 10_000

/** How long a refund waits for the receipt of the money that it is to give back. */
const RECEIPT_WAIT_MS = 3_000
const RECEIPT_POLL_MS = 50

/** How long a carrier waits before it is told to say it again. */
const PARCEL_WAIT_MS = 3_000
/** Fulfilments in one parcel; what is packed together is of one order or a few. */
const MOST_PARCELS = 100

/** How long goods that came back wait for what they had left with. */
const ISSUE_WAIT_MS = 3_000
const ISSUE_POLL_MS = 50

type Missed = Readonly<{ fulfilmentId: string; expectedOn: string }>

/** Only open orders are looked at, by their status. */
const MISSED = `
  select fulfilment_id as "fulfilmentId", coalesce(expected_on, requested_on) as "expectedOn"
  from read.orders join read.fulfilments f using (order_id)
  where orders.status in ('confirmed', 'shipping')
    and f.status not in ('delivered', 'cancelled')
    and coalesce(expected_on, requested_on) <= $1
    and late_on is distinct from coalesce(expected_on, requested_on)
    and fulfilment_id > $2
  order by fulfilment_id limit $3`

export function createLookups(
  pool: pg.Pool,
  log: EventLog,
  waitFor: WaitForModels,
  books: Books,
  reads: pg.Pool, // for figures that may take long
): Lookups {
  /** Resolves once these models have seen all that is written. */
  async function upToDate(models: readonly string[], withinMs = WAIT_MS): Promise<void> {
    if (await waitFor(models, await log.head(), withinMs)) return
    throw new Overloaded(`${models.join(' and ')} lag behind the log`)
  }

  const statementPage = createStatementPages(reads, () => upToDate(MODELS_OF_BOOKS))

  return {
    statementPage,
    async bookedTotals(date) {
      await upToDate(['ledger'])
      return await bookedBetween(pool, date, date)
    },
    async dayFindings() {
      await upToDate(MODELS_OF_DAY)
      return await dayFindings(pool, books)
    },
    async periodFigures(period) {
      await upToDate(MODELS_OF_PERIOD)
      const first = `${period}-01`
      return {
        totals: await bookedBetween(pool, first, endOfMonth(first)),
        findings: await periodFindings(pool, books, period),
      }
    },
    async missedDeliveries(date, after, most) {
      await upToDate(['orders'])
      const { rows } = await pool.query<Missed>(MISSED, [date, after ?? '', most])
      return rows
    },
    async facilitiesDue(date, after, most) {
      await upToDate(['receivables', 'credit'])
      return await facilitiesDue(pool, { date, after, most })
    },
    async receivedBy(paymentId) {
      await upToDate(['receivables'])
      return await facilityOfReceipt(pool, paymentId)
    },
    async awaitReceipt(paymentId) {
      const until = Date.now() + RECEIPT_WAIT_MS
      while ((await facilityOfReceipt(pool, paymentId)) === undefined && Date.now() < until) {
        await delay(RECEIPT_POLL_MS)
      }
    },
    async issuedWith(shipmentIds) {
      const until = Date.now() + ISSUE_WAIT_MS
      for (;;) {
        const goods = await issuedWith(pool, shipmentIds)
        const found = new Set(goods.map(({ shipmentId }) => shipmentId))
        if (shipmentIds.every((id) => found.has(id)) || Date.now() >= until) return goods
        await delay(ISSUE_POLL_MS)
      }
    },
    async shippedAs(carrier, trackingNumber) {
      // The carrier may be faster than the read model, with all of a parcel or with some of it.
      await upToDate(['orders'], PARCEL_WAIT_MS)
      const { rows } = await pool.query<Readonly<{ fulfilment_id: string }>>(
        `select fulfilment_id from read.parcels
         where carrier = $1 and tracking_number = $2 order by fulfilment_id limit $3`,
        [carrier, trackingNumber, MOST_PARCELS],
      )
      return rows.map(({ fulfilment_id }) => fulfilment_id)
    },
  }
}

type IssueRow = Readonly<{ shipment_id: string; sku: string; quantity: string; cost: string }>

async function issuedWith(
  pool: pg.Pool,
  shipmentIds: readonly string[],
): Promise<readonly IssuedGoods[]> {
  const { rows } = await pool.query<IssueRow>(
    `select shipment_id, sku, quantity::text, cost::text from read.stock_issues
     where shipment_id = any($1) order by shipment_id, sku`,
    [shipmentIds],
  )
  return rows.map(({ shipment_id: shipmentId, sku, quantity, cost }) => {
    return { shipmentId, sku, quantity: Number(quantity), cost }
  })
}
