/** One run of the simulation, from a seed to a history that keeps every law or to the law that it broke. */

import { DEFAULT_POLICY, type Policy } from '../../domain/policy.ts'
import { type Declarations, discover, ROOT } from '../../infra/discover.ts'
import { randomFrom } from '../chaos/random.ts'
import { type Bank, openBank } from './actors/bank.ts'
import { carrying } from './actors/carriers.ts'
import { changingMinds, ordering, paying, prepaying, settlingUp } from './actors/dealers.ts'
import { outboundDesk } from './actors/desk.ts'
import { closingDays, dunning, lending } from './actors/finance.ts'
import { openTills, type Till } from './actors/providers.ts'
import { returning } from './actors/returns.ts'
import { reviewing, settingRules } from './actors/reviewers.ts'
import { openShop } from './actors/shop.ts'
import { createStage, DAY, HOUR, MINUTE, type Stage } from './actors/stage.ts'
import { clearingUp, payingUnannounced, transferring } from './actors/transfers.ts'
import { closingMonths, correcting, givingMandates, refunding } from './actors/treasury.ts'
import { keeping, restocking, shipping } from './actors/warehouse.ts'
import { lookupsOf } from './lookups.ts'
import { text } from './model/cents.ts'
import { BrokenLaw, law } from './model/law.ts'
import { PLANTS } from './plants.ts'
import { OUTSIDE } from './scheduler.ts'
import { createWorld, type World } from './world.ts'

export type Run = Readonly<{
  seed: number
  /** How many are asked for. */
  orders: number
  /** The name of a bug to plant. */
  plant?: string | undefined
}>

export type Result = Readonly<{
  seed: number
  /** The bug that was planted. */
  plant: string | undefined
  /** Orders that were placed. */
  orders: number
  events: number
  steps: number
  /** Virtual days. */
  days: number
  crashes: number
  usurpations: number
  storms: number
  /** How orders ended, and why some were rejected. */
  ends: Readonly<Record<string, number>>
  /** SHA-256 over all events with their envelopes, in order. */
  history: () => Promise<string>
  broken: BrokenLaw | undefined
  world: World
}>

const START = '2026-01-05T02:00:00.000Z'
const FIRST_DAY = '2026-01-05'
const ORDERS_A_DAY = 40
/** How long after the last order everything must have ended. */
const MOST_DAYS_AFTER = 90

/** Everything declared, found once. */
const found = discover(ROOT)

export async function simulate({ seed, orders, plant }: Run): Promise<Result> {
  const declared = planted(await found, plant)
  const world = createWorld({
    seed,
    start: START,
    policy: policyOf(seed),
    sending: plant === undefined ? undefined : PLANTS[plant]?.sending,
    outbound: plant === undefined ? undefined : PLANTS[plant]?.outbound,
    declarations: declared,
    lookups: lookupsOf,
  })
  let broken: BrokenLaw | undefined
  try {
    const outside = await play(world, seed, orders)
    world.model.atRest()
    agreesWith(world, outside)
    await world.sagasAtRest()
    await world.statesAtRest()
    await world.askAllAgain()
  } catch (error) {
    if (!(error instanceof BrokenLaw)) throw error
    broken = error
  }
  return { ...resultOf(seed, world, broken), plant }
}

function planted(declarations: Declarations, name: string | undefined): Declarations {
  if (name === undefined) return declarations
  const plant = PLANTS[name]
  if (plant === undefined) throw new Error(`no bug is called ${name}`)
  return plant.plant(declarations)
}

/** Every seed has a business of its own. */
function policyOf(seed: number): Policy {
  const random = randomFrom(seed + 2_000_003)
  return {
    ...DEFAULT_POLICY,
    overLimit: random.pick(['reject', 'review']),
    stockShort: random.pick(['reject', 'backorder', 'partial']),
    lateFeeTaxRate: random.pick(['0', '0.06']),
    refundApprovalOver: random.pick(['300.00', '3000.00']),
    minimumOrderAmount: random.pick(['0.00', '20.00']),
  }
}

/** Those outside who know what happened to the money. */
type Outside = { till: Till; bank: Bank | undefined }

async function play(world: World, seed: number, orders: number): Promise<Outside> {
  const stage = createStage(world, seed + 1_000_003)
  const outside: Outside = { till: openTills(stage), bank: undefined }
  world.begin()
  world.scheduler.at(world.scheduler.now(), OUTSIDE, () => {
    void act(stage, orders, outside).catch(world.note)
  })
  await world.run()
  return outside
}

/** What was really moved is what the books say. */
function agreesWith({ model }: World, { till, bank }: Outside): void {
  const nowhere = { event: undefined }
  for (const sale of till.sales.values()) {
    const payment = model.money.payment(sale.paymentId)
    const taken = sale.status === 'captured' ? text(sale.amount) : undefined
    law(
      'what a provider took is what was captured',
      payment?.captured === taken,
      () => `${taken} was taken, ${payment?.captured} captured`,
      nowhere,
      sale.paymentId,
    )
    for (const { refundId, status } of sale.refunds.values()) {
      const refund = model.money.refund(refundId)
      const isGone = status === 'refunded'
      law(
        'what a provider gave back is what was refunded',
        isGone === (refund?.status === 'paid' && refund.method === sale.provider),
        () => `${refundId} is ${status} there, ${refund?.status} here`,
        nowhere,
        refundId,
      )
    }
  }
  const balances = [
    ['bank', bank?.balance() ?? 0n, model.balance('1002')],
    ['providers', till.held(), model.balance('1012')],
  ] as const
  for (const [who, theirs, ours] of balances) {
    const both = () => `${who}: ${text(theirs)}, the books: ${text(ours)}`
    law('the books have what bank and providers have', theirs === ours, both, nowhere)
  }
}

async function act(stage: Stage, orders: number, outside: Outside): Promise<void> {
  const { world } = stage
  await world.ask({
    command: 'OpenFirstBusinessDay',
    input: { date: FIRST_DAY },
    actor: { user: 'start', role: 'saga' },
    key: 'first-day',
  })
  const shop = await openShop(stage)
  await settingRules(stage)
  world.weather.setCalm(false)
  const lastOrderBy = world.scheduler.now() + (orders / ORDERS_A_DAY) * DAY
  const isOpen = () => world.scheduler.now() < lastOrderBy
  const hasOwnWork = () => isOpen() || hasWork(stage, lastOrderBy)
  const lastBy = lastOrderBy + MOST_DAYS_AFTER * DAY
  const bank = openBank(stage, outside.till, hasOwnWork, lastBy)
  outside.bank = bank
  const isGoingOn = () => hasOwnWork() || bank.isWaiting()
  await givingMandates(stage, shop.dealers)
  ordering(stage, shop, orders, ORDERS_A_DAY)
  changingMinds(stage, shop)
  prepaying(stage)
  paying(stage)
  settlingUp(stage)
  reviewing(stage)
  shipping(stage)
  carrying(stage)
  restocking(stage, shop, isOpen)
  keeping(stage, shop, isOpen)
  lending(stage, shop, isOpen)
  dunning(stage)
  outboundDesk(stage, outside.till.providers)
  transferring(stage, bank)
  payingUnannounced(stage, bank, shop, isOpen)
  clearingUp(stage, bank)
  refunding(stage, bank, outside.till)
  correcting(stage, bank)
  returning(stage, shop)
  closingMonths(stage)
  closingDays(stage, isGoingOn)
  storms(stage, isOpen)
}

/** Whether somebody has something to do, or an order waits, and not already for too long. */
function hasWork(stage: Stage, lastOrderBy: number): boolean {
  const { world, busy } = stage
  if (world.scheduler.now() > lastOrderBy + MOST_DAYS_AFTER * DAY) return false
  return busy() > 0 || world.model.orders.open().size > 0
}

/** From time to time the network is bad for a while. */
function storms({ random, world }: Stage, goesOn: () => boolean): void {
  const { now, at } = world.scheduler
  const storm = () => {
    world.tally.storms += 1
    world.weather.storm(now(), random.between(MINUTE, 30 * MINUTE))
    if (goesOn()) at(now() + random.between(DAY, 4 * DAY), OUTSIDE, storm)
  }
  at(now() + random.between(HOUR, DAY), OUTSIDE, storm)
}

function resultOf(
  seed: number,
  world: World,
  broken: BrokenLaw | undefined,
): Omit<Result, 'plant'> {
  const ends: Record<string, number> = {}
  for (const { status, code } of world.model.orders.all()) {
    const end = code === '' ? status : `${status}: ${code}`
    ends[end] = (ends[end] ?? 0) + 1
  }
  return {
    seed,
    orders: [...world.model.orders.all()].length,
    events: world.store.stored().length,
    steps: world.scheduler.steps(),
    days: Math.round((world.scheduler.now() - Date.parse(START)) / DAY),
    ...world.tally,
    ends,
    history: world.history,
    broken,
    world,
  }
}
