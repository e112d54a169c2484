/** What warehouses do: they ship and deliver, receive, count, set apart, spoil and send goods about. */

import { addDays } from '../../../domain/kernel/dates.ts'
import type { Data } from '../model/law.ts'
import { receive, type Shop } from './shop.ts'
import { DAY, HOUR, MINUTE, type Stage } from './stage.ts'

/** Everything confirmed is shipped sooner or later, in one part or more, and delivered. */
export function shipping(stage: Stage): void {
  const { random, later, on } = stage
  const ships = ({ orderId, fulfilments }: Data) => {
    for (const { fulfilmentId } of fulfilments) {
      if (random.chance(0.2)) later(MINUTE, 3 * HOUR, () => pick(stage, fulfilmentId))
      const within = random.pick([HOUR, 2 * DAY])
      stage.until(MINUTE, within, () => isShipped(stage, orderId, fulfilmentId))
    }
  }
  on('OrderConfirmed', ships)
  on('OrderAmended', ships)
}

async function pick({ brand }: Stage, fulfilmentId: string): Promise<void> {
  await brand('brand-warehouse', 'PickFulfilment', { fulfilmentId })
}

/** Goes on until the fulfilment is delivered, or there is nothing of it any more. */
async function isShipped(stage: Stage, orderId: string, fulfilmentId: string): Promise<boolean> {
  const { world, random } = stage
  const order = world.model.orders.get(orderId)
  const fulfilment = order?.fulfilments.get(fulfilmentId)
  if (order === undefined || fulfilment === undefined || fulfilment.delivered) return true
  if (world.model.orders.isEnded(order)) return true
  if (fulfilment.left.size > 0) await ship(stage, fulfilmentId, [...fulfilment.left])
  else if (fulfilment.shipped.size === 0) return true
  else if (random.chance(0.6)) {
    await stage.brand('brand-warehouse', 'DeliverFulfilment', { fulfilmentId })
  }
  return false
}

async function ship(stage: Stage, fulfilmentId: string, left: readonly [string, number][]) {
  const { random, brand } = stage
  const lines = random
    .shuffled(left)
    .slice(0, random.between(1, left.length))
    .map(([sku, quantity]) => ({ sku, quantity: random.between(1, quantity) }))
  const part = random.chance(0.25) ? { lines } : {}
  const number = `${fulfilmentId}-${random.between(1, 3)}`
  const carriage = { carrier: random.pick(['SF', 'YTO']), trackingNumber: number }
  const effectiveOn = random.chance(0.1) ? { effectiveOn: addDays(stage.today(), -1) } : {}
  const asked = { fulfilmentId, ...carriage, ...part, ...effectiveOn }
  await brand('brand-warehouse', 'ShipFulfilment', asked)
}

/** Goods come in now and then, mostly where little is left or somebody waits. */
export function restocking(stage: Stage, shop: Shop, goesOn: () => boolean): void {
  const { random, later, on } = stage
  const some = async () => {
    await receive(stage, random.pick(shop.warehouses), random.pick(shop.skus).sku, 200)
    if (goesOn()) later(HOUR, DAY, some)
  }
  later(HOUR, DAY, some)
  on('SafetyLevelReached', ({ warehouseId, sku }) => {
    if (random.chance(0.9)) later(HOUR, 3 * DAY, () => receive(stage, warehouseId, sku, 450))
  })
  on('OrderBackordered', ({ shortages }) => {
    for (const { sku } of shortages) {
      if (!random.chance(0.4)) continue
      later(HOUR, 3 * DAY, () => receive(stage, random.pick(shop.warehouses), sku, 200))
    }
  })
}

/** Goods are counted, set apart and made good again, spoiled, and sent to other warehouses. */
export function keeping(stage: Stage, shop: Shop, goesOn: () => boolean): void {
  const { random, later, on, brand } = stage
  const some = async () => {
    await random.pick([count, setApart, spoil, send])(stage, shop)
    if (goesOn()) later(HOUR, 14 * HOUR, some)
  }
  later(HOUR, DAY, some)
  on('StockTransferExpected', ({ transferId, warehouseId, lines }) => {
    const counted = lines.map(({ sku, quantity }: Data) => ({
      sku,
      quantity: random.chance(0.8) ? quantity : random.between(0, quantity),
    }))
    stage.until(HOUR, 3 * DAY, async () => {
      const asked = { transferId, warehouseId, ...(random.chance(0.5) ? { lines: counted } : {}) }
      return (await brand('brand-warehouse', 'ReceiveTransfer', asked)) !== undefined
    })
  })
}

function somewhere({ random }: Stage, { warehouses, skus }: Shop) {
  return { warehouseId: random.pick(warehouses), sku: random.pick(skus).sku }
}

async function count(stage: Stage, shop: Shop): Promise<void> {
  const { random, brand, world } = stage
  const goods = somewhere(stage, shop)
  const onHand = world.model.stock.onHand(goods.warehouseId, goods.sku)
  const off = random.pick([0, 1, -1, 20, -30, -Math.floor(onHand * 0.9)])
  const quantity = Math.max(0, onHand + off)
  await brand('brand-warehouse', 'CountStock', { ...goods, quantity, reason: 'count' })
}

async function setApart(stage: Stage, shop: Shop): Promise<void> {
  const { random, brand, later } = stage
  const asked = { ...somewhere(stage, shop), quantity: random.between(1, 60), reason: 'damp' }
  const told = await brand('brand-warehouse', 'QuarantineStock', asked)
  if (!told?.accepted || random.chance(0.3)) return
  later(HOUR, 3 * DAY, async () => {
    await brand('brand-warehouse', 'QuarantineStock', { ...asked, release: true })
  })
}

async function spoil(stage: Stage, shop: Shop): Promise<void> {
  const { random, brand } = stage
  const quantity = random.between(1, 40)
  const goods = { ...somewhere(stage, shop), quantity, reason: 'mould' }
  await brand('brand-warehouse', 'SpoilStock', goods)
}

async function send(stage: Stage, { warehouses, skus }: Shop): Promise<void> {
  const { random, brand } = stage
  const [fromWarehouseId, toWarehouseId] = random.shuffled(warehouses)
  const lines = random
    .shuffled(skus)
    .slice(0, 2)
    .map(({ sku }) => ({ sku, quantity: random.between(1, 50) }))
  await brand('brand-warehouse', 'SendTransfer', { fromWarehouseId, toWarehouseId, lines })
}
