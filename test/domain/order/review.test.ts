import { test } from 'tap'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import {
  AmendmentRefused,
  OrderCancelled,
  OrderConfirmed,
  OrderRejected,
} from '../../../domain/order/events.ts'
import type { Finding } from '../../../domain/order/review.ts'
import {
  chainOf,
  requestReview,
  reviewEvents,
  reviewReasons,
} from '../../../domain/order/review.ts'
import { evolveReference } from '../../../domain/reference/evolve.ts'
import type { Reference } from '../../../domain/reference/reference.ts'
import { ReviewRuleEnded } from '../../../domain/reviewRule/reviewRule.ts'
import { BUILT_IN_RULES } from '../../../domain/reviewRule/rule.ts'
import { recorded } from '../../support/recorded.ts'
import { placedUnder, requestIn, ruleOf, shopAfter, withEarlier } from './reviewing.ts'
import { BUYER, inShop, ORDER, orders, placing, productOf, shop } from './shop.ts'

const asked = {
  orderId: 'O',
  dealerId: 'D1',
  total: '1419.99',
  lines: [{ sku: 'TEA', quantity: 3 }],
}

function findings(reference: Reference, order: Partial<typeof asked> = {}): readonly Finding[] {
  return reviewReasons({ ...asked, ...order }, inShop({ reference }))
}

const codes = (found: readonly Finding[]) => found.map(({ reason }) => reason.code)

test('an order that no rule is for is planned at once', async (t) => {
  t.same(
    placing().map(({ type }) => type),
    ['OrderPlaced', 'FulfilmentPlanned'],
  )
})

test('an order over an amount goes to review, with its figures and the ways out', async (t) => {
  const reference = shopAfter(ruleOf({ kind: 'amount', over: '1400.00' }))
  const events = placedUnder(reference)
  t.same(
    events.map(({ type }) => type),
    ['OrderPlaced', 'ReviewRequested'],
  )
  t.match(requestIn(events), {
    orderId: ORDER,
    review: 1,
    total: '1419.99',
    reasons: [
      {
        code: 'amount',
        decision: {
          rule: 'rule-amount',
          ruleVersion: 1,
          inputs: { total: '1419.99', over: '1400.00', excess: '19.99' },
          ways: ['order for at most 1400.00', 'approval by brand-ops'],
        },
      },
    ],
    chain: [{ role: 'brand-ops', hours: 24, escalateTo: 'brand-admin', ruleId: 'rule-amount' }],
    dueAt: '2026-01-06T02:00:00.000Z',
  })
  t.same(findings(reference, { total: '1400.00' }), [], 'over is exclusive')
})

test('a rule that rejects ends the order at once, with its figures', async (t) => {
  const reference = shopAfter(
    ruleOf({ kind: 'amount', over: '1' }, { effect: 'reject', chain: [] }),
  )
  const events = placedUnder(reference)
  t.match(events.at(1), {
    type: 'OrderRejected',
    data: { code: 'review-rejected', decision: { rule: 'rule-amount', inputs: { over: '1' } } },
  })
  const [refused] = reviewEvents(asked, { review: 2, amendment: 1 }, inShop({ reference }))
  t.match(refused, { type: 'AmendmentRefused', data: { amendment: 1, code: 'review-rejected' } })
})

test('special goods are those their product marks, or those a rule names', async (t) => {
  const special = shopAfter(productOf('SWORD', { special: true, category: 'arms' }))
  t.same(codes(findings(special)), [])
  const lines = [{ sku: 'SWORD', quantity: 1 }]
  t.match(findings(special, { lines }), [
    {
      reason: {
        code: 'special-goods',
        decision: { rule: 'special-goods', ruleVersion: 0, inputs: { lines } },
      },
    },
  ])
  const named = shopAfter(ruleOf({ kind: 'special-goods', categories: ['drinks'] }))
  t.match(findings(named), [{ reason: { decision: { ways: ['leave out TEA', String] } } }])
  t.same(codes(findings(shopAfter(ruleOf({ kind: 'special-goods', skus: ['MILK'] })))), [])
})

test('a burst is so many orders from one address within the minutes, this one included', async (t) => {
  const rule = ruleOf({ kind: 'burst', by: 'address', orders: 3, minutes: 10 })
  const actor = { ...BUYER, address: '10.0.0.7' }
  const at = (orderId: string, minutesAgo: number, address = '10.0.0.7') => ({
    ...{ orderId, minutesAgo, total: '1.00', dealerId: 'D2' },
    actor: { ...actor, address },
  })
  const judge = (reference: Reference, overrides = {}) =>
    reviewReasons(asked, inShop({ reference, actor, ...overrides }))
  const two = withEarlier(shopAfter(rule), at('O1', 5), at('O2', 9))
  t.match(judge(two), [
    { reason: { code: 'burst', decision: { inputs: { orders: 3, others: ['O2', 'O1'] } } } },
  ])
  t.same(judge(withEarlier(shopAfter(rule), at('O1', 5), at('O2', 11))), [], 'too long ago')
  t.same(judge(withEarlier(shopAfter(rule), at('O1', 5), at('O2', 5, '10.0.0.8'))), [])
  t.same(judge(two, { actor: BUYER }), [], 'an unknown address is not everybody’s')
  t.same(judge(two, { actor: { ...actor, role: 'erp' } }), [], 'one machine sends for many')
})

test('a burst of one dealer is counted whatever the address', async (t) => {
  const rule = ruleOf({ kind: 'burst', by: 'dealer', orders: 2, minutes: 60 })
  const earlier = { orderId: 'O1', minutesAgo: 5, total: '1.00' }
  t.same(codes(findings(withEarlier(shopAfter(rule), earlier))), ['burst'])
  t.same(codes(findings(withEarlier(shopAfter(rule), { ...earlier, dealerId: 'D2' }))), [])
  const itself = { ...earlier, orderId: asked.orderId }
  t.same(codes(findings(withEarlier(shopAfter(rule), itself))), [], 'an amended order counts once')
})

test('an order cut into pieces under a threshold is found by what they make together', async (t) => {
  const rule = ruleOf({ kind: 'order-cut-up', threshold: '2000.00', minutes: 60 })
  const piece = { orderId: 'O1', minutesAgo: 5, total: '600.00' }
  t.match(findings(withEarlier(shopAfter(rule), piece)), [
    {
      reason: {
        code: 'order-cut-up',
        decision: {
          inputs: { together: '2019.99', orders: [{ orderId: 'O1', total: '600.00' }] },
          ways: ['order for at most 1400.00', 'order later', String],
        },
      },
    },
  ])
  const none = (what: string, ...earlier: Parameters<typeof withEarlier>[1][]) =>
    t.same(codes(findings(withEarlier(shopAfter(rule), ...earlier))), [], what)
  none('together not over it', { ...piece, total: '580.01' })
  none('one of them was over it: it was looked at for itself', { ...piece, total: '2000.01' })
  none('another dealer’s', { ...piece, dealerId: 'D2' })
  none('too long ago', { ...piece, minutesAgo: 61 })
  t.same(codes(findings(shopAfter(rule))), [], 'one order is no pieces')
})

test('a piece that was rejected, cancelled or made smaller counts no more', async (t) => {
  const rule = ruleOf({ kind: 'order-cut-up', threshold: '2000.00', minutes: 60 })
  const before = withEarlier(shopAfter(rule), { orderId: 'O1', minutesAgo: 5, total: '600.00' })
  const ends: readonly DecidedEvent[] = [
    OrderRejected({ orderId: 'O1', code: 'x', message: 'x' }),
    OrderCancelled({ orderId: 'O1', fulfilments: [] }),
    { type: 'OrderLapsed', data: { orderId: 'O1', code: 'unpaid', message: 'x' } },
    { type: 'OrderAmended', data: { orderId: 'O1', total: '10.00' } },
  ]
  for (const end of ends) {
    t.same(codes(findings(evolveReference(before, recorded('order-O1', end)))), [], end.type)
  }
})

test('everything that a watched dealer orders is looked at', async (t) => {
  const reference = shopAfter(ruleOf({ kind: 'dealer', dealerId: 'D1' }))
  t.same(codes(findings(reference)), ['dealer'])
  t.same(codes(findings(reference, { dealerId: 'D2' })), [])
})

test('a rule holds from its start to its end, and not once it was ended', async (t) => {
  const when = { kind: 'amount', over: '1' } as const
  const holds = (from: string | undefined, to: string | undefined) =>
    findings(shopAfter(ruleOf(when, { ...(from && { from }), ...(to && { to }) }))).length === 1
  t.ok(holds('2026-01-05T02:00:00.000Z', undefined), 'from is inclusive')
  t.notOk(holds('2026-01-05T02:00:00.001Z', undefined))
  t.notOk(holds(undefined, '2026-01-05T02:00:00.000Z'), 'to is exclusive')
  t.ok(holds(undefined, '2026-01-05T02:00:00.001Z'))
  const ended = ReviewRuleEnded({ ruleId: 'rule-amount', version: 1 })
  t.same(findings(shopAfter(ruleOf(when), ended)), [])
})

test('the next version of a rule replaces the one before', async (t) => {
  const first = ruleOf({ kind: 'amount', over: '1' })
  const second = ruleOf({ kind: 'amount', over: '5000' }, { version: 2 })
  t.same(findings(shopAfter(first, second)), [])
})

test('several rules make one chain, with each role as often as one rule asks for it', async (t) => {
  const reference = shopAfter(
    ruleOf({ kind: 'amount', over: '1' }, { chain: [{ role: 'brand-ops', hours: 4 }] }),
    ruleOf(
      { kind: 'dealer', dealerId: 'D1' },
      {
        chain: [
          { role: 'brand-ops', hours: 24 },
          { role: 'brand-ops', hours: 24 },
          { role: 'brand-finance', over: '1419.98', hours: 8 },
          { role: 'brand-admin', over: '1419.99', hours: 8 },
        ],
      },
    ),
  )
  t.match(requestIn(placedUnder(reference)), {
    reasons: [{ code: 'amount' }, { code: 'dealer' }],
    chain: [
      { role: 'brand-ops', hours: 4, ruleId: 'rule-amount' },
      { role: 'brand-ops', hours: 24, ruleId: 'rule-dealer' },
      { role: 'brand-finance' },
    ],
    dueAt: '2026-01-05T06:00:00.000Z',
  })
})

test('over the limit, operations approve, and finance too over 50,000.00', async (t) => {
  const [overLimit] = BUILT_IN_RULES
  if (!overLimit) throw new Error('built in')
  const roles = (total: string) => chainOf([overLimit], total).map(({ role }) => role)
  t.same(roles('50000.00'), ['brand-ops'])
  t.same(roles('50000.01'), ['brand-ops', 'brand-finance'])
})

const overLimit = {
  code: 'over-limit',
  message: 'the headroom is 10.00',
  decision: {
    rule: 'credit-insufficient',
    ruleVersion: 1,
    inputs: { headroom: '10.00' },
    ways: [],
  },
}
const request = { orderId: ORDER, reasons: [overLimit], release: '1409.99' }
const placed = (t: Parameters<typeof orders>[0]) => orders(t, inShop()).given(...placing())

test('credit has people look at an order, once', async (t) => {
  const after = placed(t)
    .when((state, context) => requestReview(state, request, context))
    .accepted()
  t.match(after.state, { status: 'review', review: { release: '1409.99', before: 'placed' } })
  after.when((state, context) => requestReview(state, request, context)).changesNothing()
})

test('the rule in force for over-limit decides who approves', async (t) => {
  const chain = [{ role: 'brand-finance', hours: 2 }] as const
  const reference = shopAfter(ruleOf({ kind: 'over-limit' }, { chain: [...chain] }))
  const { decision } = placed(t)
    .in({ reference })
    .when((state, context) => requestReview(state, request, context))
  t.match(requestIn(decision.accepted ? decision.events : []), {
    chain: [{ role: 'brand-finance', ruleId: 'rule-over-limit' }],
  })
})

test('an over-limit order finds a chain though its rule was ended', async (t) => {
  const reference = shopAfter(ReviewRuleEnded({ ruleId: 'over-limit', version: 0 }))
  const { decision } = placed(t)
    .in({ reference })
    .when((state, context) => requestReview(state, request, context))
  t.match(requestIn(decision.accepted ? decision.events : []), { chain: [{ role: 'brand-ops' }] })
})

test('another reason begins the review anew, for both', async (t) => {
  const lost = { ...overLimit, code: 'stock-lost', message: 'SH counted short' }
  const { state } = placed(t)
    .when((before, context) => requestReview(before, request, context))
    .accepted()
    .when((before, context) => requestReview(before, { orderId: ORDER, reasons: [lost] }, context))
    .accepted()
  t.match(state, {
    review: { review: 2, reasons: [overLimit, lost], release: '1409.99', before: 'placed' },
  })
})

test('an order that was decided meanwhile is not put into review', async (t) => {
  placed(t)
    .given(OrderCancelled({ orderId: ORDER, fulfilments: [] }))
    .when((state, context) => requestReview(state, request, context))
    .changesNothing()
  orders(t, inShop())
    .when((state, context) => requestReview(state, request, context))
    .refused('order-unknown')
})

test('what is asked about a confirmed order overtakes an amendment of it that is in review', async (t) => {
  const fulfilments = [{ fulfilmentId: `${ORDER}.1`, warehouseId: 'SH', lines: [] }]
  const reviewed = reviewEvents(
    { ...asked, orderId: ORDER },
    { review: 1, amendment: 1 },
    inShop({ reference: shopAfter(ruleOf({ kind: 'amount', over: '1' })) }),
  )
  const { decision } = placed(t)
    .given({
      ...OrderConfirmed({ orderId: ORDER, fulfilments: [] }),
      data: { orderId: ORDER, fulfilments },
    })
    .given(...reviewed)
    .when((state, context) =>
      requestReview(state, { orderId: ORDER, reasons: [overLimit] }, context),
    )
  t.match(decision, {
    events: [
      AmendmentRefused({
        orderId: ORDER,
        amendment: 1,
        review: 1,
        code: 'order-in-review',
        message: 'the order itself has to be looked at first',
      }),
      { type: 'ReviewRequested', data: { review: 2 } },
    ],
  })
})

test('a rule for nothing that can be known yet does not hold an order up', async (t) => {
  t.same(findings(shop), [])
})
