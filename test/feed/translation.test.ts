/** What the ERP hears of an event, and what it does not. */

import { test } from 'tap'
import { DealerRegistered } from '../../domain/dealer/dealer.ts'
import { PaymentReceived } from '../../domain/facility/cash-events.ts'
import { OrderingFrozen } from '../../domain/facility/credit-events.ts'
import { LateFeesCharged, LateFeesCorrected } from '../../domain/facility/receivable-events.ts'
import { OrderConfirmed, OrderPlaced, OrderRejected } from '../../domain/order/events.ts'
import { StockIssued } from '../../domain/stock/events.ts'
import { WarehouseOpened } from '../../domain/warehouse/warehouse.ts'
import { orderingFrozen } from '../../feed/credit.ts'
import { dealerRegistered } from '../../feed/dealers.ts'
import { numbered, TranslationFailed, translator } from '../../feed/message.ts'
import { orderConfirmed, orderPlaced, orderRejected } from '../../feed/orders.ts'
import { paymentReceived } from '../../feed/payments.ts'
import { publicEvent } from '../../feed/public-event.ts'
import { lateFeesCharged, lateFeesCorrected } from '../../feed/receivables.ts'
import { goodsIssued } from '../../feed/stock.ts'
import { discover } from '../../infra/discover.ts'
import { recorded } from '../support/recorded.ts'

const translate = translator([
  dealerRegistered,
  goodsIssued,
  lateFeesCharged,
  lateFeesCorrected,
  orderConfirmed,
  orderPlaced,
  orderRejected,
  orderingFrozen,
  paymentReceived,
])

test('the envelope is that of CloudEvents 1.0, with our extensions', async (t) => {
  const event = recorded('order-O1', OrderRejected({ orderId: 'O1', code: 'late', message: 'm' }), {
    position: 7n,
    metadata: { traceparent: '00-abc-def-01', effectiveOn: '2026-01-03' },
  })
  const said = translate(event)
  const message = said && numbered(said, 12n)
  t.strictSame(JSON.parse(message?.body ?? '{}'), {
    specversion: '1.0',
    id: event.id,
    source: '/tradeline/orders',
    type: 'tradeline.v1.orders.order-rejected',
    subject: 'O1',
    time: '2026-01-05T02:00:00.000Z',
    datacontenttype: 'application/json',
    sequence: '12',
    sequencetype: 'Integer',
    correlationid: 'correlation',
    traceparent: '00-abc-def-01',
    bookedon: '2026-01-05',
    effectiveon: '2026-01-03',
    data: { orderId: 'O1', code: 'late' },
  })
  t.match(message, {
    subject: 'tradeline.v1.orders.order-rejected',
    eventId: event.id,
    about: 'O1',
  })
})

test('a dealer is heard of as a company: no contact, no assortment', async (t) => {
  const contact = { name: 'Li Wei', phone: '139', email: 'li@example.com' }
  const company = { dealerId: 'D1', name: 'Lucky Trade', level: 'gold', region: 'East' } as const
  const said = translate(
    recorded('dealer-D1', DealerRegistered({ ...company, facilityId: 'D1', contact })),
  )
  t.strictSame(JSON.parse(JSON.stringify(said?.data)), { ...company, facilityId: 'D1' })
})

test('an order is heard of without the person who takes it in, and without notes', async (t) => {
  const money = { amount: '11.30', net: '10.00', tax: '1.30' }
  const line = { lineId: 1, sku: 'A', quantity: 1, unitPrice: '11.30', discount: '0.00', ...money }
  const said = translate(
    recorded(
      'order-O1',
      OrderPlaced({
        ...{ orderId: 'O1', orderNumber: 'N1', dealerId: 'D1', facilityId: 'D1' },
        ...{ shipToRegion: 'East', payment: 'term', placedAt: '2026-01-05T02:00:00.000Z' },
        deliverTo: { address: 'Road 1', contact: { name: 'Li Wei' } },
        note: 'call Li Wei',
        lines: [
          {
            ...line,
            name: 'A',
            productId: 'P',
            listPrice: '12.00',
            taxRate: '0.13',
            divisible: true,
          },
        ],
        charges: [],
        ...{ total: '11.30', net: '10.00', tax: '1.30' },
      }),
    ),
  )
  t.match(said?.data, { orderNumber: 'N1', amount: '11.30', lines: [{ ...line, taxRate: '0.13' }] })
  t.notMatch(JSON.stringify(said?.data), /Li Wei|Road 1/)
})

test('a confirmed order is heard of with its fulfilments', async (t) => {
  const fulfilments = [
    { fulfilmentId: 'O1.1', warehouseId: 'SH', lines: [{ sku: 'A', quantity: 2 }] },
    { fulfilmentId: 'O1.2', warehouseId: 'BJ', lines: [{ sku: 'B', quantity: 1 }] },
  ]
  const said = translate(recorded('order-O1', OrderConfirmed({ orderId: 'O1', fulfilments })))
  t.strictSame(said?.data, { orderId: 'O1', fulfilments })
})

test('goods issued are heard of with their cost, and without a journal', async (t) => {
  const lines = [
    { sku: 'A', quantity: 2, cost: '999999999999999.99' },
    { sku: 'B', quantity: 1, cost: '999999999999999.99' },
  ]
  const place = { warehouseId: 'SH', orderId: 'O1', fulfilmentId: 'O1.1' }
  const said = translate(recorded('stock-SH', StockIssued({ ...place, lines, journal: [] })))
  t.strictSame(said?.data, {
    ...{ ...place, shipmentId: 'O1.1', lines },
    ...{ cost: '1999999999999999.98', currency: 'CNY', issuedOn: '2026-01-05' },
  })
})

test('a payment is heard of with what it settled, at its value date', async (t) => {
  const allocations = [{ receivableId: 'D1.1', amount: '60.00' }]
  const payment = { paymentId: 'P1', dealerId: 'D2', amount: '100.00', unapplied: '40.00' }
  const event = PaymentReceived(
    { ...payment, method: 'bank-transfer', allocations, journal: [] },
    { effectiveOn: '2026-01-02' },
  )
  const said = translate(recorded('facility-D1', event))
  t.strictSame(said?.data, {
    ...{ paymentId: 'P1', facilityId: 'D1', dealerId: 'D2', method: 'bank-transfer' },
    ...{ amount: '100.00', allocations, unapplied: '40.00' },
    ...{ currency: 'CNY', receivedOn: '2026-01-02' },
  })
})

test('late fees are heard of with their totals, and what was taken back of them', async (t) => {
  const fee = { receivableId: 'D1.2', ofReceivableId: 'D1.1', dealerId: 'D2' }
  const part = {
    ...fee,
    orderId: 'O1',
    dueOn: '2026-01-01',
    amount: '1.06',
    net: '1.00',
    tax: '0.06',
  }
  const date = '2026-01-05'
  const charged = LateFeesCharged({ date, fees: [part, part], journal: [] })
  t.strictSame(translate(recorded('facility-D1', charged))?.data, {
    ...{ facilityId: 'D1', date, fees: [part, part] },
    ...{ amount: '2.12', net: '2.00', tax: '0.12', currency: 'CNY' },
  })
  const back = { ...fee, open: '0.50', paid: '0.56', net: '1.00', tax: '0.06' }
  const corrected = LateFeesCorrected({ date, corrections: [back], journal: [] })
  t.match(translate(recorded('facility-D1', corrected))?.data, {
    ...{ date, corrections: [{ ...fee, amount: '1.06', paid: '0.56' }] },
    ...{ amount: '1.06', net: '1.00', tax: '0.06' },
  })
})

test('what nobody declared is not said', async (t) => {
  const event = WarehouseOpened({ warehouseId: 'W', name: 'W', regions: ['E'], priority: 1 })
  t.equal(translate(recorded('warehouse-W', event)), undefined)
})

test('a translation that does not fit its schema is named, with the position', async (t) => {
  const broken = publicEvent({
    ...{ area: 'orders', name: 'order-rejected', version: 1, description: '' },
    from: OrderRejected,
    schema: orderConfirmed.schema,
    translate: () => ({}),
  })
  const event = OrderRejected({ orderId: 'O1', code: 'late', message: 'm' })
  const say = () => translator([broken])(recorded('order-O1', event, { position: 9n }))
  t.throws(say, TranslationFailed)
  t.throws(say, { position: 9n, message: /at position 9/ })
})

test('two public events of one private event are refused', async (t) => {
  t.throws(() => translator([orderRejected, { ...orderRejected, type: 'other' }]), /both from/)
})

test('all declarations together make one feed', async (t) => {
  const { publicEvents } = await discover(new URL('../../', import.meta.url).pathname)
  t.doesNotThrow(() => translator(publicEvents.values()))
  t.ok(publicEvents.size >= 14)
})

test('the ERP hears why a dealer is frozen, and not what finance wrote about it', async (t) => {
  const frozen = { dealerId: 'A1', cause: 'overdue' as const, receivableIds: ['ROOT.1'] }
  const said = translate(recorded('facility-ROOT', OrderingFrozen({ ...frozen, reason: 'late' })))
  const message = said && numbered(said, 1n)
  t.equal(message?.about, 'A1')
  t.strictSame(JSON.parse(message?.body ?? '{}').data, { facilityId: 'ROOT', ...frozen })
})
