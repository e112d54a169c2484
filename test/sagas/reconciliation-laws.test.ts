import fc from 'fast-check'
import { test } from 'tap'
import type { Counterpart } from '../../domain/bankStatement/events.ts'
import { pageOf } from '../../domain/bankStatement/events.ts'
import { isUnsettled } from '../../domain/bankStatement/state.ts'
import type { LineToClassify } from '../../domain/bankStatement/take.ts'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { Journal } from '../../domain/kernel/journal.ts'
import { type Decimal, decimal, sum, toAmount } from '../../domain/kernel/money.ts'
import { createStatementWorld, DAY, STATEMENT, type StatementWorld } from './statement-world.ts'

/** More runs, or others, on request. */
const numRuns = Number(process.env.PROPERTY_RUNS ?? 300)
const seed = Number(process.env.PROPERTY_SEED ?? 20260105)

/** Announced payments: lines name them, some the same one, some with another amount. */
const ASKED = { P1: '10.00', P2: '20.00', P3: '30.00' }
const PAYMENTS = Object.keys(ASKED) as (keyof typeof ASKED)[]

/** On three pages. */
const NUMBERS = [1, 2, 3, 150, 200, 201, 202, 450]

type Drawn = Readonly<{ kind: number; which: number; cents: number }>

const drawn: fc.Arbitrary<readonly Drawn[]> = fc.array(
  fc.record({ kind: fc.nat(8), which: fc.nat(2), cents: fc.integer({ min: 1, max: 5_000 }) }),
  { minLength: 1, maxLength: NUMBERS.length },
)

const choices = fc.array(fc.nat(3_000), { minLength: 20, maxLength: 80 })

function verdictOn({ kind, which, cents }: Drawn, at: number): LineToClassify {
  const line = NUMBERS[at] ?? 1
  const paymentId = PAYMENTS[which] ?? 'P1'
  const odd = toAmount(decimal(cents).dividedBy(100))
  const of = (amount: string) => ({ line, lineKey: `lineKey-${line}`, date: DAY, amount })
  const matched = (amount: string, counterpart: Counterpart): LineToClassify => ({
    ...of(amount),
    ...{ class: 'matched', rule: 'named', counterpart, dealerId: 'D1' },
  })
  if (kind < 3) return matched(ASKED[paymentId], { paymentId })
  if (kind === 3) return matched(odd, { paymentId })
  if (kind === 4) return matched(odd, { receivableIds: ['D1.1'] })
  if (kind === 5) return matched(`-${odd}`, { charge: true })
  if (kind === 6) return matched(`-${ASKED[paymentId]}`, { bounce: paymentId })
  const amount = cents % 2 === 0 ? odd : `-${odd}`
  if (kind === 7) return { ...of(amount), class: 'suggested', rule: 'tolerance' }
  const like = cents % 3 === 0 ? ASKED[paymentId] : amount // it could be that payment after all
  return { ...of(like), class: 'exception', rule: 'none', code: 'unknown-payer' }
}

function begun(lines: readonly LineToClassify[]): StatementWorld {
  const pages = Map.groupBy(lines, ({ line }) => pageOf(line))
  const world = createStatementWorld(ASKED, pages)
  const received = { source: 'bank', format: 'csv', lines: lines.length, from: DAY, to: DAY }
  world.decide('ReceiveStatement', { statementId: STATEMENT, ...received })
  const total = toAmount(sum(lines.map(({ amount }) => decimal(amount))))
  const numbers = lines.map(({ line }) => line)
  world.decide('CompleteTaking', { statementId: STATEMENT, lines: numbers, total })
  return world
}

function happen(world: StatementWorld, choice: number, some: readonly Drawn[]): void {
  const which = Math.floor(choice / 30)
  const at = which % some.length
  const lineId = `${STATEMENT}.${NUMBERS[at]}`
  const paymentId = PAYMENTS[which % PAYMENTS.length] ?? 'P1'
  const kind = choice % 30
  if (kind < 11) world.seeNext()
  else if (kind < 19) world.arrive(which)
  else if (kind === 19) world.arrive(which, true)
  else if (kind < 22) world.commit()
  else if (kind === 22) world.crash()
  else if (kind === 23) world.decide('CapturePayment', { paymentId })
  else if (kind === 24) world.decide('FailPayment', { paymentId })
  else if (kind === 25) world.decide('BouncePayment', { paymentId, reason: 'by hand' })
  else if (kind === 26) world.decide('IgnoreStatementLine', { lineId, reason: 'not ours' })
  else world.decide('MatchStatementLine', { lineId, ...handNamed(kind, some[at]) })
}

/** A person mostly names what the line was drawn for. */
function handNamed(kind: number, drawn: Drawn | undefined): Readonly<Record<string, unknown>> {
  const paymentId = PAYMENTS[drawn?.which ?? 0] ?? 'P1'
  if (drawn?.kind === 6) return kind === 29 ? { charge: true } : { bounce: paymentId }
  return kind === 28 ? { receivableIds: ['D1.1'] } : { paymentId }
}

/** What an event adds to an account, by its journal; a payment's own money is the facility's to book. */
function posted({ type, data }: RecordedEvent, account: string): Decimal {
  const {
    journal = [],
    amount,
    clearedFrom,
  } = data as Readonly<{
    journal?: Journal
    amount?: string
    clearedFrom?: string
  }>
  const lines = journal.filter((line) => line.account === account)
  const own = sum(lines.map(({ debit = '0', credit = '0' }) => decimal(debit).minus(credit)))
  const from = clearedFrom === 'suspense' ? '2241.09' : '1002'
  if (type === 'PaymentCaptured' && account === from) return decimal(amount ?? '0')
  if (type === 'PaymentBounced' && account === '1002') return decimal(amount ?? '0').negated()
  return own
}

function balanceOf({ log }: StatementWorld, account: string): string {
  return toAmount(sum(log.map((event) => posted(event, account))))
}

/** What is in the bank's account though no line was seen for it: captures and bounces by hand. */
function withoutLine({ log }: StatementWorld): Decimal {
  const found = new Map(
    log
      .filter(({ type }) => type === 'PaymentReconciled' || type === 'BounceReconciled')
      .map(({ type, streamId }) => [`${type} ${streamId}`, true]),
  )
  return sum(
    log.flatMap(({ type, streamId, data }) => {
      const { lineId, amount = '0' } = data as Readonly<{ lineId?: string; amount?: string }>
      if (lineId !== undefined) return []
      if (type === 'PaymentCaptured' && !found.has(`PaymentReconciled ${streamId}`)) {
        return [decimal(amount)]
      }
      if (type === 'PaymentBounced' && !found.has(`BounceReconciled ${streamId}`)) {
        return [decimal(amount).negated()]
      }
      return []
    }),
  )
}

test('the money of each line is booked exactly once, whatever is repeated and whoever dies', (t) => {
  let booked = 0
  let declined = 0
  let cleared = 0
  const property = fc.property(drawn, choices, choices, (some, before, after) => {
    const lines = some.map(verdictOn)
    const world = begun(lines)
    for (const choice of before) happen(world, choice, some)
    world.settle()
    for (const choice of after) happen(world, choice, some)
    world.settle()
    const statement = world.statement()
    if (world.failures.length > 0) throw new Error(`refused: ${world.failures}`)
    if (world.instances().length > 0) throw new Error('an instance waits for ever')
    if (!statement?.isReconciled) throw new Error('the statement is not reconciled')
    const byClass = { bank: decimal('0'), suspense: decimal('0') }
    for (const { line, amount } of lines) {
      const state = statement.byLine.get(line)
      if (state === undefined || state.status === 'booking') throw new Error(`${line} hangs`)
      const isHeld = isUnsettled(state) && state.class === 'exception'
      if (isHeld !== (isUnsettled(state) && state.isSuspended)) throw new Error(`${line}: suspense`)
      if (state.status === 'booked' || isHeld) byClass.bank = byClass.bank.plus(amount)
      if (isHeld) byClass.suspense = byClass.suspense.plus(amount)
      if (state.status === 'booked') booked += 1
    }
    declined += world.log.filter(({ type }) => type === 'StatementLineDeclined').length
    const bank = toAmount(byClass.bank.plus(withoutLine(world)))
    cleared += world.log.filter(({ type }) => type === 'SuspenseCleared').length
    if (balanceOf(world, '1002') !== bank) {
      throw new Error(`the bank holds ${balanceOf(world, '1002')}, and should ${bank}`)
    }
    const suspense = toAmount(byClass.suspense.negated())
    if (balanceOf(world, '2241.09') !== suspense) {
      throw new Error(`suspense holds ${balanceOf(world, '2241.09')}, and should ${suspense}`)
    }
  })
  fc.assert(property, { numRuns, seed })
  const counted = `${booked} booked, ${declined} declined, ${cleared} cleared`
  t.ok(booked > numRuns && declined > numRuns / 10 && cleared > numRuns / 10, counted)
  t.end()
})
