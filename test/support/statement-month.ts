/** A month of statement lines whose right answer is known: what each line really stands for. */

import { addDays } from '../../domain/kernel/dates.ts'
import { decimal, sum, toAmount } from '../../domain/kernel/money.ts'
import type { LocalDate } from '../../domain/kernel/values.ts'
import type {
  Books,
  Counterpart,
  OpenItem,
  Payer,
  ReceivableItem,
  StatementLine,
} from '../../domain/reconciliation/types.ts'
import { type Random, randomFrom } from '../chaos/random.ts'
import { keyed, payment, receivable, refund } from './statement-lines.ts'

/** How a line came about. */
export type Story = (typeof USUAL)[number] | (typeof ODD)[number]

const USUAL = [
  'payment',
  'order',
  'payer',
  'combination',
  'settlement',
  'refund',
  'charge',
] as const
const ODD = [
  'partial',
  'duplicate',
  'over-paid',
  'unknown-payer',
  'no-counterpart',
  'fee-taken',
  'misspelt',
  'late',
  'twins',
  'bounce',
  'came-before-it-bounced',
  'charge-by-words',
] as const

export type MonthLine = Readonly<{
  line: StatementLine
  story: Story
  /** What it is to be matched with; undefined if a person has to look. */
  truth: Counterpart | undefined
}>

export type Month = Readonly<{ lines: readonly MonthLine[]; books: Books }>

export type MonthOptions = Readonly<{
  seed: number
  lines: number
  dealers: number
  /** The share of lines that are odd. */
  odd: number
}>

const FIRST_DAY = '2026-03-01'
const DAYS = 31

/** The same for the same options. */
export function statementMonth({ seed, lines, dealers, odd }: MonthOptions): Month {
  const random = randomFrom(seed)
  const payers = Array.from({ length: dealers }, (_, at) => payerOf(at))
  const world: World = { random, payers, items: [], lines: [], count: 0 }
  while (world.lines.length < lines) {
    const story = random.chance(odd) ? random.pick(ODD) : usualStory(random)
    STORIES[story](world)
    if (random.chance(0.25)) noise(world)
  }
  const shuffled = random.shuffled(world.lines.slice(0, lines))
  const inOrder = shuffled.toSorted((one, other) => (one.line.date < other.line.date ? -1 : 1))
  const placed = keyed(inOrder.map(({ line }) => line))
  return {
    lines: inOrder.map((one, at) => ({ ...one, line: placed[at] ?? one.line })),
    books: { items: random.shuffled(world.items), payers },
  }
}

type World = {
  random: Random
  payers: readonly Payer[]
  items: OpenItem[]
  lines: MonthLine[]
  count: number
}

function usualStory({ between }: Random): Story {
  const lot = between(1, 100)
  if (lot <= 35) return 'payment'
  if (lot <= 55) return 'order'
  if (lot <= 78) return 'payer'
  if (lot <= 88) return 'combination'
  if (lot <= 94) return 'settlement'
  return lot <= 97 ? 'refund' : 'charge'
}

function payerOf(at: number): Payer {
  const names = [`${at % 2 === 0 ? '宁波' : '杭州'}第${at}食品有限公司`]
  return { dealerId: `D${at}`, names, accounts: [`622202${String(at).padStart(10, '0')}`] }
}

/** Stories: each puts what is open into the books, and a line or two onto the statement. */
const STORIES: Readonly<Record<Story, (world: World) => void>> = {
  payment: (world) => announced(world, (paid) => tell(world, 'payment', paid.line, paid.truth)),
  order: (world) => {
    const { item, payer, day } = due(world)
    const text = world.random.pick([`订单${item.orderId}`, `inv ${item.orderId} paid`])
    const truth = { receivableIds: [item.receivableId] }
    tell(world, 'order', said(world, item.amount, day, payer, text), truth)
  },
  payer: (world) => {
    const { item, payer, day } = due(world)
    const truth = { receivableIds: [item.receivableId] }
    tell(world, 'payer', said(world, item.amount, near(world, day), payer), truth)
  },
  combination: (world) => {
    const first = due(world)
    const others = Array.from({ length: world.random.between(1, 3) }, () => dueOf(world, first))
    const all = [first.item, ...others]
    const amount = toAmount(sum(all.map((one) => decimal(one.amount))))
    const receivableIds = all.map(({ receivableId }) => receivableId).sort()
    tell(world, 'combination', said(world, amount, first.day, first.payer), { receivableIds })
  },
  settlement: (world) => {
    const payer = world.random.pick(nonEmpty(world.payers))
    const paymentId = nextId(world, 'PW')
    const gross = amountOf(world)
    const fee = toAmount(decimal(gross).times('0.006').toDecimalPlaces(2))
    const day = dayOf(world)
    const more = { dealerId: payer.dealerId, via: 'provider', state: 'captured', on: day } as const
    world.items.push(payment(paymentId, gross, more))
    const line = {
      ...said(world, toAmount(decimal(gross).minus(fee)), day, undefined, paymentId),
      settlement: { paymentId, gross, fee },
    }
    tell(world, 'settlement', line, { settles: paymentId, gross, fee })
  },
  refund: (world) => {
    const payer = world.random.pick(nonEmpty(world.payers))
    const refundId = nextId(world, 'RF')
    const amount = amountOf(world)
    const day = dayOf(world)
    world.items.push(refund(refundId, amount, { dealerId: payer.dealerId, on: day }))
    const text = world.random.chance(0.5) ? `退款 ${refundId}` : ''
    tell(world, 'refund', said(world, `-${amount}`, near(world, day), payer, text), { refundId })
  },
  charge: (world) => {
    const line = said(world, `-${world.random.between(1, 50)}.00`, dayOf(world), undefined, 'fee')
    tell(world, 'charge', { ...line, kind: 'charge' }, { charge: true })
  },
  partial: (world) =>
    announced(world, ({ line }) => {
      const amount = toAmount(decimal(line.amount).times('0.4').toDecimalPlaces(2))
      tell(world, 'partial', { ...line, amount })
    }),
  'over-paid': (world) =>
    announced(world, ({ line }) => {
      const amount = toAmount(decimal(line.amount).plus(amountOf(world)))
      tell(world, 'over-paid', { ...line, amount })
    }),
  duplicate: (world) =>
    announced(world, ({ line, truth }) => {
      tell(world, 'payment', line, truth)
      tell(world, 'duplicate', { ...line, date: addDays(line.date, 1) })
    }),
  'unknown-payer': (world) => {
    const line = said(world, amountOf(world), dayOf(world), undefined, '货款')
    tell(world, 'unknown-payer', { ...line, payerName: '某某商贸公司', payerAccount: '999' })
  },
  'no-counterpart': (world) => {
    const payer = world.random.pick(nonEmpty(world.payers))
    tell(world, 'no-counterpart', said(world, amountOf(world), dayOf(world), payer, '预付'))
  },
  'fee-taken': (world) =>
    announced(world, ({ line }) => {
      tell(world, 'fee-taken', { ...line, amount: toAmount(decimal(line.amount).minus('0.40')) })
    }),
  misspelt: (world) =>
    announced(world, ({ line }) => {
      const { payerName, payerAccount, ...rest } = line
      tell(world, 'misspelt', { ...rest, text: line.text.replaceAll(/\d/g, '9') })
    }),
  late: (world) => {
    const { item, payer, day } = due(world)
    tell(world, 'late', said(world, item.amount, addDays(day, 12), payer))
  },
  twins: (world) => {
    const { item, payer, day } = due(world)
    world.items.push({ ...item, receivableId: nextId(world, 'F.') })
    tell(world, 'twins', said(world, item.amount, day, payer))
  },
  bounce: (world) => {
    const payer = world.random.pick(nonEmpty(world.payers))
    const paymentId = nextId(world, 'PB')
    const amount = amountOf(world)
    const day = dayOf(world)
    const more = { dealerId: payer.dealerId, state: 'reconciled', on: day } as const
    world.items.push(payment(paymentId, amount, more))
    tell(world, 'bounce', said(world, `-${amount}`, day, payer, `退票 ${paymentId}`))
  },
  'came-before-it-bounced': (world) => {
    const { item, payer, day } = due(world)
    const paymentId = nextId(world, 'PX')
    const { dealerId, orderId = '' } = item
    const more = { dealerId, orderIds: [orderId], state: 'bounced', on: near(world, day) } as const
    world.items.push(payment(paymentId, item.amount, more))
    const text = world.random.pick([`货款 ${paymentId}`, `订单${orderId}`, '货款'])
    tell(world, 'came-before-it-bounced', said(world, item.amount, day, payer, text))
  },
  'charge-by-words': (world) => {
    const line = said(
      world,
      `-${world.random.between(1, 50)}.00`,
      dayOf(world),
      undefined,
      '手续费',
    )
    tell(world, 'charge-by-words', line)
  },
}

function tell(world: World, story: Story, line: StatementLine, truth?: Counterpart): void {
  world.lines.push({ line, story, truth })
}

/** A payment on its way, and the line that brings it as it was announced. */
function announced(
  world: World,
  then: (paid: Readonly<{ line: StatementLine; truth: Counterpart }>) => void,
): void {
  const { item, payer, day } = due(world)
  const paymentId = nextId(world, 'PAY-')
  const reference = `TL${paymentId.slice(4).padStart(8, '0')}`
  const orderIds = item.orderId === undefined ? [] : [item.orderId]
  const more = { dealerId: payer.dealerId, reference, orderIds, on: addDays(day, -2) }
  world.items.push(payment(paymentId, item.amount, more))
  const text = world.random.pick([
    `货款${reference}`,
    `${reference.slice(0, 6)} ${reference.slice(6)}`,
    `pay ${paymentId.toLowerCase()}`,
  ])
  const who = world.random.chance(0.8) ? payer : undefined
  then({ line: said(world, item.amount, day, who, text), truth: { paymentId } })
}

type Due = Readonly<{ item: ReceivableItem; payer: Payer; day: LocalDate }>

function due(world: World): Due {
  const payer = world.random.pick(nonEmpty(world.payers))
  const day = dayOf(world)
  return { item: receivableOf(world, payer, day), payer, day }
}

function dueOf(world: World, { payer, day }: Due): ReceivableItem {
  return receivableOf(world, payer, near(world, day))
}

function receivableOf(world: World, { dealerId }: Payer, dueOn: LocalDate): ReceivableItem {
  const orderId = nextId(world, 'ORD-')
  const item = receivable(nextId(world, 'F.'), amountOf(world), { dealerId, dueOn, orderId })
  world.items.push(item)
  return item
}

/** Something that is open and not paid this month. */
function noise(world: World): void {
  due(world)
}

function said(
  { random }: World,
  amount: string,
  date: LocalDate,
  payer: Payer | undefined,
  text = '货款',
): StatementLine {
  const [payerName = ''] = payer?.names ?? []
  const [payerAccount = ''] = payer?.accounts ?? []
  const who = random.chance(0.7) ? { payerName } : { payerAccount }
  return { line: 1, lineKey: '', date, amount, text, ...(payer === undefined ? {} : who) }
}

function nextId(world: World, prefix: string): string {
  world.count += 1
  return `${prefix}${100_000 + world.count}`
}

function dayOf({ random }: World): LocalDate {
  return addDays(FIRST_DAY, random.between(0, DAYS - 1))
}

function near({ random }: World, day: LocalDate): LocalDate {
  return addDays(day, random.between(-2, 2))
}

/** From some ten to some hundred thousand; every tenth is round. */
function amountOf({ random }: World): string {
  if (random.chance(0.1)) return `${random.between(1, 500)}00.00`
  const whole = random.between(1, 10) ** random.between(2, 5)
  return `${whole + random.between(100, 9_999)}.${String(random.between(0, 99)).padStart(2, '0')}`
}

function nonEmpty<Item>(items: readonly Item[]): readonly [Item, ...Item[]] {
  const [first, ...others] = items
  if (first === undefined) throw new Error('there is none')
  return [first, ...others]
}
