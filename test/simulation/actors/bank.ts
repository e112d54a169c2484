/**
 * The bank: it knows what was really transferred, and writes statements of it, in files that overlap,
 * with lines that come late, and that are sent more than once.
 */

import { dayIn } from '../../../domain/kernel/dates.ts'
import type { StatementLine } from '../../../domain/reconciliation/types.ts'
import { type Cents, text, total } from '../model/cents.ts'
import { OUTSIDE } from '../scheduler.ts'
import type { Till } from './providers.ts'
import { PROVIDERS } from './providers.ts'
import { DAY, HOUR, MINUTE, type Stage } from './stage.ts'

/** What a movement really was. */
export type Truth =
  | Readonly<{ payment: string }>
  /** Of a dealer who announced nothing, or paid twice. */
  | Readonly<{ dealer: string }>
  | Readonly<{ refund: string }>
  | Readonly<{ bounce: string }>
  | Readonly<{ settlement: string }>
  | Readonly<{ charge: true }>
  /** It is booked already, not as a line. */
  | Readonly<{ booked: true }>

export type Movement = Readonly<{
  amount: Cents
  text: string
  payerName?: string
  kind?: 'charge'
  truth: Truth
}>

type Written = Omit<StatementLine, 'line'> & Readonly<{ from: number; truth: Truth }>

export type Bank = Readonly<{
  move: (movement: Movement) => void
  truthOf: (lineKey: string) => Truth | undefined
  /** Whether some movements are in no file yet. */
  isWaiting: () => boolean
  balance: () => Cents
}>

export function openBank(stage: Stage, till: Till, goesOn: () => boolean, lastBy: number): Bank {
  const { world, random, later } = stage
  const { scheduler } = world
  const movements: Written[] = []
  const shown = new Set<string>()
  const truths = new Map<string, Truth>()
  let balance = 0n
  let files = 0

  const today = () => dayIn(world.policy.timeZone, new Date(scheduler.now()).toISOString())

  function move({ amount, truth, ...said }: Movement): void {
    const lineKey = `movement-${String(movements.length + 1).padStart(6, '0')}`
    const late = random.chance(0.15) ? random.between(HOUR, 3 * DAY) : 0
    const line = { lineKey, date: today(), amount: text(amount), ...said }
    movements.push({ ...line, from: scheduler.now() + late, truth })
    truths.set(lineKey, truth)
    balance += amount
  }

  /** What came since some time, what was in the last file included, but for what comes later. */
  function file(): void {
    const since = scheduler.now() - random.between(DAY, 3 * DAY)
    const there = movements.filter(({ from, lineKey }) => {
      return from <= scheduler.now() && (!shown.has(lineKey) || from >= since)
    })
    if (there.length === 0) return
    const lines = there.slice(0, 200).map(({ from: _, truth: __, ...said }, at) => ({
      line: at + 1,
      ...said,
    }))
    send('bank', 'bank', lines)
    for (const { lineKey } of lines) shown.add(lineKey)
  }

  /** Sends a file until it is heard that it was taken in, and then perhaps once more. */
  function send(source: 'bank' | 'provider', of: string, lines: readonly StatementLine[]): string {
    files += 1
    const statementId = `${of}-${files}`
    const days = lines.map(({ date }) => date).sort()
    const [from = today(), to = from] = [days[0], days.at(-1)]
    const told = { statementId, source, format: 'camt.053', fileName: undefined, from, to, lines }
    const copies = random.chance(0.15) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      stage.until(MINUTE, random.pick([2 * MINUTE, HOUR]), () => world.takeStatement(told))
    }
    return statementId
  }

  /** A provider pays out what it holds, less its fee, and says for what. */
  function settle(provider: string): void {
    const sales = [...till.sales.values()].filter((sale) => sale.provider === provider)
    const lines: StatementLine[] = []
    const add = (truth: Truth, line: Omit<StatementLine, 'line' | 'lineKey' | 'date'>) => {
      const lineKey = `settled-${String(truths.size).padStart(6, '0')}`
      truths.set(lineKey, truth)
      lines.push({ line: lines.length + 1, lineKey, date: today(), ...line })
    }
    const amounts: Cents[] = []
    for (const sale of sales) {
      const { paymentId } = sale
      if (sale.status === 'captured' && !sale.paidOut && lines.length < 190) {
        sale.paidOut = true
        const fee = (sale.amount * 6n) / 1000n
        amounts.push(sale.amount - fee)
        const settlement = { paymentId, gross: text(sale.amount), fee: text(fee) }
        add({ payment: paymentId }, { amount: text(sale.amount - fee), text: '', settlement })
      }
      for (const back of sale.refunds.values()) {
        if (back.status !== 'refunded' || back.paidOut || lines.length >= 190) continue
        back.paidOut = true
        amounts.push(-back.amount)
        add({ refund: back.refundId }, { amount: text(-back.amount), text: back.refundId })
      }
    }
    if (lines.length === 0) return
    const settlement = send('provider', provider, lines)
    const amount = total(amounts)
    if (amount === 0n) return
    later(2 * HOUR, DAY, () => {
      const said = random.chance(0.7) ? settlement : 'payout'
      move({ amount, text: said, payerName: provider, truth: { settlement } })
    })
  }

  function isWaiting(): boolean {
    if (scheduler.now() > lastBy) return false
    const isHeld = [...till.sales.values()].some(
      ({ status, paidOut, refunds }) =>
        (status === 'captured' && !paidOut) ||
        [...refunds.values()].some((one) => one.status === 'refunded' && !one.paidOut),
    )
    return isHeld || movements.some(({ lineKey }) => !shown.has(lineKey))
  }

  function again(least: number, most: number, work: () => void): void {
    scheduler.at(scheduler.now() + random.between(least, most), OUTSIDE, () => {
      work()
      if (goesOn() || isWaiting()) again(least, most, work)
    })
  }

  again(12 * HOUR, 30 * HOUR, file)
  for (const provider of PROVIDERS) again(DAY, 4 * DAY, () => settle(provider))
  again(3 * DAY, 8 * DAY, () => {
    if (!goesOn()) return
    const amount = -BigInt(random.between(100, 5_000))
    move({ amount, text: 'service fee', kind: 'charge', truth: { charge: true } })
  })
  return { move, truthOf: (lineKey) => truths.get(lineKey), isWaiting, balance: () => balance }
}
