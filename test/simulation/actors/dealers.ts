/** What dealers do: they order in bursts, change their minds, and pay early, late, wrongly, or not at all. */

import { addDays } from '../../../domain/kernel/dates.ts'
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
    payment: 'term',
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

/** Some orders are cancelled later: when confirmed, or when a part has shipped. */
export function changingMinds(stage: Stage): void {
  const { random, later, on, world } = stage
  on('OrderConfirmed', ({ orderId }) => {
    if (!random.chance(0.1)) return
    const dealerId = world.model.orders.get(orderId)?.dealerId ?? ''
    later(SECOND, DAY, () => cancel(stage, dealerId, orderId))
  })
}

/** Receivables are paid around their due dates: by name, by order, on account; some never. */
export function paying(stage: Stage): void {
  const { random, later, on } = stage
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
    later(untilDue / 2, untilDue + 9 * DAY, () => pay(stage, dealerId, { amount: paid, ...named }))
  })
}

/** Less or more than is owed. */
function someOf({ random }: Stage, amount: string): string {
  return ((Number(amount) * random.between(20, 150)) / 100 + 0.01).toFixed(2)
}

export async function pay(stage: Stage, dealerId: string, payment: Data): Promise<void> {
  const { random, later, dealer } = stage
  const asked = { dealerId, method: 'bank-transfer', ...payment }
  const told = await dealer(dealerId, 'dealer-buyer', 'InitiatePayment', asked)
  if (!told?.accepted) return
  const paymentId = told.streamId
  later(MINUTE, random.pick([HOUR, DAY, 3 * DAY]), () => capture(stage, paymentId))
}

/** Finance sees the money, sometimes days after it came; sometimes it does not come. */
async function capture(stage: Stage, paymentId: string): Promise<void> {
  const { random, later, brand, today } = stage
  if (random.chance(0.04)) {
    await brand('brand-finance', 'FailPayment', { paymentId })
    return
  }
  const daysAgo = random.pick([0, 0, 0, 1, 4])
  const effectiveOn = daysAgo === 0 ? {} : { effectiveOn: addDays(today(), -daysAgo) }
  const told = await brand('brand-finance', 'CapturePayment', { paymentId, ...effectiveOn })
  if (told === undefined) later(HOUR, DAY, () => capture(stage, paymentId))
}
