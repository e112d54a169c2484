/** What read models say of money, held against what the facilities know. */

import fc from 'fast-check'
import tap, { test } from 'tap'
import { facility } from '../../domain/facility/facility.ts'
import type { FacilityState } from '../../domain/facility/state.ts'
import { addDays } from '../../domain/kernel/dates.ts'
import { decimal, toAmount } from '../../domain/kernel/money.ts'
import { facilitiesDue } from '../../infra/app/due-facilities.ts'
import { createMemoryStore } from '../../infra/event-store/memory-store.ts'
import { credit } from '../../projections/credit.ts'
import { receivables } from '../../projections/receivables.ts'
import { days, lived } from '../domain/facility/money-history.ts'
import { agreement, type Booked, begun, closed } from '../domain/facility/overdue-history.ts'
import { testId } from '../support/events.ts'
import { testEnvelope } from '../support/recorded.ts'
import { workshop } from './engine/support.ts'

/** The same histories each time: what is among them is asserted, too. */
const sampled = fc.sample(fc.tuple(agreement, days), { numRuns: 25, seed: 5 })

const store = createMemoryStore({
  registry: new Map(facility.events.map((definition) => [definition.eventType, definition])),
})
const desk = await workshop(tap, Object.assign(store, { add: async () => 0n }))
desk.start([receivables, credit])

let written = 0

/** Appends to a facility of its own: every dealer, order, payment, receivable, refund is named after it. */
async function write(facilityId: string, log: readonly Booked[]): Promise<void> {
  if (log.length === 0) return
  const text = JSON.stringify(log)
    .replaceAll('"ROOT.', `"${facilityId}.`)
    .replaceAll(/"(ROOT|A1|A|B|[OPF]\d[^"]*)"/g, `"${facilityId}-$1"`)
  const events = (JSON.parse(text) as readonly Booked[]).map(({ event, bookedOn, closing }) => {
    written += 1
    const { effectiveOn } = event
    const metadata = testEnvelope({
      bookedOn,
      ...(effectiveOn === undefined ? {} : { effectiveOn }),
      ...(closing ? { closing } : {}),
    })
    return { ...event, id: testId(`money ${written}`), metadata }
  })
  const { position } = await store.append(`facility-${facilityId}`, events, 'any')
  await desk.seen(position, 'receivables', 'credit')
}

type Row = Readonly<Record<string, string>>

async function rows(text: string, facilityId: string): Promise<readonly Row[]> {
  const { rows: found } = await desk.pool.query<Row>(text, [facilityId])
  return found
}

/** Of each receivable what is open, what was lost of it, and that what settled it adds up to the rest. */
async function receivablesIn(facilityId: string): Promise<unknown> {
  const found = await rows(
    `select r.receivable_id as id, r.amount, r.outstanding, r.written_off, r.recovered,
      coalesce((select sum(a.amount + a.discount) from read.allocations a
        where a.receivable_id = r.receivable_id), 0) as settled,
      coalesce((select sum(a.amount) from read.allocations a
        where a.receivable_id = r.receivable_id and a.kind = 'payment'), 0) as money
    from read.receivables r where r.facility_id = $1`,
    facilityId,
  )
  const amounts = ({ id, ...row }: Row) => [
    String(id).replace(`${facilityId}.`, 'ROOT.'),
    Object.fromEntries(Object.entries(row).map(([name, sum]) => [name, inCents(sum)])),
  ]
  return Object.fromEntries(found.map(amounts))
}

const inCents = (amount: string) => toAmount(decimal(amount))

function receivablesOf({ receivables: all }: FacilityState): unknown {
  return Object.fromEntries(
    [...all].map(([id, { amount, outstanding, loss, reductions }]) => {
      const money = reductions
        .filter(({ by }) => by === undefined)
        .reduce((sum, part) => sum.plus(part.amount).minus(part.discount ?? 0), decimal(0))
      return [
        id,
        {
          ...{ amount, outstanding, money: toAmount(money) },
          ...{ written_off: loss?.writtenOff ?? '0.00', recovered: loss?.recovered ?? '0.00' },
          settled: toAmount(decimal(amount).minus(outstanding)),
        },
      ]
    }),
  )
}

async function creditIn(facilityId: string): Promise<unknown> {
  const found = await rows(
    `select dealer_id, holds, receivables, unapplied_cash, earmarked, reserved
    from read.credit where facility_id = $1`,
    facilityId,
  )
  return Object.fromEntries(
    found.map(({ dealer_id, ...row }) => [
      String(dealer_id).replace(`${facilityId}-`, ''),
      Object.fromEntries(Object.entries(row).map(([name, sum]) => [name, inCents(sum)])),
    ]),
  )
}

function creditOf({ members }: FacilityState): unknown {
  return Object.fromEntries(
    [...members].map(([id, { own }]) => [
      id,
      {
        ...{ holds: own.held, receivables: own.owed, unapplied_cash: own.unappliedCash },
        ...{ earmarked: own.earmarked, reserved: own.reserved },
      },
    ]),
  )
}

test('read models agree with the facility, and no facility that has to be closed is left out', async (t) => {
  const seen = new Set<string>()
  let missed = 0
  for (const [number, [set, lives]] of sampled.entries()) {
    const facilityId = `M${number}`
    let history = begun(set)
    await write(facilityId, history.log)
    for (const day of lives) {
      const before = lived(history, day)
      await write(facilityId, before.log.slice(history.log.length))
      const after = closed(before)
      const date = addDays(before.today, -1)
      const due = await facilitiesDue(desk.pool, { date, after: undefined, most: 10_000 })
      const isFound = due.facilityIds.includes(facilityId)
      if (!isFound && after.log.length > before.log.length + 1) missed++
      history = isFound ? after : before
      await write(facilityId, history.log.slice(before.log.length))
    }
    t.strictSame(await receivablesIn(facilityId), receivablesOf(history.state))
    t.strictSame(await creditIn(facilityId), creditOf(history.state))
    for (const { event } of history.log) seen.add(event.type)
  }
  t.equal(missed, 0)
  const money = ['AllocationsReversed', 'ReceiptReversed', 'ReturnCredited', 'ReceivableRecovered']
  for (const type of [...money, 'ReceivableWrittenOff', 'RefundPaidOut', 'LateFeesCorrected']) {
    t.ok(seen.has(type), type)
  }
})
