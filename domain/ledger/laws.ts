/** The laws of the ledger, held at every position of the log (DOMAIN: The ledger). */

import type { FacilityEvent } from '../facility/events.ts'
import type { RecordedEvent } from '../kernel/event.ts'
import { Journal } from '../kernel/journal.ts'
import { type Decimal, decimal, sum, toAmount, ZERO } from '../kernel/money.ts'
import { ACCOUNT_ROLES, type Chart } from './chart.ts'
import { movesOf, SUB_LEDGERS, type SubLedger } from './sub-ledgers.ts'

/** A law that does not hold where an event stands in the log. */
export type Breach = Readonly<{ law: string; figures: Readonly<Record<string, string>> }>

type Seen = Readonly<Pick<RecordedEvent, 'type' | 'data' | 'category'>>

/** What has been found so far, and the sums at the end. */
export type Held = Readonly<{
  /** Debits less credits of all accounts. */
  sum: Decimal
  /** Debits less credits, by account. */
  accounts: ReadonlyMap<string, Decimal>
}>

/** Which side a dealer's part of an account stands on. */
const ON_DEBIT: ReadonlySet<SubLedger> = new Set(['receivable'])

/**
 * Holds the laws against one event after another, from the first on: every entry balances, on accounts of
 * the chart; all accounts add up to nothing; each dealer's part of a control account is what its facts say.
 */
export function ledgerLaws(chart: Chart) {
  const accounts = new Map<string, Decimal>()
  /** Debits less credits by the entries, and by the facts; by account and dealer. */
  const booked = new Map<string, Decimal>()
  const decided = new Map<string, Decimal>()
  const codes = new Set<string>(ACCOUNT_ROLES.map((role) => chart[role].code))
  const controls = new Set<string>(SUB_LEDGERS.map((ledger) => chart[ledger].code))
  let all = ZERO

  /** The breaches that this event brings; none: the laws hold here. */
  function take(event: Seen): readonly Breach[] {
    const breaches: Breach[] = []
    const concerned = new Set<string>()
    let difference = ZERO
    for (const line of journalOf(event)) {
      const change = decimal(line.debit ?? '0').minus(line.credit ?? '0')
      difference = difference.plus(change)
      add(accounts, line.account, change)
      if (!codes.has(line.account)) {
        breaches.push({ law: 'accounts are in the chart', figures: { account: line.account } })
      }
      if (!controls.has(line.account)) continue
      const key = `${line.account} ${line.dealerId ?? ''}`
      add(booked, key, change)
      concerned.add(key)
    }
    all = all.plus(difference)
    for (const { ledger, dealerId, amount } of factsOf(event)) {
      const key = `${chart[ledger].code} ${dealerId}`
      add(decided, key, ON_DEBIT.has(ledger) ? amount : amount.negated())
      concerned.add(key)
    }
    if (!difference.isZero()) {
      breaches.push({ law: 'every entry balances', figures: { difference: toAmount(difference) } })
    }
    if (!all.isZero()) {
      breaches.push({ law: 'all accounts add up to nothing', figures: { sum: toAmount(all) } })
    }
    for (const key of concerned) {
      const [entries, facts] = [booked.get(key) ?? ZERO, decided.get(key) ?? ZERO]
      if (entries.equals(facts)) continue
      const [account = '', dealerId = ''] = key.split(' ')
      const figures = { account, dealerId, entries: toAmount(entries), facts: toAmount(facts) }
      breaches.push({ law: "each dealer's part of an account is what its facts say", figures })
    }
    return breaches
  }

  return { take, held: (): Held => ({ sum: sum(accounts.values()), accounts }) }
}

function add(sums: Map<string, Decimal>, key: string, amount: Decimal): void {
  sums.set(key, amount.plus(sums.get(key) ?? 0))
}

function journalOf({ data }: Seen): Journal {
  if (typeof data !== 'object' || data === null || !('journal' in data)) return []
  return Journal.parse(data.journal)
}

function factsOf(event: Seen) {
  return event.category === 'facility' ? movesOf(event as FacilityEvent) : []
}
