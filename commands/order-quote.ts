/** What an order would cost, take and become, for who asks before placing it. */

import { z } from 'zod'
import { creditOf } from '../domain/facility/credit.ts'
import { DealerJoined, HoldPlaced, HoldRefused } from '../domain/facility/credit-events.ts'
import { facility } from '../domain/facility/facility.ts'
import type { FacilityState } from '../domain/facility/state.ts'
import type {
  DecidedEvent,
  EventDefinition,
  RecordedEvent,
  RecordedOf,
} from '../domain/kernel/event.ts'
import { Code } from '../domain/kernel/explanation.ts'
import {
  Amount,
  Count,
  DealerId,
  Instant,
  Name,
  Quantity,
  Rate,
  SignedAmount,
  Sku,
  UnitPrice,
  WarehouseId,
} from '../domain/kernel/values.ts'
import { FulfilmentPlanned, OrderConfirmed, OrderPlaced } from '../domain/order/events.ts'
import { OrderApproved, ReviewRequested } from '../domain/order/review-events.ts'
import { type Charge, ChargeKind, type OrderLine } from '../domain/order/values.ts'
import { ReservationRefused, StockReserved } from '../domain/stock/events.ts'
import { firstOf, isOf } from './answers.ts'
import type { Quote, Rehearsed } from './command.ts'
import { outcomeOf, StatusReason } from './order-answers.ts'

type Events = readonly RecordedEvent[]
type Told = Readonly<Record<string, unknown>>

const QuotedLine = z.object({
  sku: Sku,
  name: Name,
  quantity: Quantity,
  unitPrice: UnitPrice,
  listPrice: UnitPrice,
  priceFrom: z.enum(['list', 'override']),
  overrideReason: z.string().optional(),
  discount: Amount,
  amount: Amount,
  net: Amount,
  tax: Amount,
  taxRate: Rate,
})

const Lines = z.array(z.object({ sku: Sku, quantity: Quantity }))

const Outcome = {
  status: z.string(),
  statusReason: StatusReason.optional(),
  awaitingPayment: z.object({ amount: Amount, until: Instant }).optional(),
}

const Credit = z.object({
  dealerId: DealerId,
  limit: Amount,
  temporaryLimits: Amount,
  guarantees: Amount,
  releases: Amount,
  exposure: Amount,
  unappliedCash: Amount,
  earmarked: Amount,
  headroom: SignedAmount,
})

export const QuotedAnswer = z.object({
  ...Outcome,
  orderNumber: Name.optional(),
  total: Amount,
  net: Amount,
  tax: Amount,
  lines: z.array(QuotedLine),
  charges: z.array(
    z.object({ kind: ChargeKind, amount: Amount, net: Amount, tax: Amount, taxRate: Rate }),
  ),
  dropped: Lines.optional().describe('What would not be served of it.'),
  plan: z
    .object({
      parts: z.array(z.object({ warehouseId: WarehouseId, lines: Lines })),
      shortages: z.array(z.object({ sku: Sku, wanted: Quantity, missing: Quantity })),
    })
    .nullable(),
  credit: Credit.extend({
    needed: Amount,
    prepayment: Amount.optional(),
    granted: z.boolean().nullable().describe('null: it would not be asked.'),
    refusal: StatusReason.optional(),
    release: Amount.optional().describe('How far past the limits it would be let go.'),
    ancestors: z.array(Credit),
  }).describe('As it is before the order; with what the order would take.'),
  stock: z.array(
    z.object({
      warehouseId: WarehouseId,
      granted: z.boolean(),
      lines: Lines.optional(),
      shortages: z.array(z.object({ sku: Sku, wanted: Quantity, available: Count })).optional(),
    }),
  ),
  review: z
    .object({
      reasons: z.array(z.object({ code: Code, message: z.string(), decision: z.unknown() })),
      chain: z.array(z.looseObject({ role: z.string() })),
      dueAt: Instant,
      release: Amount.optional(),
    })
    .nullable(),
  ifApproved: z.object(Outcome).nullable().describe('What it would be once people let it go on.'),
  position: z.string().describe('What was known when it was quoted.'),
})

/** The quote of an order: all that placing it would lead to, up to where somebody else has to act. */
export const orderQuote: Quote = {
  path: '/orders/quote',
  summary: 'What an order would cost, take and become, and why; nothing is written',
  saga: 'order-fulfilment',
  suppose: approval,
  answer: quoted,
  answerSchema: QuotedAnswer,
}

/** What the last approver would write. */
function approval(events: Events): DecidedEvent | undefined {
  const placed = firstOf(OrderPlaced, events)
  const requested = lastOf(ReviewRequested, events)
  if (placed === undefined || requested === undefined) return undefined
  const { orderId, dealerId, facilityId } = placed.data
  const { review, release } = requested.data
  return OrderApproved({
    ...{ orderId, dealerId, facilityId, review, resumes: 'placed' },
    ...(release !== undefined && { release }),
  })
}

async function quoted({ events, supposed, stateOf }: Rehearsed): Promise<Told> {
  const placed = firstOf(OrderPlaced, events)
  if (placed === undefined) throw new Error('an order was quoted that is not placed')
  const { facilityId, orderId, orderNumber } = placed.data
  const { reducedTo } = lastOf(OrderConfirmed, events)?.data ?? {}
  const { lines, charges, total, net, tax } = reducedTo ?? placed.data
  const last: Last = (definition) => lastOf(definition, events) ?? lastOf(definition, supposed)
  const plan = last(FulfilmentPlanned)?.data
  return {
    ...outcome(events),
    ...(orderNumber !== orderId && { orderNumber }),
    ...{ total, net, tax, lines: lines.map(quotedLine), charges: charges.map(quotedCharge) },
    ...(reducedTo && { dropped: reducedTo.dropped }),
    plan: plan === undefined ? null : { parts: plan.parts, shortages: plan.shortages },
    credit: {
      ...figures(await stateOf(facility, facilityId), placed, [...events, ...supposed]),
      ...holdOf(last),
    },
    stock: stockOf([...events, ...supposed], plan?.attempt),
    review: reviewOf(events),
    ifApproved: supposed.length === 0 ? null : outcome(supposed),
    position: String(placed.metadata.referencePosition),
  }
}

/** The last event of a kind: of what would happen by itself, else of what is supposed. */
type Last = <Type extends string, Data>(
  definition: EventDefinition<Type, Data>,
) => RecordedEvent<Type, Data> | undefined

function lastOf<Type extends string, Data>(
  definition: EventDefinition<Type, Data>,
  events: Events,
): RecordedEvent<Type, Data> | undefined {
  return firstOf(definition, events.toReversed())
}

/** The status that the order would come to, and why. */
function outcome(events: Events): Told {
  const told = events.filter(({ category }) => category === 'order').map(outcomeOf)
  const { status, statusReason, awaitingPayment } = told.findLast((one) => one !== undefined) ?? {}
  return {
    status: status ?? 'placed',
    ...(statusReason !== undefined && { statusReason }),
    ...(awaitingPayment !== undefined && { awaitingPayment }),
  }
}

function quotedLine(line: OrderLine) {
  const { sku, name, quantity, unitPrice, listPrice, overrideReason } = line
  const { discount, amount, net, tax, taxRate } = line
  const priceFrom = overrideReason === undefined ? 'list' : 'override'
  return {
    ...{ sku, name, quantity, unitPrice, listPrice, priceFrom },
    ...(overrideReason !== undefined && { overrideReason }),
    ...{ discount, amount, net, tax, taxRate },
  }
}

function quotedCharge({ kind, amount, net, tax, taxRate }: Charge) {
  return { kind, amount, net, tax, taxRate }
}

/** The credit of the dealer and its superiors before the order; with its first order a dealer joins them. */
function figures(
  before: FacilityState,
  { data: { dealerId }, metadata }: RecordedOf<typeof OrderPlaced>,
  events: Events,
) {
  const joined = events
    .filter((event) => isOf(DealerJoined, event))
    .reduce((state, event) => facility.evolve(state, event, event), before)
  return creditOf(joined, dealerId, metadata.bookedOn)
}

/** What the order needs of credit, and what was said to it. */
function holdOf(last: Last): Told {
  const plan = last(FulfilmentPlanned)?.data
  const refused = last(HoldRefused)?.data
  const placed = refused === undefined ? last(HoldPlaced)?.data : undefined
  const answer = placed ?? refused
  return {
    needed: plan?.toHold ?? '0.00',
    ...(plan?.prepayment !== undefined && { prepayment: plan.prepayment }),
    granted: answer === undefined ? null : answer === placed,
    ...(refused && { refusal: refused.refusal }),
    ...(placed?.release !== undefined && { release: placed.release }),
  }
}

/** What each warehouse said to the plan. */
function stockOf(events: Events, attempt: number | undefined): readonly Told[] {
  return events.flatMap((event): readonly Told[] => {
    if (isOf(StockReserved, event) && event.data.attempt === attempt) {
      const { warehouseId, lines } = event.data
      return [{ warehouseId, granted: true, lines }]
    }
    if (isOf(ReservationRefused, event) && event.data.attempt === attempt) {
      const { warehouseId, shortages } = event.data
      return [{ warehouseId, granted: false, shortages }]
    }
    return []
  })
}

function reviewOf(events: Events) {
  const requested = lastOf(ReviewRequested, events)?.data
  if (requested === undefined) return null
  const { reasons, chain, dueAt, release } = requested
  return { reasons, chain, dueAt, ...(release !== undefined && { release }) }
}
