/** What is to be matched, as the rules say it and by trying everything: for small cases. */

import { daysBetween } from '../../../domain/kernel/dates.ts'
import { decimal, sum } from '../../../domain/kernel/money.ts'
import type { ReceivableItem, StatementLine } from '../../../domain/reconciliation/types.ts'

/** The receivables that each line is matched with, in order; of lines that are not matched, nothing. */
export function naiveMatches(
  lines: readonly (StatementLine & Readonly<{ dealerId: string }>)[],
  items: readonly ReceivableItem[],
): readonly (readonly string[])[] {
  const results = lines.map((): readonly string[] | undefined => undefined)
  const taken = new Set<string>()
  const settle = (place: number, answers: readonly (readonly ReceivableItem[])[]) => {
    if (answers.length === 0) return
    const [only = []] = answers
    const ids = only.map(({ receivableId }) => receivableId).sort()
    const isMatch = answers.length === 1 && !ids.some((id) => taken.has(id))
    const isConsistent = agrees(lines[place]?.text ?? '', ids, items)
    results[place] = isMatch && isConsistent ? ids : []
    if (isMatch && isConsistent) for (const id of ids) taken.add(id)
  }
  const undecided = () => [...lines.entries()].filter(([place]) => results[place] === undefined)

  for (const [place, line] of undecided()) {
    const named = items.filter(({ receivableId }) => line.text.split(' ').includes(receivableId))
    const equal = named.filter(({ amount }) => amount === line.amount)
    const ofPayer = equal.filter(({ dealerId }) => dealerId === line.dealerId)
    const best = ofPayer.length > 0 ? ofPayer : equal
    if (best.length > 0) settle(place, each(best))
    else if (named.length > 1 && isSum(named, line) && ofOneDealer(named)) settle(place, [named])
  }
  const left = items.filter(({ receivableId }) => !taken.has(receivableId))
  const near = (line: StatementLine & Readonly<{ dealerId: string }>) =>
    left.filter(
      ({ dealerId, dueOn }) =>
        dealerId === line.dealerId && Math.abs(daysBetween(line.date, dueOn)) <= 3,
    )
  for (const [place, line] of undecided()) {
    const equal = near(line).filter(({ amount }) => amount === line.amount)
    settle(place, each(equal))
  }
  for (const [place, line] of undecided()) {
    settle(
      place,
      subsets(near(line)).filter((some) => some.length > 1 && isSum(some, line)),
    )
  }
  return results.map((ids) => ids ?? [])
}

function isSum(items: readonly ReceivableItem[], { amount }: StatementLine): boolean {
  return sum(items.map((item) => decimal(item.amount))).equals(amount)
}

function ofOneDealer(items: readonly ReceivableItem[]): boolean {
  return new Set(items.map(({ dealerId }) => dealerId)).size === 1
}

/** What the text names must be among what is matched. */
function agrees(text: string, ids: readonly string[], items: readonly ReceivableItem[]): boolean {
  const named = items.filter(({ receivableId }) => text.split(' ').includes(receivableId))
  return named.length === 0 || named.some(({ receivableId }) => ids.includes(receivableId))
}

function each<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  return items.map((item) => [item])
}

function subsets<Item>(items: readonly Item[]): readonly (readonly Item[])[] {
  const sets = Array.from({ length: 2 ** items.length }, (_, set) => set)
  return sets.map((set) => items.filter((_, place) => (set >> place) & 1))
}
