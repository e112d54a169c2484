/** What goes back: dealers ask for it, the brand lets it or not, warehouses count what comes. */

import type { Data } from '../model/law.ts'
import type { Shop } from './shop.ts'
import { DAY, HOUR, MINUTE, type Stage } from './stage.ts'

export function returning(stage: Stage, shop: Shop): void {
  const { random, later, on, world } = stage
  const some = ({ orderId }: Data) => {
    for (let times = 0; times < 2; times++) {
      if (!random.chance(0.12)) continue
      later(HOUR, random.pick([DAY, 12 * DAY]), () => ask(stage, orderId))
    }
  }
  on('FulfilmentDelivered', some)
  on('ReturnRequested', ({ returnId }) => {
    stage.until(MINUTE, 2 * DAY, async () => {
      if (world.model.returns.get(returnId)?.status !== 'requested') return true
      await review(stage, returnId)
      return false
    })
  })
  on('ReturnApproved', ({ returnId }) => {
    stage.until(HOUR, 3 * DAY, async () => {
      if (world.model.returns.get(returnId)?.status !== 'approved') return true
      await receive(stage, shop, returnId)
      return false
    })
  })
}

async function ask({ random, world, dealer }: Stage, orderId: string): Promise<void> {
  const order = world.model.orders.get(orderId)
  if (order === undefined) return
  const lines = random
    .shuffled([...order.lines])
    .slice(0, random.between(1, 2))
    .filter(([, { shipped }]) => shipped > 0)
    .map(([sku, { shipped }]) => {
      const quantity = random.pick([shipped, 1, Math.ceil(shipped / 2), shipped + 1])
      return { sku, quantity, reason: 'does not sell' }
    })
  if (lines.length === 0) return
  await dealer(order.dealerId, 'dealer-buyer', 'RequestReturn', { orderId, lines })
}

async function review({ random, brand }: Stage, returnId: string): Promise<void> {
  if (random.chance(0.12)) {
    await brand('brand-ops', 'RejectReturn', { returnId, reason: 'opened' })
    return
  }
  const restockingFee = random.pick(['0.00', '0.00', '1.50', '25.00'])
  await brand('brand-ops', 'ApproveReturn', { returnId, restockingFee })
}

/** As much as was let, or less; some of it can't be sold again. */
async function receive(stage: Stage, { warehouses }: Shop, returnId: string): Promise<void> {
  const { random, brand, world } = stage
  const lines = (world.model.returns.get(returnId)?.lines ?? []).flatMap(({ sku, quantity }) => {
    const came = random.chance(0.8) ? quantity : random.between(1, quantity)
    const good = random.pick([came, came, 0, Math.floor(came / 2)])
    return [
      { sku, quantity: good, resalable: true },
      { sku, quantity: came - good, resalable: false },
    ].filter((line) => line.quantity > 0)
  })
  const there = random.chance(0.4) ? { warehouseId: random.pick(warehouses) } : {}
  await brand('brand-warehouse', 'ReceiveReturn', { returnId, lines, ...there })
}
