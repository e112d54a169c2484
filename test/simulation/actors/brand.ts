/** What the brand's people do: ship and deliver, receive goods, move limits, and close the days. */

import { addDays, dayIn } from '../../../domain/kernel/dates.ts'
import { OUTSIDE } from '../scheduler.ts'
import { receive, type Shop } from './shop.ts'
import { DAY, HOUR, MINUTE, type Stage } from './stage.ts'

/** Everything confirmed is shipped sooner or later, in one part or more, and delivered. */
export function shipping(stage: Stage): void {
  const { random, later, on } = stage
  on('OrderConfirmed', ({ orderId, fulfilments }) => {
    for (const { fulfilmentId } of fulfilments) {
      if (random.chance(0.3)) later(MINUTE, HOUR, () => pick(stage, fulfilmentId))
      later(MINUTE, random.pick([HOUR, 2 * DAY]), () => ship(stage, orderId, fulfilmentId))
    }
  })
  const arrives = (orderId: string, fulfilmentId: string) =>
    later(HOUR, random.pick([6 * HOUR, 5 * DAY]), () => deliver(stage, orderId, fulfilmentId))
  on('FulfilmentShipped', ({ orderId, fulfilmentId, left }) => {
    if (left.length === 0) arrives(orderId, fulfilmentId)
  })
  on('RemainderCancelled', ({ orderId, fulfilments }) => {
    for (const { fulfilmentId, becomes } of fulfilments) {
      if (becomes === 'shipped') arrives(orderId, fulfilmentId)
    }
  })
}

async function pick({ brand }: Stage, fulfilmentId: string): Promise<void> {
  await brand('brand-warehouse', 'PickFulfilment', { fulfilmentId })
}

async function ship(stage: Stage, orderId: string, fulfilmentId: string): Promise<void> {
  const { random, brand, later, world } = stage
  const fulfilment = () => world.model.orders.get(orderId)?.fulfilments.get(fulfilmentId)
  const left = [...(fulfilment()?.left ?? [])]
  if (left.length === 0) return
  const lines = random
    .shuffled(left)
    .slice(0, random.between(1, left.length))
    .map(([sku, quantity]) => ({ sku, quantity: random.between(1, quantity) }))
  const part = random.chance(0.25) ? { lines } : {}
  const carriage = { carrier: 'SF', trackingNumber: `T-${fulfilmentId}` }
  const effectiveOn = random.chance(0.1) ? { effectiveOn: addDays(stage.today(), -1) } : {}
  const asked = { fulfilmentId, ...carriage, ...part, ...effectiveOn }
  await brand('brand-warehouse', 'ShipFulfilment', asked)
  later(MINUTE, DAY, () => ship(stage, orderId, fulfilmentId))
}

async function deliver(stage: Stage, orderId: string, fulfilmentId: string): Promise<void> {
  const { brand, later, world } = stage
  const fulfilment = world.model.orders.get(orderId)?.fulfilments.get(fulfilmentId)
  if (fulfilment === undefined || fulfilment.delivered) return
  await brand('brand-warehouse', 'DeliverFulfilment', { fulfilmentId })
  later(HOUR, DAY, () => deliver(stage, orderId, fulfilmentId))
}

/** Goods come in now and then, mostly where little is left. */
export function restocking(stage: Stage, shop: Shop, goesOn: () => boolean): void {
  const { random, later, on } = stage
  const some = async () => {
    await receive(stage, random.pick(shop.warehouses), random.pick(shop.skus).sku, 300)
    if (goesOn()) later(HOUR, DAY, some)
  }
  later(HOUR, DAY, some)
  on('SafetyLevelReached', ({ warehouseId, sku }) => {
    later(HOUR, 2 * DAY, () => receive(stage, warehouseId, sku, 1_500))
  })
}

/** Limits go up and down; superiors guarantee, and think better of it. */
export function lending(stage: Stage, shop: Shop, goesOn: () => boolean): void {
  const { random, later, on } = stage
  const some = async () => {
    await random.pick([changeLimit, raiseForATime, guarantee])(stage, shop)
    if (goesOn()) later(4 * HOUR, 2 * DAY, some)
  }
  later(HOUR, DAY, some)
  on('GuaranteeGiven', ({ guaranteeId, guarantorDealerId }) => {
    if (!random.chance(0.3)) return
    later(HOUR, 4 * DAY, async () => {
      await stage.dealer(guarantorDealerId, 'dealer-approver', 'RevokeGuarantee', { guaranteeId })
    })
  })
}

async function changeLimit({ random, brand }: Stage, { dealers }: Shop): Promise<void> {
  const { dealerId, superiors } = random.pick(dealers)
  const about = [700_000, 200_000, 80_000][superiors.length] ?? 80_000
  const limit = `${random.between(about / 4, about * 2)}.00`
  await brand('brand-finance', 'SetLimit', { dealerId, limit, reason: 'reviewed' })
}

async function raiseForATime({ random, brand, today }: Stage, { dealers }: Shop): Promise<void> {
  const from = addDays(today(), random.between(-1, 3))
  await brand('brand-finance', 'SetTemporaryLimit', {
    dealerId: random.pick(dealers).dealerId,
    amount: `${random.between(1_000, 90_000)}.00`,
    from,
    to: addDays(from, random.between(0, 6)),
    reason: 'season',
  })
}

async function guarantee({ random, dealer, today }: Stage, { dealers }: Shop): Promise<void> {
  const { dealerId, superiors } = random.pick(dealers)
  const [guarantor] = random.shuffled(superiors)
  if (guarantor === undefined) return
  await dealer(guarantor, 'dealer-approver', 'GiveGuarantee', {
    dealerId,
    guarantorDealerId: guarantor,
    amount: `${random.between(500, 60_000)}.00`,
    until: addDays(today(), random.between(1, 8)),
  })
}

/** Every day is closed after its end, now soon, now late, for as long as anything goes on. */
export function closingDays(stage: Stage, goesOn: () => boolean): void {
  const { random, brand, world, today } = stage
  const { now, at } = world.scheduler
  const wait = (ms: number, work: () => Promise<void>) =>
    at(now() + ms, OUTSIDE, () => void work().catch(world.note))

  async function close(): Promise<void> {
    const date = today()
    if (dayIn(world.policy.timeZone, new Date(now()).toISOString()) > date) {
      await brand('brand-finance', 'CloseBusinessDay', { date })
    }
    if (goesOn()) wait(random.between(HOUR, 9 * HOUR), close)
  }
  wait(HOUR, close)
}

/** From time to time the network is bad for a while. */
export function storms(stage: Stage, goesOn: () => boolean): void {
  const { random, world } = stage
  const { now, at } = world.scheduler
  const storm = () => {
    world.tally.storms += 1
    world.weather.storm(now(), random.between(MINUTE, 30 * MINUTE))
    if (goesOn()) at(now() + random.between(DAY, 4 * DAY), OUTSIDE, storm)
  }
  at(now() + random.between(HOUR, DAY), OUTSIDE, storm)
}
