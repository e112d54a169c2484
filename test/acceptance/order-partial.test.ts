import tap, { test } from 'tap'
import { textOf } from './http.ts'
import { addProduct, order, receive, ship, smallShop } from './shop.ts'
import { startSystem } from './system.ts'

const system = await startSystem(tap, { STOCK_SHORT: 'partial' })
const staff = await smallShop(system)
const buyer = await system.person('dealer-buyer', 'D')

const MILK = (quantity: number) => ({ sku: 'MILK', quantity })

test('what there is of an order is confirmed, at amounts that add up with those of the rest', async (t) => {
  await addProduct(staff, { sku: 'MILK', basePrice: '10.2254' })
  await receive(staff, 'W', 'MILK', 50)
  const { body } = await order(buyer, 'D', [MILK(120), { sku: 'S', quantity: 1 }])
  t.match(body, {
    status: 'confirmed',
    total: '521.27',
    lines: [
      { sku: 'MILK', quantity: 50, amount: '511.27' },
      { sku: 'S', quantity: 1 },
    ],
    statusReason: {
      code: 'stock-insufficient',
      message: 'too little in stock: 70 of MILK will not be served',
      decision: { inputs: { dropped: [MILK(70)] } },
    },
  })
  const orderId = textOf(body, 'orderId')
  await system.seen()
  const { body: read } = await staff.ops.get(`/orders/${orderId}`)
  t.match(read, {
    total: '521.27',
    lines: [{ quantity: 50, net: '452.45' }, { quantity: 1 }],
    statusReason: { decision: { inputs: { dropped: [MILK(70)] } } },
  })
  const shipped = await ship(staff, `${orderId}.1`)
  t.equal(shipped.body.amount, '521.27')
  await system.seen()
  const { body: credit } = await staff.finance.get('/dealers/D/credit')
  t.match(credit, { holds: '0.00', receivables: '521.27' })
})

test('an order of which there is nothing is rejected', async (t) => {
  await addProduct(staff, { sku: 'NONE', basePrice: '1.00' })
  const { body } = await order(buyer, 'D', [{ sku: 'NONE', quantity: 3 }])
  t.match(body, { status: 'rejected', statusReason: { code: 'stock-insufficient' } })
})
