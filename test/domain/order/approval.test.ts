import fc from 'fast-check'
import { test } from 'tap'
import type { DecisionContext } from '../../../domain/context.ts'
import { DealerRegistered } from '../../../domain/dealer/dealer.ts'
import { DelegationEnded } from '../../../domain/delegation/delegation.ts'
import { addMs } from '../../../domain/kernel/dates.ts'
import type { Actor, DecidedEvent } from '../../../domain/kernel/event.ts'
import {
  approveOrder,
  type DecideReview,
  escalateReview,
  rejectReview,
} from '../../../domain/order/approval.ts'
import {
  AmendmentRefused,
  OrderCancelled,
  OrderConfirmed,
  OrderRejected,
} from '../../../domain/order/events.ts'
import { order } from '../../../domain/order/order.ts'
import {
  OrderApproved,
  ReviewEscalated,
  ReviewRequested,
  ReviewStepApproved,
} from '../../../domain/order/review-events.ts'
import type { OrderState } from '../../../domain/order/state.ts'
import { evolveReference } from '../../../domain/reference/evolve.ts'
import type { ApproverRole } from '../../../domain/reviewRule/rule.ts'
import { applyEvents } from '../../support/given.ts'
import { recorded } from '../../support/recorded.ts'
import { ADMIN, delegationOf, FINANCE, NOW, OPS, OTHER_OPS, shopAfter } from './reviewing.ts'
import { BUYER, inShop, ORDER, orders, placing, shop } from './shop.ts'

const HOUR = 60 * 60_000
const dueAt = addMs(NOW, 24 * HOUR)

const approve =
  (more: Partial<DecideReview> = {}) =>
  (state: OrderState, context: DecisionContext) =>
    approveOrder(state, { orderId: ORDER, ...more }, context)

const reject =
  (more: Partial<DecideReview> = {}) =>
  (state: OrderState, context: DecisionContext) =>
    rejectReview(state, { orderId: ORDER, ...more }, context)

const reason = {
  code: 'amount',
  message: 'over 1.00',
  decision: {
    rule: 'large',
    ruleVersion: 1,
    inputs: { over: '1.00' },
    ways: ['order for at most 1.00', 'approval by brand-ops'],
  },
}

const stepOf = (role: ApproverRole, hours = 24) => ({
  ...{ role, hours, ruleId: 'large', ruleVersion: 1 },
  escalateTo: 'brand-finance' as const,
})

function requested(roles: readonly ApproverRole[], more: Partial<typeof withRelease> = {}) {
  const chain = roles.map((role) => stepOf(role))
  const review = { orderId: ORDER, dealerId: 'D1', review: 1, reasons: [reason], total: '1419.99' }
  return ReviewRequested({ ...review, chain, dueAt, ...more })
}
const withRelease = { release: '10.00', amendment: 1 }

const approvedBy = (more = {}) =>
  OrderApproved({
    ...{ orderId: ORDER, dealerId: 'D1', facilityId: 'ROOT', review: 1, resumes: 'placed' },
    ...more,
  })

/** An order of BUYER's in review. */
const inReview = (t: Parameters<typeof orders>[0], ...roles: readonly ApproverRole[]) =>
  orders(t, inShop({ actor: BUYER })).given(...placing(), requested(roles))

test('an approval by the step’s role lets the order go on', async (t) => {
  const { state } = inReview(t, 'brand-ops')
    .in({ actor: OPS })
    .when(approve({ reason: 'a good customer' }))
    .then(approvedBy({ note: 'a good customer' }))
  t.match(state, { status: 'placed', review: undefined })
})

test('what was asked to be released is released by the last approval', async (t) => {
  const { state } = orders(t, inShop())
    .given(...placing(), requested(['brand-ops'], { release: '10.00' }))
    .in({ actor: OPS })
    .when(approve())
    .then(approvedBy({ release: '10.00' }))
  t.equal(state?.release, '10.00')
})

test('steps are approved one after another, each in its own time', async (t) => {
  inReview(t, 'brand-ops', 'brand-finance')
    .in({ actor: FINANCE })
    .when(approve())
    .refused('not-your-step', { step: 0, steps: 2, roles: ['brand-ops'], yours: 'brand-finance' })
    .in({ actor: OPS, now: addMs(NOW, HOUR) })
    .when(approve())
    .then(ReviewStepApproved({ orderId: ORDER, review: 1, step: 0, dueAt: addMs(dueAt, HOUR) }))
    .when(approve())
    .refused('approver-repeated', { user: OPS.user })
    .in({ actor: FINANCE })
    .when(approve())
    .then(approvedBy())
})

test('each step needs another person, whatever their role', async (t) => {
  const after = inReview(t, 'brand-ops', 'brand-ops').in({ actor: OPS }).when(approve()).accepted()
  after.when(approve()).refused('approver-repeated')
  const promoted = { user: OPS.user, role: 'brand-ops', address: '10.0.0.1' }
  after.in({ actor: promoted }).when(approve()).refused('approver-repeated')
  after.in({ actor: OTHER_OPS }).when(approve()).then(approvedBy())
})

test('nobody approves an order that they placed', async (t) => {
  orders(t, inShop({ actor: OPS }))
    .given(...placing(undefined, inShop({ actor: OPS })), requested(['brand-ops']))
    .when(approve())
    .refused('own-order', { user: OPS.user, authors: [OPS.user] })
    .in({ actor: OTHER_OPS })
    .when(approve())
    .accepted()
})

test('whoever amended the order does not approve it either', async (t) => {
  const placed = placing()[0]?.data as Record<string, unknown>
  const { lines, charges, total, net, tax } = placed
  const amended: DecidedEvent = {
    type: 'OrderAmended',
    data: { orderId: ORDER, amendment: 1, lines, charges, total, net, tax, fulfilments: [] },
  }
  const after = orders(t, inShop())
    .given(...placing())
    .in({ actor: OPS })
    .given(amended)
  after
    .given(requested(['brand-ops']))
    .when(approve())
    .refused('own-order')
})

test('an amendment voids what was approved, and what was released', async (t) => {
  const placed = placing()[0]?.data as Record<string, unknown>
  const { lines, charges, total, net, tax } = placed
  const amended: DecidedEvent = {
    type: 'OrderAmended',
    data: { orderId: ORDER, amendment: 1, lines, charges, total, net, tax, fulfilments: [] },
  }
  const { state } = inReview(t, 'brand-ops', 'brand-finance')
    .in({ actor: OPS })
    .when(approve())
    .accepted()
    .given(amended)
  t.match(state, { status: 'placed', review: undefined, release: undefined, reviews: 1 })
})

test('a delegate approves in the stead of a reviewer, and both are recorded', async (t) => {
  const tom = { user: 'tom', role: 'brand-warehouse' }
  inReview(t, 'brand-ops', 'brand-finance')
    .in({ actor: tom })
    .when(approve())
    .refused('not-your-step', { standingInFor: [] })
    .in({ reference: shopAfter(delegationOf({})) })
    .when(approve())
    .then(ReviewStepApproved({ orderId: ORDER, review: 1, step: 0, dueAt, onBehalfOf: OPS.user }))
})

test('a delegation holds in its time and until it is ended', async (t) => {
  const tom = { user: 'tom', role: 'brand-warehouse' }
  const given = delegationOf({ from: NOW, to: addMs(NOW, HOUR) })
  const open = inReview(t, 'brand-ops').in({ actor: tom, reference: shopAfter(given) })
  open
    .in({ now: addMs(NOW, -1) })
    .when(approve())
    .refused('not-your-step')
  open
    .in({ now: addMs(NOW, HOUR) })
    .when(approve())
    .refused('not-your-step')
  open.when(approve()).accepted()
  const ended = DelegationEnded({ delegationId: 'olga-for-tom', delegate: 'tom' })
  open
    .in({ reference: shopAfter(given, ended) })
    .when(approve())
    .refused('not-your-step')
})

test('nobody approves their own order through a delegate, nor as one', async (t) => {
  const byOlga = orders(t, inShop({ actor: OPS })).given(...placing(), requested(['brand-ops']))
  const tom = { user: 'tom', role: 'brand-warehouse' }
  byOlga
    .in({ actor: tom, reference: shopAfter(delegationOf({})) })
    .when(approve())
    .refused('own-order', { user: OPS.user })
  const fromOther = delegationOf({ delegator: OTHER_OPS.user, delegate: OPS.user })
  byOlga
    .in({ actor: { user: OPS.user, role: 'brand-warehouse' }, reference: shopAfter(fromOther) })
    .when(approve())
    .refused('own-order', { user: OPS.user })
})

test('a person and their delegate are one person when steps are counted', async (t) => {
  const chain = inReview(t, 'brand-ops', 'brand-ops').in({ actor: OPS }).when(approve()).accepted()
  chain
    .in({ actor: { user: 'tom', role: 'brand-warehouse' }, reference: shopAfter(delegationOf({})) })
    .when(approve())
    .refused('approver-repeated', { user: OPS.user })
  const two = shopAfter(delegationOf({}), delegationOf({ delegator: OTHER_OPS.user }))
  chain
    .in({ actor: { user: 'tom', role: 'brand-warehouse' }, reference: two })
    .when(approve())
    .then(approvedBy({ onBehalfOf: OTHER_OPS.user }))
})

test('a dealer’s people stand in for the approvers of its own tree only', async (t) => {
  const base = { name: 'x', level: 'standard', region: 'East', facilityId: 'ROOT' } as const
  const under = DealerRegistered({ ...base, dealerId: 'D1', parentDealerId: 'ROOT' })
  const root = DealerRegistered({ ...base, dealerId: 'ROOT' })
  const lent = (dealerId: string) =>
    shopAfter(root, under, delegationOf({ role: 'dealer-approver', dealerId, delegator: 'ann' }))
  const tom = { user: 'tom', role: 'dealer-buyer', dealerId: 'D1' }
  const open = inReview(t, 'dealer-approver').in({ actor: tom })
  open
    .in({ reference: lent('ROOT') })
    .when(approve())
    .then(approvedBy({ onBehalfOf: 'ann' }))
  open
    .in({ reference: lent('D2') })
    .when(approve())
    .refused('not-your-step')
  inReview(t, 'brand-ops')
    .in({ actor: tom, reference: shopAfter(delegationOf({})) })
    .when(approve())
    .refused('not-your-step')
})

test('only what is in review is approved or rejected', async (t) => {
  const placed = orders(t, inShop({ actor: OPS })).given(...placing())
  placed.when(approve()).refused('not-in-review', { status: 'placed' })
  placed.when(reject()).refused('not-in-review')
  orders(t, inShop()).when(approve()).refused('order-unknown')
  orders(t, inShop()).when(reject()).refused('order-unknown')
})

test('a rejection ends the order with a code, a note, and what would have passed', async (t) => {
  const rejected = inReview(t, 'brand-ops')
    .in({ actor: OPS })
    .when(reject({ reason: 'too large', code: 'no-appetite' }))
  rejected.then(
    OrderRejected({
      orderId: ORDER,
      code: 'no-appetite',
      message: 'too large',
      decision: {
        rule: 'review',
        ruleVersion: 1,
        inputs: {
          review: 1,
          step: 0,
          role: 'brand-ops',
          reasons: [{ code: 'amount', message: 'over 1.00' }],
        },
        ways: ['order for at most 1.00'],
      },
    }),
  )
  inReview(t, 'brand-ops').in({ actor: FINANCE }).when(reject()).refused('not-your-step')
})

test('a rejected amendment is refused, and the order stays as it was', async (t) => {
  const { state } = orders(t, inShop({ actor: OPS }))
    .given(...placing(), requested(['brand-ops'], { amendment: 1 }))
    .when(reject())
    .accepted()
  t.match(state, { status: 'placed', review: undefined })
  const { decision } = orders(t, inShop({ actor: OPS }))
    .given(...placing(), requested(['brand-ops'], { amendment: 1 }))
    .when(reject())
  t.match(decision, { events: [{ type: AmendmentRefused.eventType, data: { amendment: 1 } }] })
})

test('a confirmed order is cancelled by a rejection, and confirmed again by an approval', async (t) => {
  const line = { sku: 'TEA', quantity: 3 }
  const fulfilments = [{ fulfilmentId: `${ORDER}.1`, warehouseId: 'BJ', lines: [line] }]
  const open = orders(t, inShop({ actor: BUYER }))
    .given(...placing(), OrderConfirmed({ orderId: ORDER, fulfilments }))
    .given(requested(['brand-ops']))
    .in({ actor: OPS })
  open.when(reject({ reason: 'not replaced' })).then(
    OrderCancelled({
      orderId: ORDER,
      reason: 'not replaced',
      code: 'review-rejected',
      fulfilments: [
        { fulfilmentId: `${ORDER}.1`, warehouseId: 'BJ', lines: [line], becomes: 'cancelled' },
      ],
    }),
  )
  t.equal(
    open.when(approve()).then(approvedBy({ resumes: 'confirmed' })).state?.status,
    'confirmed',
  )
})

const escalate =
  (more: Partial<Parameters<typeof escalateReview>[1]> = {}) =>
  (state: OrderState, context: DecisionContext) =>
    escalateReview(state, { orderId: ORDER, review: 1, step: 0, dueAt, ...more }, context)

test('what nobody decides in time goes to the rule’s role, then to the admin, and stays', async (t) => {
  const later = addMs(dueAt, 24 * HOUR)
  const first = inReview(t, 'brand-ops')
    .in({ now: dueAt })
    .when(escalate())
    .then(
      ReviewEscalated({ orderId: ORDER, review: 1, step: 0, to: 'brand-finance', dueAt: later }),
    )
  first.in({ actor: ADMIN }).when(approve()).refused('not-your-step')
  first.in({ actor: FINANCE }).when(approve()).accepted()
  first.in({ actor: OPS }).when(approve()).accepted()
  const last = first
    .in({ now: later })
    .when(escalate({ dueAt: later }))
    .then(ReviewEscalated({ orderId: ORDER, review: 1, step: 0, to: 'brand-admin' }))
  last.in({ actor: ADMIN }).when(approve()).accepted()
  t.match(last.state, { status: 'review', review: { dueAt: undefined } })
})

test('a step that was decided, or escalated already, is not escalated', async (t) => {
  inReview(t, 'brand-ops')
    .in({ now: dueAt })
    .when(escalate())
    .accepted()
    .when(escalate())
    .changesNothing()
  const after = inReview(t, 'brand-ops', 'brand-finance')
    .in({ actor: OPS })
    .when(approve())
    .accepted()
  after.when(escalate()).changesNothing()
  inReview(t, 'brand-ops')
    .when(escalate({ review: 2 }))
    .changesNothing()
  orders(t, inShop())
    .given(...placing())
    .when(escalate())
    .changesNothing()
  orders(t, inShop()).when(escalate()).refused('order-unknown')
})

test('the admin’s own step has nobody to escalate to', async (t) => {
  const chain = [{ ...stepOf('brand-admin'), escalateTo: 'brand-admin' as const }]
  const request = { ...requested([]).data, chain }
  orders(t, inShop())
    .given(...placing(), ReviewRequested(request))
    .when(escalate())
    .changesNothing()
})

// Whatever people do, in any order: an order is approved only by as many persons as its chain has steps,
// none of whom placed it, each by right of the step.

const PEOPLE = ['ann', 'bob', 'cat', 'dan', 'eve'] as const
const ROLES: readonly ApproverRole[] = ['brand-ops', 'brand-finance', 'brand-admin']

type Act =
  | Readonly<{ do: 'approve' | 'reject'; user: string; role: string }>
  | Readonly<{ do: 'delegate'; delegator: string; delegate: string; role: ApproverRole }>
  | Readonly<{ do: 'escalate' }>

const person = fc.constantFrom(...PEOPLE)
const role = fc.constantFrom(...ROLES)
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('approve' as const),
      user: person,
      role: fc.oneof(role, fc.constant('brand-warehouse')),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('delegate' as const),
      delegator: person,
      delegate: person,
      role,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'escalate' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('reject' as const), user: person, role }),
  },
)

test('an order is approved only by as many other persons as there are steps', async (t) => {
  let approvals = 0
  const law = fc.property(
    person,
    fc.array(role, { minLength: 1, maxLength: 4 }),
    fc.array(act, { maxLength: 40 }),
    (placer, roles, acts) => {
      const events = history(placer, roles, acts)
      const end = events.findIndex(({ event }) => event.type === 'OrderApproved')
      if (end < 0) return
      approvals += 1
      const steps = events.slice(0, end + 1).filter(({ event }) => /Approved$/.test(event.type))
      if (steps.length !== roles.length) throw new Error('a step was left out')
      const hands = steps.map(({ actor }) => actor.user)
      const minds = steps.map(({ actor, event }) => behind(event) ?? actor.user)
      for (const persons of [hands, minds]) {
        if (new Set(persons).size !== roles.length) throw new Error('a person approved twice')
        if (persons.includes(placer)) throw new Error('the placer approved')
      }
      if (events.slice(end + 1).length > 0) throw new Error('something happened after the end')
    },
  )
  fc.assert(law, { numRuns: 1000 })
  t.ok(approvals > 0, `${approvals} orders were approved`)
})

function behind({ data }: DecidedEvent): string | undefined {
  return (data as Readonly<{ onBehalfOf?: string }>).onBehalfOf
}

/** What the acts of people lead to, by the rules alone. */
function history(placer: string, roles: readonly ApproverRole[], acts: readonly Act[]) {
  const by = (actor: Actor) => inShop({ reference, actor })
  const written: { event: DecidedEvent; actor: Actor }[] = []
  let reference = shop
  let state = applyEvents<OrderState>(
    order,
    undefined,
    [...placing(), requested(roles)],
    0,
    by({ user: placer, role: 'brand-ops' }),
  )
  for (const each of acts) {
    if (each.do === 'delegate') {
      const given = delegationOf({ ...each, delegationId: `${each.delegator}-${each.delegate}` })
      if (each.delegator === each.delegate) continue
      reference = evolveReference(reference, recorded('delegation-x', given))
      continue
    }
    const actor = each.do === 'escalate' ? { user: 'saga', role: 'saga' } : each
    const decision = decide(each, state, by(actor))
    if (!decision.accepted) continue
    state = applyEvents(order, state, decision.events, 0, by(actor))
    written.push(...decision.events.map((event) => ({ event, actor })))
  }
  return written
}

function decide(
  each: Exclude<Act, { do: 'delegate' }>,
  state: OrderState,
  context: DecisionContext,
) {
  if (each.do === 'approve') return approve()(state, context)
  if (each.do === 'reject') return reject()(state, context)
  const { step = 0, dueAt: due = '' } = state?.review ?? {}
  return escalate({ step, dueAt: due })(state, context)
}
