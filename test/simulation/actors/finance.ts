/** What finance and superiors do: limits, guarantees, freezes, other value dates, and the close of days. */

import { addDays, dayIn } from '../../../domain/kernel/dates.ts'
import { OUTSIDE } from '../scheduler.ts'
import { LIMITS_BY_DEPTH, type Shop } from './shop.ts'
import { DAY, HOUR, type Stage } from './stage.ts'

/** Limits go up and down, dealers move; superiors guarantee, and think better of it. */
export function lending(stage: Stage, shop: Shop, goesOn: () => boolean): void {
  const { random, later, on } = stage
  const some = async () => {
    const deeds = [changeLimit, changeLimit, raiseForATime, guarantee, guarantee, move]
    const [deed = guarantee] = random.shuffled(deeds)
    await deed(stage, shop)
    if (goesOn()) later(2 * HOUR, DAY, some)
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
  const about = LIMITS_BY_DEPTH[superiors.length] ?? 0
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

async function guarantee(stage: Stage, { dealers }: Shop): Promise<void> {
  const { dealerId } = stage.random.pick(dealers)
  await guaranteeFor(stage, dealerId, `${stage.random.between(500, 60_000)}.00`, {})
}

/** A superior guarantees, for everything or for one order. */
export async function guaranteeFor(
  { random, dealer, today, world }: Stage,
  dealerId: string,
  amount: string,
  forOrder: Readonly<{ orderId?: string }>,
): Promise<void> {
  const [, ...superiors] = world.model.tree.path(dealerId)
  const [guarantor] = random.shuffled(superiors)
  if (guarantor === undefined) return
  const guarantorDealerId = guarantor.dealerId
  const until = addDays(today(), random.between(1, 8))
  const asked = { dealerId, guarantorDealerId, amount, until, ...forOrder }
  await dealer(guarantorDealerId, 'dealer-approver', 'GiveGuarantee', asked)
}

async function move({ random, brand }: Stage, { dealers }: Shop): Promise<void> {
  const [dealer, superior] = random.shuffled(dealers)
  if (dealer === undefined || superior === undefined) return
  const { dealerId } = dealer
  const parentDealerId = superior.dealerId
  await brand('brand-admin', 'MoveDealer', { dealerId, parentDealerId, reason: 'regrouped' })
}

/** Finance lifts some freezes and makes some of its own; some receipts get another value date. */
export function dunning(stage: Stage): void {
  const { random, later, on, brand, today } = stage
  on('OrderingFrozen', ({ dealerId, cause }) => {
    if (cause === 'overdue' && !random.chance(0.2)) return
    later(HOUR, 3 * DAY, async () => {
      await brand('brand-finance', 'UnfreezeOrdering', { dealerId, reason: 'promised' })
    })
  })
  on('PaymentReceived', ({ paymentId, dealerId }) => {
    if (random.chance(0.02)) {
      later(HOUR, 2 * DAY, async () => {
        await brand('brand-finance', 'FreezeOrdering', { dealerId, reason: 'doubts' })
      })
    }
    if (!random.chance(0.06)) return
    later(HOUR, 6 * DAY, async () => {
      const effectiveOn = addDays(today(), -random.between(0, 9))
      await brand('brand-finance', 'RedatePayment', { paymentId, effectiveOn, reason: 'bank slip' })
    })
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
