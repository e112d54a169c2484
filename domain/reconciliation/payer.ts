/** The second rule, for one item: the payer is known, and one open payment or receivable is of this amount. */

import {
  type ByAmount,
  byDealerAndAmount,
  type Entry,
  isDue,
  isPayment,
  within,
} from './book-index.ts'
import { announcedFor, isDirected } from './named.ts'
import {
  agrees,
  exception,
  isReconciled,
  MOST_COMPARED,
  type Reading,
  type Run,
  suggestion,
  take,
} from './run.ts'
import type { MatchResult } from './types.ts'
import { soundsLikeProvider } from './wording.ts'

/** What rules without a name choose from: all that no line took by name. */
export type Choice = Readonly<{
  due: ReadonlyMap<string, ByAmount>
  refunds: ReadonlyMap<string, ByAmount>
  settlements: ByAmount
  /** Payments that a statement shows, of this run or before. */
  shown: ReadonlyMap<string, ByAmount>
}>

export function choiceOf({ index, taken }: Run): Choice {
  const { entries } = index
  const free = entries.filter(({ id }) => !taken.has(id))
  return {
    due: byDealerAndAmount(free.filter(isDue)),
    refunds: byDealerAndAmount(free.filter(({ item }) => item.kind === 'refund')),
    settlements: Map.groupBy(
      free.filter(({ item }) => item.kind === 'settlement'),
      ({ cents }) => cents,
    ),
    shown: byDealerAndAmount(
      entries.filter((entry) => taken.has(entry.id) || (isPayment(entry) && isReconciled(entry))),
    ),
  }
}

/** Undefined if nothing of this amount is within the days. */
export function byPayer(run: Run, reading: Reading, choice: Choice): MatchResult | undefined {
  const near = nearOf(run, reading, choice)
  if (near.length === 0) return undefined
  const answers = announcedFor(run, near)
  const [only] = answers
  const each = answers.map((entry) => [entry])
  if (answers.length > 1 || only === undefined) {
    return suggestion(run, reading, each, 'payer-amount', 'Several of the amount are open.')
  }
  if (reading.payers.length > 1) {
    return suggestion(run, reading, each, 'payer-amount', 'Several dealers are called so.')
  }
  if (!agrees(reading, answers)) {
    return suggestion(run, reading, each, 'payer-amount', 'The text names something else.')
  }
  const message = 'The payer is known, and nothing else of the amount is open about this day.'
  return take(run, reading, answers, 'payer-amount', message)
}

/** Dealers of one name that are looked at. */
const MOST_PAYERS = 5

function nearOf({ limits }: Run, reading: Reading, choice: Choice): readonly Entry[] {
  const { payers, cents, day, isOut } = reading
  const near = (list: readonly Entry[] | undefined) =>
    within(list ?? [], day, limits.days, MOST_COMPARED)
  const lists = isOut ? choice.refunds : choice.due
  const theirs = payers
    .slice(0, MOST_PAYERS)
    .flatMap((dealerId) => near(lists.get(dealerId)?.get(cents)))
  const ofBank = theirs.filter(({ item }) => item.kind !== 'refund' || item.via === 'bank')
  const { payerName = '', text } = reading.line
  const isProviders = payers.length === 0 && soundsLikeProvider(`${payerName} ${text}`)
  if (!isProviders) return ofBank
  return near(choice.settlements.get(cents)).filter((entry) => isDirected(reading, entry))
}

/** The payer paid the same amount about now, and nothing of that amount is open any more. */
export function byShown(run: Run, reading: Reading, { shown }: Choice): MatchResult | undefined {
  const { dealerId, cents, day, isOut } = reading
  if (dealerId === undefined || isOut) return undefined
  const same = shown.get(dealerId)?.get(cents) ?? []
  const near = within(same, day, run.limits.days, MOST_COMPARED).filter(
    ({ item }) => item.kind !== 'refund',
  )
  if (near.length === 0) return undefined
  const each = near.map((entry) => [entry])
  return exception(reading, 'payer-amount', 'duplicate', 'The same amount came already.', each)
}

/** The amount of one item on another day: too little to book by. */
export function onOtherDays(
  run: Run,
  reading: Reading,
  { due, refunds }: Choice,
): MatchResult | undefined {
  const { dealerId = '', cents, isOut } = reading
  const same = (isOut ? refunds : due).get(dealerId)?.get(cents)?.slice(0, MOST_COMPARED) ?? []
  const free = same.filter(({ id }) => !run.taken.has(id))
  if (free.length === 0) return undefined
  const each = announcedFor(run, free).map((entry) => [entry])
  return suggestion(run, reading, each, 'payer-amount', 'The amount is open, but of other days.')
}
