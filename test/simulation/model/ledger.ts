/** The books: every journal balances, and the accounts are what days and dealers add up to. */

import { type Cents, cents, text, total } from './cents.ts'
import type { Data, Seen } from './law.ts'
import { law } from './law.ts'

type Sides = { debit: Cents; credit: Cents }

export type Books = ReturnType<typeof createBooks>

export function createBooks() {
  /** Debit less credit. */
  const accounts = new Map<string, Cents>()
  const ofDealer = new Map<string, Cents>()
  const days = new Map<string, Map<string, Sides>>()

  function take(seen: Seen): void {
    const lines: readonly Data[] = seen.data.journal ?? []
    const debits = total(lines.map(({ debit }) => cents(debit)))
    const credits = total(lines.map(({ credit }) => cents(credit)))
    law(
      'every journal balances',
      debits === credits,
      () => `debit ${text(debits)}, credit ${text(credits)}`,
      seen,
    )
    for (const line of lines) post(line, seen)
  }

  function post({ account, debit, credit, dealerId }: Data, { bookedOn, ...seen }: Seen): void {
    const change = cents(debit) - cents(credit)
    law(
      'a journal line has one side, above zero',
      (debit === undefined) !== (credit === undefined) && change !== 0n,
      () => JSON.stringify({ account, debit, credit }),
      seen,
    )
    accounts.set(account, (accounts.get(account) ?? 0n) + change)
    const key = `${account} ${dealerId}`
    if (dealerId !== undefined) ofDealer.set(key, (ofDealer.get(key) ?? 0n) + change)
    const day = days.get(bookedOn) ?? new Map<string, Sides>()
    days.set(bookedOn, day)
    const sides = day.get(account) ?? { debit: 0n, credit: 0n }
    day.set(account, { debit: sides.debit + cents(debit), credit: sides.credit + cents(credit) })
  }

  /** The books of one day, as the read model has them. */
  function dayTotals(date: string) {
    return totalsBetween(date, date)
  }

  /** From one day to another, both inclusive. */
  function totalsBetween(from: string, to: string) {
    const sums = new Map<string, Sides>()
    for (const [date, accountsOf] of days) {
      if (date < from || date > to) continue
      for (const [account, { debit, credit }] of accountsOf) {
        const sides = sums.get(account) ?? { debit: 0n, credit: 0n }
        sums.set(account, { debit: sides.debit + debit, credit: sides.credit + credit })
      }
    }
    const day = [...sums].sort(([one], [other]) => (one < other ? -1 : 1))
    return {
      debit: text(total(day.map(([, { debit }]) => debit))),
      credit: text(total(day.map(([, { credit }]) => credit))),
      accounts: day.map(([account, { debit, credit }]) => ({
        account,
        debit: text(debit),
        credit: text(credit),
      })),
    }
  }

  return {
    take,
    dayTotals,
    totalsBetween,
    balance: (account: string) => accounts.get(account) ?? 0n,
    ofDealer: (account: string, dealerId: string) => ofDealer.get(`${account} ${dealerId}`) ?? 0n,
    /** The sum of all accounts. */
    sum: () => total(accounts.values()),
  }
}
