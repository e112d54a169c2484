import { test } from 'tap'
import { ORDER_EVENTS, OrderPlaced } from '../../../domain/order/events.ts'
import type { PlaceOrder } from '../../../domain/order/place.ts'
import { placeOrder } from '../../../domain/order/place.ts'
import { DEFAULT_POLICY } from '../../../domain/policy.ts'
import {
  asking,
  inShop,
  OPERATIONS,
  ORDER,
  orders,
  placing,
  productOf,
  shop,
  stocked,
  viewOf,
} from './shop.ts'

const place =
  (input: PlaceOrder = asking()) =>
  (...[state, context]: Parameters<Parameters<ReturnType<typeof orders>['when']>[0]>) =>
    placeOrder(state, input, context)

function placed(input: PlaceOrder, context = inShop()) {
  const event = placing(input, context).find(({ type }) => type === 'OrderPlaced')
  return OrderPlaced.schema.parse(event?.data)
}

test('each line is priced at its base price, and its tax taken by itself', async (t) => {
  const { lines, total, net, tax } = placed(asking())
  t.match(lines, [
    {
      lineId: 1,
      sku: 'MILK',
      unitPrice: '11.00',
      amount: '1320.00',
      net: '1168.14',
      tax: '151.86',
    },
    { lineId: 2, sku: 'TEA', unitPrice: '33.33', amount: '99.99', net: '88.49', tax: '11.50' },
  ])
  t.same([total, net, tax], ['1419.99', '1256.63', '163.36'])
})

test('a line of goods priced by the gram is rounded once, half up', async (t) => {
  const { lines } = placed(asking({ lines: [{ sku: 'RICE', quantity: 500 }] }))
  t.match(lines, [{ unitPrice: '0.0125', amount: '6.25' }])
})

test('the order number is the order id unless the dealer gives one', async (t) => {
  t.equal(placed(asking()).orderNumber, ORDER)
  t.equal(placed(asking({ orderNumber: 'PO-7' })).orderNumber, 'PO-7')
})

test('where it goes is personal data of the dealer, the region is not', async (t) => {
  const shipTo = { region: 'East', address: '1 Bund', contact: 'Mei' }
  const order = placed(asking({ shipTo }))
  t.match(order, {
    shipToRegion: 'East',
    deliverTo: { address: '1 Bund', contact: { name: 'Mei' } },
  })
  t.same(OrderPlaced.personal?.fields, ['deliverTo'])
  t.equal(OrderPlaced.personal?.subject(order), 'D1')
})

test('the split is planned with the order, and holds its total for fifteen minutes', async (t) => {
  t.match(placing().at(1), {
    type: 'FulfilmentPlanned',
    data: {
      attempt: 1,
      attemptsAllowed: 5,
      facilityId: 'ROOT',
      toHold: '1419.99',
      expiresAt: '2026-01-05T02:15:00.000Z',
      parts: [
        { warehouseId: 'SH', lines: [{ sku: 'MILK', quantity: 120 }] },
        { warehouseId: 'BJ', lines: [{ sku: 'TEA', quantity: 3 }] },
      ],
      shortages: [],
    },
  })
})

test('an order that no warehouse can serve is placed all the same, with what is missing', async (t) => {
  const lines = [{ sku: 'MILK', quantity: 1200 }]
  t.match(placing(asking({ lines })).at(1), {
    data: { shortages: [{ sku: 'MILK', wanted: 1200, missing: 200 }] },
  })
})

test('an override and charges are the brand’s, with their reason', async (t) => {
  const overridden = asking({
    lines: [
      { sku: 'MILK', quantity: 7, priceOverride: { unitPrice: '10.4275', reason: '5% off' } },
    ],
    charges: [{ kind: 'freight', amount: '32.38', taxRate: '0.09' }],
  })
  const order = placed(overridden, inShop({ actor: OPERATIONS }))
  t.match(order.lines, [
    { unitPrice: '10.4275', listPrice: '11.00', overrideReason: '5% off', amount: '72.99' },
  ])
  t.same(order.charges, [
    { kind: 'freight', amount: '32.38', net: '29.71', tax: '2.67', taxRate: '0.09' },
  ])
  t.equal(order.total, '105.37')
  orders(t, inShop())
    .when(place(overridden))
    .refused('price-override-forbidden', { role: 'dealer-buyer', lines: [{ sku: 'MILK' }] })
})

test('charges alone are refused to a dealer as well', async (t) => {
  const charges = [{ kind: 'freight', amount: '1.00', taxRate: '0' }] as const
  const { decision } = orders(t, inShop()).when(place(asking({ charges })))
  t.match(decision, { refusal: { kind: 'forbidden', code: 'price-override-forbidden' } })
})

test('what is known at once is refused with every line it concerns, and how to mend it', async (t) => {
  const refusedFor = (lines: PlaceOrder['lines'], dealerId = 'D1') =>
    orders(t, inShop()).when(place(asking({ lines, dealerId })))
  const two = (first: string, second: string) => [
    { sku: first, quantity: 600 },
    { sku: second, quantity: 700 },
  ]
  refusedFor(two('NONE', 'NEITHER')).refused('sku-unknown', { skus: ['NONE', 'NEITHER'] })
  refusedFor(two('MILK', 'MILK')).refused('line-twice', {
    lines: [{ sku: 'MILK', quantity: 1300 }],
  })
  refusedFor(two('OLD', 'MILK')).refused('sku-unlisted', { skus: ['OLD'], products: ['P-OLD'] })
  refusedFor(two('MILK', 'TEA'), 'D2').refused('assortment-forbidden', {
    dealerId: 'D2',
    lines: [{ sku: 'MILK', category: 'food' }],
  })
  refusedFor([{ sku: 'RICE', quantity: 250 }]).refused('below-minimum', {
    lines: [{ sku: 'RICE', quantity: 250, minimum: 500 }],
  })
  const { decision } = refusedFor([{ sku: 'RICE', quantity: 600 }])
  t.match(decision, {
    refusal: { code: 'order-multiple', decision: { ways: ['order 500 or 750 of RICE'] } },
  })
})

test('a dealer that is not registered can’t order', async (t) => {
  orders(t, inShop())
    .when(place(asking({ dealerId: 'X' })))
    .refused('dealer-unknown', { dealerId: 'X' })
})

test('an order under the least amount is refused with what is missing', async (t) => {
  const policy = { ...DEFAULT_POLICY, minimumOrderAmount: '1500.00' }
  const { decision } = orders(t, inShop({ policy })).when(place())
  t.match(decision, {
    refusal: {
      code: 'below-minimum',
      decision: {
        inputs: { total: '1419.99', minimum: '1500.00', missing: '80.01' },
        ways: ['order for 80.01 more'],
      },
    },
  })
  orders(t, inShop({ policy: { ...policy, minimumOrderAmount: '1419.99' } }))
    .when(place())
    .accepted()
})

test('a prepaid order takes no credit; its total is awaited, with the stock set aside so long', async (t) => {
  const [, plan] = placing(asking({ payment: 'prepaid' }))
  t.match(plan, {
    data: { toHold: '0.00', prepayment: '1419.99', expiresAt: '2026-01-06T02:00:00.000Z' },
  })
})

test('a plan that is short asks for the credit of what it can serve, where parts are served', async (t) => {
  const policy = { ...DEFAULT_POLICY, stockShort: 'partial' as const }
  const lines = [{ sku: 'MILK', quantity: 1200 }]
  t.match(placing(asking({ lines }), inShop({ policy })).at(1), {
    data: { stockShort: 'partial', toHold: '11000.00', shortages: [{ missing: 200 }] },
  })
})

test('what is served in part is sold in whole multiples, and no less than the least quantity', async (t) => {
  const policy = { ...DEFAULT_POLICY, stockShort: 'partial' as const }
  const terms = { basePrice: '1.00', orderMultiple: 5, moq: 10 }
  const stocks = { FEW: 9, SOME: 13 }
  const goods = Object.entries(stocks).flatMap(([sku, quantity]) => [
    productOf(sku, terms),
    stocked('SH', sku, quantity),
  ])
  const reference = { ...viewOf(...goods), dealers: shop.dealers, warehouses: shop.warehouses }
  const lines = Object.keys(stocks).map((sku) => ({ sku, quantity: 20 }))
  t.match(placing(asking({ lines }), inShop({ policy, reference })).at(1), {
    data: {
      toHold: '10.00',
      parts: [{ warehouseId: 'SH', lines: [{ sku: 'SOME', quantity: 10 }] }],
      shortages: [
        { sku: 'FEW', wanted: 20, missing: 20 },
        { sku: 'SOME', wanted: 20, missing: 10 },
      ],
    },
  })
})

test('a total that no amount can hold is refused', async (t) => {
  const priceOverride = { unitPrice: '999999999999999.9999', reason: 'mistyped' }
  const lines = [{ sku: 'MILK', quantity: 1_000_000_000, priceOverride }]
  orders(t, inShop({ actor: OPERATIONS }))
    .when(place(asking({ lines })))
    .refused('amount-out-of-range', { most: '999999999999999.99' })
})

test('an order is placed once', async (t) => {
  orders(t, inShop())
    .given(...placing())
    .when(place())
    .refused('order-exists', { orderId: ORDER })
})

test('what is written fits its schema', async (t) => {
  const input = asking({ note: 'ring twice', requestedOn: '2026-01-09', orderNumber: 'PO-7' })
  for (const { type, data } of placing(input)) t.doesNotThrow(() => schemaOf(type).parse(data))
})

function schemaOf(type: string) {
  const definition = ORDER_EVENTS.find(({ eventType }) => eventType === type)
  if (!definition) throw new Error(`${type} is no event of an order`)
  return definition.schema
}
