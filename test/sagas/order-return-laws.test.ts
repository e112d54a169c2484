/** However a return's steps interleave with shipments, money and each other, it comes to its end. */

import assert from 'node:assert'
import fc from 'fast-check'
import { test } from 'tap'
import type { EventOf } from '../../domain/kernel/event.ts'
import type { Journal } from '../../domain/kernel/journal.ts'
import { decimal, sum, toAmount } from '../../domain/kernel/money.ts'
import type { StockReturned } from '../../domain/stock/events.ts'
import { ORDER } from '../domain/order/shop.ts'
import { type ReturnWorld, returnWorld } from './return-world.ts'

/** More runs, or others, on request. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 150)
const SEED = Number(process.env.PROPERTY_SEED ?? 20260105)

const ANN = { user: 'ann', role: 'brand-finance' }
const BEN = { user: 'ben', role: 'brand-admin' }
const CLERK = { user: 'olga', role: 'brand-ops' }

/** Something that can happen at any time; what, and to which, the choice says. */
async function happen(world: ReturnWorld, choice: number): Promise<void> {
  const which = Math.floor(choice / 40)
  const kind = choice % 40
  if (kind < 12) world.seeNext(which)
  else if (kind < 22) await world.arrive(which)
  else if (kind === 22) await world.arrive(which, true)
  else if (kind === 23) seeAgain(world, which)
  else if (kind < 26) world.lookAgain()
  else await ACTS[kind % ACTS.length]?.(world, which)
}

/** Events that an instance begins with; the runner gives them once, for it ends with its checkpoint. */
const BEGINNINGS = ['FulfilmentShipped', 'ReturnReceived', 'RefundRequested', 'PaymentCaptured']

function seeAgain(world: ReturnWorld, which: number): void {
  const news = [...world.unseen.values()].flat()
  const seen = world.log.filter((one) => !news.includes(one) && !BEGINNINGS.includes(one.type))
  const event = seen[which % Math.max(seen.length, 1)]
  if (event) world.see(event)
}

const ACTS: readonly ((world: ReturnWorld, which: number) => Promise<unknown>)[] = [
  ship,
  (world, which) =>
    world.decide('DeliverFulfilment', { fulfilmentId: `${ORDER}.${(which % 2) + 1}` }, CLERK),
  request,
  request,
  (world, which) => approve(world, which),
  (world, which) => receive(world, which),
  pay,
]

async function ship(world: ReturnWorld, which: number): Promise<void> {
  const fulfilmentId = `${ORDER}.${(which % 2) + 1}`
  const some = [{ sku: 'MILK', quantity: 1 + (which % 30) }]
  const lines = which % 3 === 0 ? {} : { lines: some }
  const carriage = { carrier: 'SF', trackingNumber: 'SF1' }
  await world.decide('ShipFulfilment', { fulfilmentId, ...carriage, ...lines }, CLERK)
}

async function request(world: ReturnWorld, which: number): Promise<void> {
  const sku = which % 5 === 0 ? 'TEA' : 'MILK'
  const quantity = sku === 'TEA' ? 1 + (which % 3) : 1 + (which % 70)
  const lines = [{ sku, quantity, reason: 'leaks' }]
  await world.decide('RequestReturn', { orderId: ORDER, lines }, CLERK)
}

function returnsIn(world: ReturnWorld, status: string) {
  return world.order().returning.returns.filter((one) => one.status === status)
}

async function approve(world: ReturnWorld, which: number): Promise<void> {
  const open = returnsIn(world, 'requested')
  const returnId = open[which % Math.max(open.length, 1)]?.returnId
  if (returnId === undefined) return
  const restockingFee = which % 3 === 0 ? toAmount(decimal(which % 500).dividedBy(100)) : '0'
  if (which % 11 === 0) await world.decide('RejectReturn', { returnId, reason: 'no' }, CLERK)
  else await world.decide('ApproveReturn', { returnId, restockingFee }, CLERK)
}

/** All that was approved comes, or some of it; a part can't be sold again. */
async function receive(world: ReturnWorld, which: number, isWhole = false): Promise<void> {
  const open = returnsIn(world, 'approved')
  const found = open[which % Math.max(open.length, 1)]
  const line = found?.approved?.lines[0]
  if (found === undefined || line === undefined) return
  const { sku } = line
  const quantity = isWhole || which % 2 === 0 ? line.quantity : 1 + (which % line.quantity)
  const good = which % (quantity + 1)
  const lines = [
    { sku, quantity: good, resalable: true },
    { sku, quantity: quantity - good, resalable: false },
  ].filter((one) => one.quantity > 0)
  const place = which % 7 === 0 ? { warehouseId: 'BJ' } : {}
  await world.decide('ReceiveReturn', { returnId: found.returnId, lines, ...place }, CLERK)
}

const PAYMENTS = ['P1', 'P2'] as const

async function pay(world: ReturnWorld, which: number): Promise<void> {
  const paymentId = PAYMENTS[which % 2] ?? 'P1'
  if (world.payment(paymentId) !== undefined) return
  const amount = toAmount(decimal(1 + (which % 1400)))
  const payment = { dealerId: 'D1', amount, method: 'bank-transfer', orderIds: [ORDER] }
  const refused =
    (await world.decide('InitiatePayment', payment, ANN, paymentId)) ??
    (await world.decide('CapturePayment', { paymentId }, ANN))
  if (refused !== undefined) throw new Error(refused)
}

/** Does what is left to do: all is shipped and delivered, and, if asked for, all comes back. */
async function finish(world: ReturnWorld, isAllBack: boolean): Promise<void> {
  for (const part of [1, 2]) {
    const fulfilmentId = `${ORDER}.${part}`
    await world.decide('ShipFulfilment', { fulfilmentId, carrier: 'SF', trackingNumber: 'SF1' })
    await world.decide('DeliverFulfilment', { fulfilmentId }, CLERK)
  }
  for (const { returnId } of returnsIn(world, 'requested')) {
    await world.decide('ApproveReturn', { returnId }, CLERK)
  }
  await receiveAll(world)
  if (isAllBack) {
    const lines = leftOf(world)
    if (lines.length > 0) await world.decide('RequestReturn', { orderId: ORDER, lines }, CLERK)
    for (const { returnId, requested } of returnsIn(world, 'requested')) {
      await world.decide('ApproveReturn', { returnId }, CLERK)
      const came = requested.lines.map(({ sku, quantity }) => ({ sku, quantity, resalable: true }))
      await world.decide('ReceiveReturn', { returnId, lines: came }, CLERK)
    }
  }
  await settle(world)
}

async function receiveAll(world: ReturnWorld): Promise<void> {
  for (const _ of returnsIn(world, 'approved')) await receive(world, 0, true)
}

function leftOf(world: ReturnWorld) {
  const left = new Map<string, number>()
  for (const { lines } of world.order().returning.shipments) {
    for (const { sku, quantity, back } of lines) {
      left.set(sku, (left.get(sku) ?? 0) + quantity - back)
    }
  }
  return [...left]
    .filter(([, quantity]) => quantity > 0)
    .map(([sku, quantity]) => ({ sku, quantity, reason: 'all of it' }))
}

/** Refunds are paid until there is none to pay. */
async function settle(world: ReturnWorld): Promise<void> {
  for (let round = 0; round < 20; round++) {
    world.lookAgain()
    await world.settle()
    for (const refundId of world.refundIds()) {
      const status = world.refund(refundId)?.status
      if (status === 'requested') await world.decide('ApproveRefund', { refundId }, BEN)
      if (status === 'due') await world.decide('PayRefund', { refundId }, ANN)
    }
  }
}

type Credited = Readonly<{ returnId: string; amount: string; net: string; refundPayable: string }>

function dataOf<Data>(world: ReturnWorld, type: string): readonly Data[] {
  return world.log.filter((event) => event.type === type).map(({ data }) => data as Data)
}

/** Debits less credits of an account, over all that was booked. */
function balanceOf(world: ReturnWorld, account: string): string {
  const lines = world.log.flatMap(({ data }) => (data as { journal?: Journal }).journal ?? [])
  return toAmount(
    sum(
      lines
        .filter((line) => line.account === account)
        .map(({ debit = '0', credit = '0' }) => decimal(debit).minus(credit)),
    ),
  )
}

function ended(world: ReturnWorld): void {
  if (world.failures.length > 0) throw new Error(world.failures.join())
  if (world.instances().length > 0) throw new Error(JSON.stringify(world.instances()))
  const { returns } = world.order().returning
  const came = returns.filter(({ received }) => received !== undefined)
  const open = came.filter(({ status }) => status !== 'closed')
  if (open.length > 0) throw new Error(`${open.map(({ returnId }) => returnId)} end never`)
  const credits = dataOf<Credited>(world, 'ReturnCredited')
  for (const { returnId, received } of came) {
    const [credit, ...more] = credits.filter((one) => one.returnId === returnId)
    if (credit === undefined || more.length > 0) throw new Error(`${returnId}: ${more.length}`)
    if (credit.amount !== received?.amount) throw new Error(`${returnId} is worth ${credit.amount}`)
    const paid = world
      .refundIds()
      .map((id) => world.refund(id))
      .filter((one) => one?.requested.returnId === returnId && one.status === 'paid')
    const back = toAmount(sum(paid.map((one) => decimal(one?.requested.amount ?? '0'))))
    if (back !== credit.refundPayable) throw new Error(`${returnId} gave ${back} back`)
  }
  if (balanceOf(world, '2241.02') !== '0.00') throw new Error('refunds are payable for ever')
}

type OfReturn = Readonly<{ returnId: string }>
type PutAway = EventOf<typeof StockReturned>['data']

/** Each place puts its part away once, as counted; only then is the return over. */
function putAwayOnce(world: ReturnWorld): void {
  const ends = world.log.filter(({ type }) => type === 'ReturnClosed')
  for (const { data, position } of ends) {
    const { returnId } = data as OfReturn
    const places = world.order().returning.returns.find((one) => one.returnId === returnId)
    const wanted = places?.received?.places.map(unitsAt).sort()
    const done = world.log
      .filter((event) => event.type === 'StockReturned' && event.position < position)
      .map((event) => event.data as PutAway)
      .filter((one) => one.returnId === returnId)
    assert.deepEqual(done.map(unitsAt).sort(), wanted, `${returnId} is put away`)
  }
  const all = dataOf<PutAway>(world, 'StockReturned').map((one) => unitsAt(one) + one.returnId)
  assert.equal(new Set(all).size, all.length, 'no return is put away twice')
}

function unitsAt({ warehouseId, lines }: Pick<PutAway, 'warehouseId'> & Units): string {
  const units = lines.map(({ sku, restocked, scrapped }) => `${sku} ${restocked}/${scrapped}`)
  return `${warehouseId}: ${units.join(', ')}; `
}

type Units = Readonly<{
  lines: readonly Readonly<{ sku: string; restocked: number; scrapped: number }>[]
}>

/** What the lines were sold for went back, and the goods' cost is inventory or loss again. */
function allBack(world: ReturnWorld): void {
  const credits = dataOf<Credited>(world, 'ReturnCredited')
  const total = (field: 'amount' | 'net') =>
    toAmount(sum(credits.map((one) => decimal(one[field]))))
  const [milk, tea] = world.order().lines
  const sold = (field: 'amount' | 'net') =>
    toAmount(decimal(milk?.[field] ?? '0').plus(tea?.[field] ?? '0'))
  for (const field of ['amount', 'net'] as const) {
    if (total(field) !== sold(field)) throw new Error(`${total(field)} for ${sold(field)}`)
  }
  const cost = balanceOf(world, '6401')
  if (cost !== '0.00') throw new Error(`cost of sales is ${cost}`)
  const kept = decimal(balanceOf(world, '1405')).plus(balanceOf(world, '6602'))
  if (!kept.isZero()) throw new Error(`${kept} of the goods' cost is nowhere`)
}

test('returns end closed, credited and refunded once, and books are as before when all is back', async (t) => {
  const choices = fc.array(fc.nat(99_999), { minLength: 40, maxLength: 200, size: 'max' })
  let returned = 0
  const law = fc.asyncProperty(choices, fc.boolean(), async (given, isAllBack) => {
    const world = returnWorld()
    for (const choice of given) await happen(world, choice)
    await finish(world, isAllBack)
    ended(world)
    putAwayOnce(world)
    if (isAllBack) allBack(world)
    returned += dataOf(world, 'ReturnCredited').length
  })
  await t.resolves(fc.assert(law, { numRuns: RUNS, seed: SEED }))
  t.ok(returned > RUNS, `${returned} returns were credited`)
})
