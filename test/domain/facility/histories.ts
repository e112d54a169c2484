/** Random histories of a facility: commands in any order, some of them twice. */

import fc from 'fast-check'
import type { FacilityEvent } from '../../../domain/facility/events.ts'
import { facility } from '../../../domain/facility/facility.ts'
import type { FacilityState } from '../../../domain/facility/state.ts'
import type { Terms } from '../../../domain/facility/terms.ts'
import { addDays } from '../../../domain/kernel/dates.ts'
import { decimal, netOf, toAmount } from '../../../domain/kernel/money.ts'
import { applyEvents, testContext } from '../../support/given.ts'
import {
  type Asking,
  guaranteeing,
  moving,
  placing,
  raising,
  receiving,
  reference,
  releasing,
  revoking,
  settingLimit,
  shipping,
  TREE,
} from './tree.ts'

export const context = testContext({ reference })

/** A history as it was decided: its events, and the state after each command. */
export type History = Readonly<{ events: readonly FacilityEvent[]; state: FacilityState }>

export const amount = fc
  .integer({ min: 0, max: 60_000 })
  .map((cents) => toAmount(decimal(cents).dividedBy(100)))
const positive = fc
  .integer({ min: 1, max: 60_000 })
  .map((cents) => toAmount(decimal(cents).dividedBy(100)))
const orderIds = ['O1', 'O2', 'O3', 'O4', 'O5']
const orderId = fc.constantFrom(...orderIds)
const attempt = fc.constantFrom(undefined, 0, 1, 2)
const valueDate = fc.integer({ min: 0, max: 60 }).map((days) => addDays(context.today, -days))
export const dealers = Object.keys(TREE)
export const dealerId = fc.constantFrom(...dealers)

/** An order is always of the same dealer. */
function dealerOf(id: string): string {
  return dealers[orderIds.indexOf(id) % dealers.length] ?? 'ROOT'
}

export const terms: fc.Arbitrary<Terms> = fc.oneof(
  fc.record({ type: fc.constant('net' as const), days: fc.nat(60) }),
  fc.record({ type: fc.constant('end-of-month' as const), plusDays: fc.nat(60) }),
  fc.record({
    type: fc.constant('instalments' as const),
    parts: fc.array(
      fc.record({ share: fc.constantFrom('0.3', '0.4', '1', '30'), days: fc.nat(90) }),
      { minLength: 1, maxLength: 4 },
    ),
  }),
)

export const limit = fc
  .tuple(dealerId, amount, terms)
  .map(([id, sum, given]): Asking => settingLimit(id, sum, { terms: given }))
export const hold = fc
  .tuple(orderId, amount, attempt)
  .map(([id, sum, n]): Asking => placing(dealerOf(id), id, sum, n))
export const release = fc
  .tuple(orderId, fc.constantFrom('compensation', 'cancelled', 'completed'), attempt)
  .map(([id, reason, n]): Asking => releasing(dealerOf(id), id, reason, n))
export const receipt = fc
  .record({
    dealer: dealerId,
    payment: fc.constantFrom('P1', 'P2', 'P3', 'P4', 'P5', 'P6'),
    sum: positive,
    receivableIds: fc.array(fc.constantFrom('ROOT.1', 'ROOT.2', 'ROOT.3', 'ROOT.4')),
    named: fc.array(orderId),
    on: valueDate,
  })
  .map(
    ({ dealer, payment, sum, receivableIds, named, on }): Asking =>
      receiving(dealer, payment, sum, { receivableIds, orderIds: named, effectiveOn: on }),
  )

/** Ships a share of what is held, so that no shipment takes more than its hold. */
export const shipmentOfHold = fc
  .tuple(orderId, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 100 }), valueDate)
  .map(
    ([id, n, percent, on]): Asking =>
      (state, at) => {
        const held = decimal(state.orders.get(id)?.held ?? '0')
        const gross = held.times(percent).dividedBy(100).toDecimalPlaces(2, 1)
        return shipped(id, n, toAmount(gross), on)(state, at)
      },
  )
const anyShipment = fc
  .tuple(orderId, fc.integer({ min: 1, max: 3 }), amount, valueDate)
  .map(([id, n, gross, on]) => shipped(id, n, gross, on))

function shipped(id: string, n: number, gross: string, effectiveOn: string): Asking {
  const net = netOf(decimal(gross), decimal('0.13'))
  const tax = toAmount(decimal(gross).minus(net))
  return shipping(dealerOf(id), id, `${id}.${n}`, {
    amount: gross,
    net: toAmount(net),
    tax,
    effectiveOn,
  })
}

/** Holds of every kind: amended, prepaid, released by reviewers. */
export const anyHold = fc
  .record({
    id: orderId,
    sum: amount,
    n: attempt,
    release: fc.option(amount, { nil: undefined }),
    prepayment: fc.option(amount, { nil: undefined, freq: 3 }),
  })
  .map(
    ({ id, sum, n, release, prepayment }): Asking =>
      prepayment === undefined
        ? placing(dealerOf(id), id, sum, n, { release })
        : placing(dealerOf(id), id, '0', n, { prepayment, release }),
  )
const move = fc.tuple(dealerId, dealerId).map(([id, superior]): Asking => moving(id, superior))

/** Whatever changes nothing when it is asked again. */
export const anything = fc.oneof(limit, hold, anyHold, anyHold, release, receipt, anyShipment, move)

const guarantee = fc
  .record({
    guarantorDealerId: dealerId,
    dealerId,
    amount: positive,
    until: fc.constantFrom(addDays(context.today, 1), addDays(context.today, 9)),
    orderId: fc.option(orderId, { nil: undefined }),
  })
  .map(guaranteeing)
const revocation = fc.constantFrom('ROOT.g1', 'ROOT.g2', 'ROOT.g3').map(revoking)
const temporaryLimit = fc
  .record({
    dealerId,
    amount: positive,
    from: fc.constantFrom(addDays(context.today, -3), context.today, addDays(context.today, 3)),
    to: fc.constant(addDays(context.today, 5)),
  })
  .map(raising)

/** Whatever may be asked of the credit of a tree. */
export const everything = fc.oneof(
  { weight: 4, arbitrary: anything },
  { weight: 1, arbitrary: guarantee },
  { weight: 1, arbitrary: revocation },
  { weight: 1, arbitrary: temporaryLimit },
)

/** Commands come in any order, some of them twice. */
export function histories(asking: fc.Arbitrary<Asking>): fc.Arbitrary<readonly Asking[]> {
  return fc
    .array(fc.tuple(asking, fc.boolean()), { minLength: 10, maxLength: 40, size: 'max' })
    .map((all) => all.flatMap(([ask, twice]) => (twice ? [ask, ask] : [ask])))
}

/** Decides one command after another; `check` sees each state with all events so far. */
export function play(
  commands: readonly Asking[],
  check: (history: History) => void,
  given: History = { events: [], state: facility.initial },
): History {
  return commands.reduce((history, ask) => {
    const after = follow(history, ask)
    check(after)
    return after
  }, given)
}

export function follow({ events, state }: History, ask: Asking): History {
  const decision = ask(state, context)
  if (!decision.accepted) return { events, state }
  return {
    events: [...events, ...(decision.events as readonly FacilityEvent[])],
    state: applyEvents(facility, state, decision.events),
  }
}
