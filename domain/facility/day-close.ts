/** What belongs to a business day in a facility, posted when the day closes (DOMAIN: Closing a day). */

import type { DecisionContext } from '../context.ts'
import { addDays } from '../kernel/dates.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import type { DecidedEvent } from '../kernel/event.ts'
import { type Decimal, decimal, minimum, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import type { Chart } from '../ledger/chart.ts'
import { postLateFeeCorrections, postLateFees } from '../ledger/sales.ts'
import { openByDueDate } from './allocation.ts'
import { useFreeCash } from './cash.ts'
import { GuaranteeEnded, TemporaryLimitEnded } from './credit-events.ts'
import { debits } from './debits.ts'
import { applied } from './evolve.ts'
import { feeStep, graceUntil, lateFeeThrough, type Principal } from './late-fees.ts'
import { lossOf } from './losses.ts'
import { freezing, unfreezing } from './overdue.ts'
import { FacilityDayClosed, LateFeesCharged, LateFeesCorrected } from './receivable-events.ts'
import { bearsFees, moneyIn, valueDateOf } from './reductions.ts'
import type { FacilityState, Receivable } from './state.ts'

export type CloseFacilityDay = Readonly<{ facilityId: string; date: LocalDate }>

/** The store bounds what one write may hold. */
const MOST_FEES = 500
const MOST_OTHERS = 100

/**
 * Posts what belongs to a closing day: temporary limits and guarantees that end with it, late fees, their
 * corrections as far as is known now, freezes, debits. With more than one write takes, the last event says
 * `more`, and closing again goes on. Closing a day that is closed here changes nothing.
 */
export function closeFacilityDay(
  state: FacilityState,
  { facilityId, date }: CloseFacilityDay,
  context: DecisionContext,
): Decision {
  if (state.closedThrough !== undefined && date <= state.closedThrough) return accept()
  const posted: DecidedEvent[] = []
  let current = state
  let left = false
  for (const step of [endings, fees, freezes, debits]) {
    const { events, more } = step(current, { facilityId, date }, context)
    posted.push(...events)
    current = applied(current, events, date)
    left = more
    if (more) break
  }
  return accept(...posted, FacilityDayClosed({ date, more: left }))
}

type Step = Readonly<{ events: readonly DecidedEvent[]; more: boolean }>

function bounded(events: readonly DecidedEvent[], most: number): Step {
  return { events: events.slice(0, most), more: events.length > most }
}

function endings(state: FacilityState, { date }: CloseFacilityDay): Step {
  const isOver = (end: LocalDate) => end <= addDays(date, 1)
  const limits = [...state.members].flatMap(([dealerId, { temporaryLimits }]) =>
    temporaryLimits
      .filter(({ to }) => isOver(to))
      .map(({ temporaryLimitId }) => TemporaryLimitEnded({ dealerId, temporaryLimitId })),
  )
  const guarantees = [...state.guarantees]
    .filter(([, { until }]) => isOver(until))
    .map(([guaranteeId, { guarantorDealerId, dealerId }]) =>
      GuaranteeEnded({ guaranteeId, guarantorDealerId, dealerId }),
    )
  return bounded([...limits, ...guarantees], MOST_OTHERS)
}

function freezes(state: FacilityState, { date }: CloseFacilityDay): Step {
  const concerned = [...state.members]
    .filter(([, { frozen, openByDue }]) => frozen !== undefined || !openByDue.isEmpty())
    .map(([dealerId]) => dealerId)
  // Whoever is let order again does so on the next day: what is overdue by then counts.
  const open = addDays(date, 1)
  const changes = [...unfreezing(state, concerned, open), ...freezing(state, concerned, date)]
  return bounded(changes, MOST_OTHERS)
}

/** Corrections come first: what they give back may settle something, as other cash does, as of this day. */
function fees(
  state: FacilityState,
  { facilityId, date }: CloseFacilityDay,
  context: DecisionContext,
): Step {
  const wrong = [...bearing(state, date)].filter((id) => isNotCharged(state, id, date))
  const ids = wrong.slice(0, MOST_FEES)
  const corrected = corrections(state, ids, date, context)
  const afterwards = applied(state, corrected, date)
  const charged = charges(afterwards, ids, { facilityId, date }, context)
  const owing = applied(afterwards, charged, date)
  const used = usedBy(owing, dealersOf(ids, owing), { bookedOn: date, chart: context.policy.chart })
  return { events: [...corrected, ...charged, ...used], more: wrong.length > ids.length }
}

function dealersOf(ids: readonly string[], { receivables }: FacilityState): ReadonlySet<string> {
  return new Set(ids.flatMap((id) => receivables.get(id)?.dealerId ?? []))
}

/** The receivables of which fees may have to be charged or corrected, in the order of their numbers. */
function bearing(state: FacilityState, date: LocalDate): ReadonlySet<string> {
  const found = new Set<string>(state.touched)
  for (const dealerId of state.members.keys()) {
    for (const id of openByDueDate(state, dealerId, date)) found.add(id)
  }
  const numberOf = (id: string) => state.receivables.get(id)?.number ?? 0
  return new Set([...found].sort((one, other) => numberOf(one) - numberOf(other)))
}

function isNotCharged(state: FacilityState, id: string, date: LocalDate): boolean {
  const receivable = state.receivables.get(id)
  if (receivable === undefined || !bearsFees(receivable)) return false
  if (graceUntil(receivable) >= date || receivable.chargedThrough === date) return false
  const { principal, charged, through } = chargedOf(state, receivable)
  const isWrong = through !== undefined && !lateFeeThrough(principal, through).equals(charged)
  return isWrong || !lateFeeThrough(principal, date).equals(charged)
}

type Charged = Readonly<{
  principal: Principal
  /** All fees charged so far, less what was taken back. */
  charged: Decimal
  through: LocalDate | undefined
}>

function chargedOf(state: FacilityState, receivable: Receivable): Charged {
  const fee = receivable.feeId === undefined ? undefined : state.receivables.get(receivable.feeId)
  const reductions = receivable.reductions.map(({ amount, ...source }) => ({
    amount: decimal(amount),
    on: valueDateOf(state, source),
  }))
  return {
    principal: { ...receivable, reductions },
    charged: decimal(fee?.amount ?? '0'),
    through: receivable.chargedThrough,
  }
}

type Back = Readonly<{
  ids: Readonly<{ receivableId: string; ofReceivableId: string }>
  dealerId: string
  open: Decimal
  paid: Decimal
  paidBy: readonly PaidBy[]
  writtenOff: Decimal
  net: Decimal
  tax: Decimal
}>

function corrections(
  state: FacilityState,
  ids: readonly string[],
  date: LocalDate,
  context: DecisionContext,
): readonly DecidedEvent[] {
  const back = ids.flatMap((id) => correctionOf(state, id, context.policy.lateFeeTaxRate) ?? [])
  if (back.length === 0) return []
  const corrected = LateFeesCorrected({
    date,
    corrections: back.map(({ ids: named, dealerId, open, paid, paidBy, writtenOff, net, tax }) => ({
      ...named,
      dealerId,
      open: toAmount(open),
      paid: toAmount(paid),
      ...(paidBy.length === 0 ? {} : { paidBy: [...paidBy] }),
      ...(writtenOff.isZero() ? {} : { writtenOff: toAmount(writtenOff) }),
      net: toAmount(net),
      tax: toAmount(tax),
    })),
    journal: postLateFeeCorrections(context.policy.chart, back),
  })
  const returned = back.filter(({ paid }) => !paid.isZero()).map(({ dealerId }) => dealerId)
  const booking = { bookedOn: date, chart: context.policy.chart }
  return [corrected, ...usedBy(applied(state, [corrected], date), new Set(returned), booking)]
}

/** What the days already charged cost less than was thought. */
function correctionOf(state: FacilityState, id: string, taxRate: string): Back | undefined {
  const receivable = state.receivables.get(id)
  const fee = receivable?.feeId === undefined ? undefined : state.receivables.get(receivable.feeId)
  if (receivable?.feeId === undefined || fee === undefined) return undefined
  const { principal, charged, through } = chargedOf(state, receivable)
  const right = through === undefined ? charged : lateFeeThrough(principal, through)
  if (!right.lessThan(charged)) return undefined
  const { gross, net, tax } = feeStep(charged, right, taxRate)
  const back = gross.negated()
  const open = minimum(back, decimal(fee.outstanding))
  const loss = lossOf(fee)
  const lost = decimal(loss.writtenOff).minus(loss.recovered)
  const writtenOff = minimum(back.minus(open), lost)
  const paid = back.minus(open).minus(writtenOff)
  return {
    ids: { receivableId: receivable.feeId, ofReceivableId: id },
    dealerId: receivable.dealerId,
    open,
    ...{ paid, paidBy: paidByOf(fee, paid), writtenOff },
    net: net.negated(),
    tax: tax.negated(),
  }
}

type PaidBy = Readonly<{ paymentId?: string; amount: string }>

/** By which payments that had come which a fee gives back: the newest first. */
function paidByOf({ reductions }: Receivable, paid: Decimal): readonly PaidBy[] {
  let rest = paid
  const payments = reductions.toReversed().flatMap((reduction) => {
    const part = minimum(rest, moneyIn(reduction))
    if (part.isZero()) return []
    rest = rest.minus(part)
    const { paymentId } = reduction
    return [{ ...(paymentId === undefined ? {} : { paymentId }), amount: toAmount(part) }]
  })
  return rest.isZero() ? payments : [...payments, { amount: toAmount(rest) }]
}

/** Cash that came back settles what its dealers owe. */
function usedBy(
  state: FacilityState,
  dealerIds: ReadonlySet<string>,
  booking: Readonly<{ bookedOn: LocalDate; chart: Chart }>,
): readonly DecidedEvent[] {
  const events: DecidedEvent[] = []
  let current = state
  for (const dealerId of dealerIds) {
    const used = useFreeCash(current, dealerId, booking)
    events.push(...used)
    current = applied(current, used, booking.bookedOn)
  }
  return events
}

function charges(
  state: FacilityState,
  ids: readonly string[],
  { facilityId, date }: CloseFacilityDay,
  { policy }: DecisionContext,
): readonly DecidedEvent[] {
  let number = state.receivableCount
  const due = ids.flatMap((id) => {
    const receivable = state.receivables.get(id)
    if (receivable === undefined) return []
    const { principal, charged } = chargedOf(state, receivable)
    const total = lateFeeThrough(principal, date)
    if (!total.greaterThan(charged)) return []
    const { dealerId, orderId, dueOn, feeId } = receivable
    if (orderId === undefined) return []
    const receivableId = feeId ?? `${facilityId}.${++number}`
    const step = feeStep(charged, total, policy.lateFeeTaxRate)
    return [{ receivableId, ofReceivableId: id, dealerId, orderId, dueOn, ...step }]
  })
  if (due.length === 0) return []
  const charged = due.map(({ gross, net, tax, ...fee }) => ({
    ...fee,
    amount: toAmount(gross),
    net: toAmount(net),
    tax: toAmount(tax),
  }))
  return [LateFeesCharged({ date, fees: charged, journal: postLateFees(policy.chart, due) })]
}
