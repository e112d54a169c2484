/** What dealers do: they order in bursts, change their minds, and pay early, late, wrongly, or not at all. */

import { addDays } from '../../../domain/kernel/dates.ts'
import { cents, text, total } from '../model/cents.ts'
import type { Data } from '../model/law.ts'
import type { Shop, ShopDealer, ShopSku } from './shop.ts'
import { DAY, HOUR, MINUTE, SECOND, type Stage } from './stage.ts'

/** Orders come in bursts until so many were asked for, at about so many a day. */
export function ordering(stage: Stage, shop: Shop, orders: number, ordersPerDay: number): void {
  const { random, later } = stage
  let asked = 0
  const burst = (): void => {
    const size = Math.min(orders - asked, random.pick([1, 1, 2, 3, 5, 14]))
    for (let n = 0; n < size; n++) later(0, 2 * SECOND, () => order(stage, shop))
    asked += size
    const pause = (2 * DAY * size) / ordersPerDay
    if (asked < orders) later(MINUTE, pause, burst)
  }
  later(MINUTE, HOUR, burst)
}

async function order(stage: Stage, shop: Shop): Promise<void> {
  const { random, brand, dealer } = stage
  const buyer = random.pick(shop.dealers)
  const asked = orderOf(stage, shop, buyer)
  if (random.chance(0.12)) {
    const charges = [{ kind: 'freight', amount: `${random.between(1, 90)}.55`, taxRate: '0.09' }]
    await brand('brand-ops', 'PlaceOrder', { ...asked, charges })
  } else {
    const told = await dealer(buyer.dealerId, 'dealer-buyer', 'PlaceOrder', asked)
    if (told?.accepted && random.chance(0.05)) {
      // Some think better of it at once, while credit and stock are being asked.
      stage.later(1, 3 * SECOND, () => cancel(stage, buyer.dealerId, told.streamId))
    }
  }
}

function orderOf(stage: Stage, { skus }: Shop, { dealerId, region }: ShopDealer): Data {
  const { random } = stage
  const wanted = random.shuffled(skus).slice(0, random.between(1, 4))
  return {
    dealerId,
    shipTo: { region: random.chance(0.85) ? region : 'East' },
    lines: wanted.map((sku) => ({ sku: sku.sku, quantity: quantityOf(stage, sku) })),
    payment: random.chance(0.3) ? 'prepaid' : 'term',
    ...(random.chance(0.2) ? { requestedOn: addDays(stage.today(), random.between(1, 9)) } : {}),
  }
}

function quantityOf({ random }: Stage, { moq, multiple }: ShopSku): number {
  const about = random.pick([3, 12, 12, 40, 90])
  const least = Math.max(moq, multiple)
  const quantity = least + multiple * random.between(0, Math.ceil(about / multiple))
  return random.chance(0.01) ? quantity + 1 : quantity
}

async function cancel({ dealer }: Stage, dealerId: string, orderId: string): Promise<void> {
  const reason = 'no longer needed'
  await dealer(dealerId, 'dealer-buyer', 'CancelOrder', { orderId, reason })
}

/** Some orders are cancelled or amended later: while they wait, when confirmed, when a part has shipped. */
export function changingMinds(stage: Stage, shop: Shop): void {
  const { random, later, on, world } = stage
  const dealerOf = (orderId: string) => world.model.orders.get(orderId)?.dealerId ?? ''
  for (const type of ['OrderConfirmed', 'ReviewRequested', 'OrderBackordered', 'PaymentAwaited']) {
    on(type, ({ orderId }) => {
      if (random.chance(0.08)) later(SECOND, DAY, () => cancel(stage, dealerOf(orderId), orderId))
      if (random.chance(0.12)) {
        later(SECOND, 4 * HOUR, () => amend(stage, shop, dealerOf(orderId), orderId))
      }
    })
  }
  on('FulfilmentShipped', ({ orderId, left }) => {
    if (left.length === 0 || !random.chance(0.2)) return
    later(SECOND, HOUR, () => cancel(stage, dealerOf(orderId), orderId))
  })
  on('OrderBackordered', ({ orderId }) => {
    // Nobody waits for ever.
    stage.until(3 * DAY, 12 * DAY, async () => {
      if (world.model.orders.get(orderId)?.status !== 'backordered') return true
      await cancel(stage, dealerOf(orderId), orderId)
      return false
    })
  })
}

async function amend(stage: Stage, shop: Shop, dealerId: string, orderId: string): Promise<void> {
  const { lines } = orderOf(stage, shop, { dealerId, superiors: [], region: 'East' })
  await stage.dealer(dealerId, 'dealer-buyer', 'AmendOrder', { orderId, lines })
}

/** Prepaid orders are paid in time or not, at once or in parts, alone or several together. */
export function prepaying(stage: Stage): void {
  const { random, later, on, world } = stage
  const waiting = new Map<string, { orderId: string; amount: string }>()
  on('PaymentAwaited', ({ orderId, amount }) => {
    if (random.chance(0.12)) return
    const dealerId = world.model.orders.get(orderId)?.dealerId ?? ''
    const other = waiting.get(dealerId)
    const within = random.pick([HOUR, 20 * HOUR])
    if (other === undefined && random.chance(0.3)) {
      waiting.set(dealerId, { orderId, amount })
      later(5 * HOUR, 10 * HOUR, () => settleWaiting(stage, waiting, dealerId))
      return
    }
    waiting.delete(dealerId)
    const orderIds = other === undefined ? [orderId] : [orderId, other.orderId]
    const whole = Number(amount) + Number(other?.amount ?? 0)
    const first = random.chance(0.2) ? whole * 0.4 : whole
    for (const part of [first, whole - first]) {
      if (part < 0.01) continue
      const payment = { amount: part.toFixed(2), orderIds }
      later(MINUTE, within, () => pay(stage, dealerId, payment))
    }
  })
}

async function settleWaiting(
  stage: Stage,
  waiting: Map<string, { orderId: string; amount: string }>,
  dealerId: string,
): Promise<void> {
  const left = waiting.get(dealerId)
  waiting.delete(dealerId)
  if (left === undefined) return
  await pay(stage, dealerId, { amount: left.amount, orderIds: [left.orderId] })
}

/** Who is frozen pays what is overdue, mostly. */
export function settlingUp(stage: Stage): void {
  const { random, later, on, world } = stage
  on('OrderingFrozen', ({ dealerId }) => {
    if (random.chance(0.1)) return
    later(HOUR, 2 * DAY, async () => {
      const { amount } = allOf([...world.model.debts.openOf(dealerId)])
      if (cents(amount) > 0n) await pay(stage, dealerId, { amount })
    })
  })
}

/** Receivables are paid around their due dates: by name, by order, on account, with others; some never. */
export function paying(stage: Stage): void {
  const { random, later, on, world } = stage
  on('ReceivableRecognised', ({ receivableId, dealerId, orderId, amount, dueOn }: Data) => {
    const untilDue = Math.max(0, Date.parse(dueOn) - stage.world.scheduler.now())
    const named = random.pick([
      { receivableIds: [receivableId] },
      { receivableIds: [receivableId] },
      { orderIds: [orderId] },
      {},
      undefined,
    ])
    if (named === undefined || !/[1-9]/.test(amount)) return
    const paid = random.chance(0.8) ? amount : someOf(stage, amount)
    const within = random.chance(0.3)
      ? ([0, DAY] as const)
      : ([untilDue / 2, untilDue + 9 * DAY] as const)
    later(...within, async () => {
      const open = [...world.model.debts.openOf(dealerId)]
      const isPaid = open.every(({ id }) => id !== receivableId)
      if (isPaid && random.chance(0.8)) return
      const isAll = open.length > 1 && random.chance(0.5)
      await pay(stage, dealerId, isAll ? allOf(open) : { amount: paid, ...named })
    })
  })
}

function allOf(open: readonly Data[]): Data {
  const amount = text(total(open.map(({ outstanding }) => outstanding)))
  return { amount, receivableIds: open.map(({ id }) => id) }
}

/** Less or more than is owed. */
function someOf({ random }: Stage, amount: string): string {
  return ((Number(amount) * random.between(20, 150)) / 100 + 0.01).toFixed(2)
}

/** By transfer, or at once by a provider; what becomes of it is not the dealer's matter alone. */
async function pay(stage: Stage, dealerId: string, payment: Data): Promise<void> {
  const { random, dealer } = stage
  const method = random.pick(['bank-transfer', 'bank-transfer', 'wechat', 'alipay'])
  await dealer(dealerId, 'dealer-buyer', 'InitiatePayment', { dealerId, method, ...payment })
}
