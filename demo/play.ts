/**
 * Plays the plan through the services, one business day after another. Every write carries a key that
 * follows from the data, and closed days are passed over: playing again changes nothing.
 */

import { z } from 'zod'
import { addDays, periodOf } from '../domain/kernel/dates.ts'
import type { LocalDate, Period } from '../domain/kernel/values.ts'
import { type Clerk, createClerk } from './clerk.ts'
import type { PlannedOrder, Shipping } from './orders.ts'
import { FIRST_DAY, type Plan, type PlannedDay } from './plan.ts'
import { type DemoPorts, Refused } from './ports.ts'
import type { Progress } from './progress.ts'
import { keyOf } from './requests.ts'

export type Watch = Readonly<{
  progress: Progress
  /** Ends the playing between two days. */
  signal?: AbortSignal | undefined
}>

/** Resolves with the position in the log at which the history ended; rejects if `signal` ended it. */
export async function play(plan: Plan, ports: DemoPorts, watch: Watch): Promise<string> {
  const last = plan.days.at(-1)
  if (last === undefined) throw new Error('the plan has no days')
  const open = await openDay(ports)
  if (open <= last.date) await playFrom(open, plan, ports, watch)
  await closed(last.date, ports)
  return await closePeriod(periodOf(last.date), ports)
}

async function playFrom(
  open: LocalDate,
  plan: Plan,
  ports: DemoPorts,
  { progress, signal }: Watch,
): Promise<void> {
  const placements = createPlacements(ports)
  const clerk = createClerk(ports, async (order) => (await placements(order)).orderId)
  progress.start(plan)
  try {
    if (open <= FIRST_DAY) await setUp(plan, ports)
    for (const day of plan.days) {
      signal?.throwIfAborted()
      if (day.date >= open) await playDay(day, ports, { placements, clerk })
      progress.advance(day)
    }
  } finally {
    progress.end()
  }
}

const BusinessDays = z.object({ items: z.array(z.object({ date: z.string() })) })

/** The open business day, as soon as the read service has heard of one. */
async function openDay(ports: DemoPorts): Promise<LocalDate> {
  const end = Date.now() + BOOKED_WITHIN_MS
  for (;;) {
    const answer = await ports.get('/business-days?limit=1', 'brand-finance')
    const [newest] = BusinessDays.parse(answer).items
    if (newest !== undefined) return newest.date
    if (Date.now() > end) throw new Error('no business day is open')
    await pause(LOOK_AGAIN_MS)
  }
}

async function setUp({ setUp: groups }: Plan, ports: DemoPorts): Promise<void> {
  for (const group of groups) await Promise.all(group.map((request) => ports.post(request)))
}

type Hands = Readonly<{ placements: Placements; clerk: Clerk }>

async function playDay(
  day: PlannedDay,
  ports: DemoPorts,
  { placements, clerk }: Hands,
): Promise<void> {
  if (day.date.endsWith(SECOND) && day.date > FIRST_DAY) {
    await closePeriod(periodOf(addDays(day.date, -2)), ports)
  }
  await Promise.all(day.receipts.map((receipt) => ports.post(receipt)))
  const [, shipped] = await Promise.all([
    Promise.all(day.placed.map(placements)),
    Promise.all(day.shipped.map((order) => ship(order, ports, placements))),
    Promise.all(day.delivered.map((order) => deliver(order, ports, placements))),
    Promise.all(day.announced.map(clerk.announce)),
  ])
  if (day.statement.length > 0) await clerk.reconcile(day.date, day.statement)
  const shipments = shipped.reduce((total, count) => total + count, 0)
  await booked(day, shipments, ports)
  await beginClosing(day.date, ports)
}

/** By the second day of a month the last of the month before is closed. */
const SECOND = '-02'

/** A confirmed order. */
type Placement = Readonly<{ orderId: string; fulfilmentIds: readonly string[] }>

/** Places an order and waits until it is confirmed; one that is there already answers at once. */
type Placements = (order: PlannedOrder) => Promise<Placement>

function createPlacements(ports: DemoPorts): Placements {
  const known = new Map<string, Promise<Placement>>()
  return (order) => {
    const before = known.get(order.orderNumber)
    if (before !== undefined) return before
    const placement = place(order, ports)
    known.set(order.orderNumber, placement)
    return placement
  }
}

const PlacedAnswer = z.object({
  orderId: z.string(),
  status: z.string(),
  statusReason: z.object({ message: z.string() }).optional(),
  fulfilments: z.array(z.object({ fulfilmentId: z.string() })).optional(),
})

const WAIT_SECONDS = 30
const CONFIRM_TRIES = 4

async function place({ orderNumber, place: request }: PlannedOrder, ports: DemoPorts) {
  for (let attempt = 1; attempt <= CONFIRM_TRIES; attempt += 1) {
    const answer = await ports.post(request, { waitSeconds: WAIT_SECONDS })
    const { orderId, status, statusReason, fulfilments = [] } = PlacedAnswer.parse(answer)
    if (status === 'confirmed') {
      return { orderId, fulfilmentIds: fulfilments.map(({ fulfilmentId }) => fulfilmentId) }
    }
    if (status !== 'placed') {
      throw new Error(`order ${orderNumber} is ${status}: ${statusReason?.message ?? 'no reason'}`)
    }
  }
  throw new Error(`order ${orderNumber} was not decided in ${CONFIRM_TRIES * WAIT_SECONDS} s`)
}

/** Ships all fulfilments of an order; gives how many there are. */
async function ship(
  order: PlannedOrder,
  ports: DemoPorts,
  placements: Placements,
): Promise<number> {
  const { carrier, shippedOn } = shippingOf(order)
  const { fulfilmentIds } = await placements(order)
  await Promise.all(
    fulfilmentIds.map((fulfilmentId, index) => {
      const parcel = `${order.orderNumber}-${index + 1}`
      return ports.post({
        path: `/fulfilments/${fulfilmentId}/ship`,
        body: { carrier, trackingNumber: `NW${parcel}`, effectiveOn: shippedOn },
        key: keyOf('shipment', parcel),
        role: 'brand-warehouse',
      })
    }),
  )
  return fulfilmentIds.length
}

/** One part after another: the last one completes the order. */
async function deliver(
  order: PlannedOrder,
  ports: DemoPorts,
  placements: Placements,
): Promise<void> {
  const { deliveredOn } = shippingOf(order)
  const { fulfilmentIds } = await placements(order)
  for (const [index, fulfilmentId] of fulfilmentIds.entries()) {
    await ports.post({
      path: `/fulfilments/${fulfilmentId}/deliver`,
      body: { effectiveOn: deliveredOn },
      key: keyOf('delivery', `${order.orderNumber}-${index + 1}`),
      role: 'brand-warehouse',
    })
  }
}

function shippingOf({ orderNumber, shipping }: PlannedOrder): Shipping {
  if (shipping === undefined) throw new Error(`order ${orderNumber} is never shipped`)
  return shipping
}

const BOOKED_WITHIN_MS = 60_000
const LOOK_AGAIN_MS = 10

/**
 * Waits until stock and credit have posted what the day's shipments and its statement lead to: what a
 * day's facts post belongs in that day's books.
 */
async function booked(
  { date, statement }: PlannedDay,
  shipments: number,
  ports: DemoPorts,
): Promise<void> {
  const truths = statement.map(({ truth }) => truth)
  const paying = truths.filter(({ kind }) => kind === 'orders').length
  const givenUp = statement.filter(({ oddity }) => oddity === 'short').length
  const twice = truths.filter(({ kind }) => kind === 'again' || kind === 'refund').length
  await untilPosted(date, '1122', shipments + paying + givenUp, ports)
  await untilPosted(date, '2203', twice, ports)
  await untilPosted(date, '6401', shipments, ports)
}

const Entries = z.object({ items: z.array(z.object({ eventId: z.string() })) })

/** Waits until so many events have posted to an account on a day. */
async function untilPosted(date: LocalDate, account: string, events: number, ports: DemoPorts) {
  if (events === 0) return
  const query = `account=${account}&from=${date}&to=${addDays(date, 1)}&limit=500`
  const end = Date.now() + BOOKED_WITHIN_MS
  for (;;) {
    const { items } = Entries.parse(await ports.get(`/ledger/entries?${query}`, 'brand-finance'))
    const posted = new Set(items.map(({ eventId }) => eventId)).size
    if (posted >= events) return
    if (Date.now() > end) {
      throw new Error(`${date}: ${posted} of ${events} postings to ${account} came in time`)
    }
    await pause(LOOK_AGAIN_MS)
  }
}

const PeriodAnswer = z.object({ position: z.string() })

/** Closes a month whose days are all closed; gives the position of that. */
async function closePeriod(period: Period, ports: DemoPorts): Promise<string> {
  const answer = await ports.post({
    path: `/periods/${period}/close`,
    body: {},
    key: keyOf('close', period),
    role: 'brand-finance',
  })
  return PeriodAnswer.parse(answer).position
}

const ClosedAnswer = z.object({ status: z.string(), position: z.string() })

/** Begins to close a day, as soon as the one before is closed; the next day is open then. */
async function beginClosing(date: LocalDate, ports: DemoPorts): Promise<void> {
  const end = Date.now() + BOOKED_WITHIN_MS
  for (;;) {
    try {
      await ports.post(closing(date), { waitSeconds: 0 })
      return
    } catch (error) {
      const isEarly = error instanceof Refused && error.code === 'day-not-open'
      if (!isEarly || Date.now() > end) throw error
      await pause(LOOK_AGAIN_MS)
    }
  }
}

/** Waits until a day is closed; gives the position of that. */
async function closed(date: LocalDate, ports: DemoPorts): Promise<string> {
  const answer = await ports.post(closing(date), { waitSeconds: WAIT_SECONDS })
  const { status, position } = ClosedAnswer.parse(answer)
  if (status !== 'closed') throw new Error(`${date} was not closed in ${WAIT_SECONDS} s`)
  return position
}

function closing(date: LocalDate) {
  return {
    path: `/business-days/${date}/close`,
    body: {},
    key: keyOf('close', date),
    role: 'brand-finance' as const,
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
