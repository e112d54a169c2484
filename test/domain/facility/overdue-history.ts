/** Random histories of a facility over business days: shipments, receipts, re-datings, freezes, closings. */

import fc from 'fast-check'
import type { FacilityEvent } from '../../../domain/facility/events.ts'
import { facility } from '../../../domain/facility/facility.ts'
import type { FacilityState } from '../../../domain/facility/state.ts'
import { addDays } from '../../../domain/kernel/dates.ts'
import { decimal, netOf, toAmount } from '../../../domain/kernel/money.ts'
import { DEFAULT_POLICY, type Policy } from '../../../domain/policy.ts'
import { applyEvents, testContext } from '../../support/given.ts'
import { agreed, closing, freezingBy, lifting, redating } from './overdue.ts'
import { type Asking, limits, receiving, reference, shipping, tree } from './tree.ts'

/** A decided event, on the day that it is booked on. */
export type Booked = Readonly<{
  event: FacilityEvent & Readonly<{ effectiveOn?: string }>
  bookedOn: string
  closing: boolean
}>

export type History = Readonly<{ state: FacilityState; log: readonly Booked[]; today: string }>

export const FIRST_DAY = '2026-03-01'
const policy: Policy = { ...DEFAULT_POLICY, lateFeeTaxRate: '0.06' }

/** What is done on a day; the day is known only when it is its turn. */
type Act = (today: string) => Asking

/** What is done while a day is open, and what lands while it closes, before the facility does. */
export type Day = Readonly<{ open: readonly Act[]; meanwhile: readonly Act[] }>

const cents = (max: number) =>
  fc.integer({ min: 1, max }).map((n) => toAmount(decimal(n).dividedBy(100)))
const back = fc.oneof(fc.constant(0), fc.nat(3), fc.nat(20))
const payments = ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7', 'P8']
const receivableIds = fc.subarray(['ROOT.1', 'ROOT.2', 'ROOT.3', 'ROOT.4'], { maxLength: 2 })

const ship: fc.Arbitrary<Act> = fc
  .tuple(fc.constantFrom('O1', 'O2', 'O3'), fc.integer({ min: 1, max: 4 }), cents(900_000), back)
  .map(([id, n, amount, days]) => (today) => {
    const net = toAmount(netOf(decimal(amount), decimal('0.13')))
    const tax = toAmount(decimal(amount).minus(net))
    const effectiveOn = addDays(today, -days)
    return shipping('A1', id, `${id}.${n}`, { amount, net, tax, effectiveOn })
  })
const pay: fc.Arbitrary<Act> = fc
  .tuple(fc.constantFrom(...payments), cents(900_000), receivableIds, back)
  .map(
    ([id, amount, named, days]) =>
      (today) =>
        receiving('A1', id, amount, { receivableIds: named, effectiveOn: addDays(today, -days) }),
  )
const redate: fc.Arbitrary<Act> = fc.tuple(fc.constantFrom(...payments), back).map(
  ([id, days]) =>
    (today) =>
      redating(id, addDays(today, -days)),
)
const hand: fc.Arbitrary<Act> = fc.constantFrom(
  () => freezingBy('by hand'),
  () => lifting('by hand'),
)

const acts = (maxLength: number) =>
  fc.array(
    fc.oneof(
      { arbitrary: ship, weight: 4 },
      { arbitrary: pay, weight: 4 },
      { arbitrary: redate, weight: 2 },
      { arbitrary: hand, weight: 1 },
    ),
    { maxLength },
  )

export const days: fc.Arbitrary<readonly Day[]> = fc.array(
  fc.record({ open: acts(3), meanwhile: acts(1) }),
  { minLength: 1, maxLength: 16 },
)

const EARLY = { rate: '0.02', days: 2 }
const terms = [
  { type: 'net' as const, days: 3, earlyDiscount: EARLY },
  {
    type: 'instalments' as const,
    parts: [
      { share: '0.3', days: 0 },
      { share: '0.7', days: 4 },
    ],
    earlyDiscount: EARLY,
  },
]

/** What was agreed before the history. */
export const agreement = fc
  .tuple(fc.constantFrom(...terms), fc.nat(3), fc.constantFrom('0', '0.0005', '0.00033333', '0.02'))
  .map(([how, graceDays, lateFeeDailyRate]) => agreed(how, { graceDays, lateFeeDailyRate }))

export function begun(set: ReturnType<typeof agreed>): History {
  const events = [...tree, ...limits, set] as const
  const state = applyEvents(
    facility,
    facility.initial,
    events,
    0,
    testContext({ today: FIRST_DAY }),
  )
  const log = events.map((event) => ({ event, bookedOn: FIRST_DAY, closing: false }))
  return { state, log, today: FIRST_DAY }
}

/** Decides in a history; a closing books on the day that it closes. */
export function follow(history: History, ask: Asking, closes?: string): History {
  const bookedOn = closes ?? history.today
  const decision = ask(history.state, testContext({ reference, policy, today: history.today }))
  if (!decision.accepted) return history
  const events = decision.events as readonly FacilityEvent[]
  const { state, log } = history
  return {
    ...history,
    state: applyEvents(facility, state, events, log.length, testContext({ today: bookedOn })),
    log: [...log, ...events.map((event) => ({ event, bookedOn, closing: closes !== undefined }))],
  }
}

/** Lives through a day up to the moment at which the facility closes it: the next is open already. */
export function lived(history: History, { open, meanwhile }: Day): History {
  const date = history.today
  const acted = open.reduce((current, act) => follow(current, act(date)), history)
  const next = addDays(date, 1)
  return meanwhile.reduce((current, act) => follow(current, act(next)), { ...acted, today: next })
}

/** Closes the day before the one that is open. */
export function closed(history: History): History {
  const date = addDays(history.today, -1)
  return follow(history, closing(date), date)
}
