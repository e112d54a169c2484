import { test } from 'tap'
import { PlaceOrder } from '../../commands/orders.ts'
import { loadNorthwind } from '../../demo/demo.ts'
import { overrideReason, priceThenOf } from '../../demo/orders.ts'
import { FIRST_DAY, planOf } from '../../demo/plan.ts'
import { KNOWN } from '../../demo/summary.ts'
import { ordersOf, type Transfer } from '../../demo/transfers.ts'
import { addDays } from '../../domain/kernel/dates.ts'
import { decimal, round, sum } from '../../domain/kernel/money.ts'

const data = await loadNorthwind()
const plan = planOf(data)
const lines = plan.orders.flatMap((order) => order.lines)

test('the plan holds all orders and lines', async (t) => {
  t.equal(plan.orders.length, KNOWN.orders)
  t.equal(lines.length, KNOWN.lines)
})

test('the unit prices of the plan add up to the known amounts, to the last place', async (t) => {
  const amounts = lines.map(({ unitPrice, quantity }) => decimal(unitPrice).times(quantity))
  t.equal(sum(amounts).toString(), KNOWN.linesAfterDiscount)
  t.equal(sum(amounts.map(round)).toString(), KNOWN.linesRounded)
})

test('a line sold at its list price is not overridden', async (t) => {
  const atListPrice = lines.filter(({ priceOverride }) => priceOverride === undefined)
  t.equal(atListPrice.length, 915)
})

test('the reason of an override names the price before discount', async (t) => {
  t.equal(overrideReason('14', '0'), 'price of the time 14.00')
  t.equal(overrideReason('9.8', '0.15'), 'price of the time 9.80, less 15%')
  t.equal(priceThenOf('price of the time 9.80, less 15%')?.toString(), '9.8')
  t.equal(priceThenOf('price of the time 14.00')?.toString(), '14')
  t.equal(priceThenOf('a friend of the house'), undefined)
})

test('every order is one that the command takes', async (t) => {
  const refused = plan.orders.filter(
    ({ place }) => !PlaceOrder.schema.safeParse(place.body).success,
  )
  t.strictSame(refused, [])
})

test('every order is placed on its date, and all that are shipped are delivered and paid', async (t) => {
  const count = (step: 'placed' | 'shipped' | 'delivered') =>
    plan.days.reduce((total, day) => total + day[step].length, 0)
  t.equal(count('placed'), 830)
  for (const step of ['shipped', 'delivered'] as const) t.equal(count(step), 809, step)
  t.equal(plan.transfers.flatMap(ordersOf).length, 809, 'paid')
  const early = plan.orders.filter(
    ({ placedOn, shipping }) =>
      shipping &&
      !(placedOn < shipping.shippedOn && shipping.shippedOn < shipping.deliveredOn) &&
      !(shipping.deliveredOn < shipping.paidOn),
  )
  t.strictSame(early, [])
})

test('the days are all calendar days from the first order on', async (t) => {
  t.equal(plan.days[0]?.date, FIRST_DAY)
  const dates = plan.days.map(({ date }) => Date.parse(date))
  const apart = new Set(dates.slice(1).map((date, index) => date - (dates[index] ?? 0)))
  t.strictSame([...apart], [86_400_000])
})

test('what is received is what is ordered and what is left in stock', async (t) => {
  const receipts = plan.days.flatMap(({ receipts: requests }) => requests)
  const received = receipts.reduce((total, { body }) => total + Number(body.quantity), 0)
  const ordered = lines.reduce((total, { quantity }) => total + quantity, 0)
  const left = [...data.products.values()].reduce((total, row) => total + row.units_in_stock, 0)
  t.equal(received, ordered + left)
})

test('three lines in a hundred are odd, of every kind', async (t) => {
  const odd = plan.transfers.flatMap(({ oddity }) => oddity ?? [])
  t.ok(Math.abs(odd.length / plan.transfers.length - 0.03) < 0.01, `${odd.length} lines`)
  t.strictSame(new Set(odd), new Set(['bare', 'short', 'twice', 'stranger', 'together']))
})

test('statements hold every transfer once, on the Friday or the end of the month after it', async (t) => {
  const stated = plan.days.flatMap(({ date, statement }) =>
    statement.map((transfer) => ({ date, transfer })),
  )
  t.strictSame(stated.map(({ transfer }) => transfer.bankId).sort(), ids(plan.transfers))
  t.equal(new Set(ids(plan.transfers)).size, plan.transfers.length)
  t.strictSame(
    stated.filter(({ date, transfer: { on } }) => on > date || addDays(on, 6) < date),
    [],
  )
})

function ids(transfers: readonly Transfer[]): readonly string[] {
  return transfers.map(({ bankId }) => bankId).sort()
}

test('what customers pay is what was shipped to them, but for what banks keep', async (t) => {
  const orders = plan.orders.filter(({ shipping }) => shipping !== undefined)
  const paying = plan.transfers.filter(({ truth }) => truth.kind === 'orders')
  const short = paying.flatMap(({ truth }) => (truth.kind === 'orders' ? [truth.short] : []))
  const paid = sum([...paying.map(({ amount }) => amount), ...short].map((text) => decimal(text)))
  t.equal(paid.toString(), sum(orders.map(({ total }) => decimal(total))).toString())
})

test('no key is used for two requests', async (t) => {
  const requests = [
    ...plan.setUp.flat(),
    ...plan.days.flatMap(({ receipts }) => receipts),
    ...plan.orders.map(({ place }) => place),
  ]
  t.equal(new Set(requests.map(({ key }) => key)).size, requests.length)
})
