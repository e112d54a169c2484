/** What a dealer owes by due date, each date's shipments by their numbers. */

import { OrderedMap, type Map as PersistentMap } from 'immutable'
import type { LocalDate } from '../kernel/values.ts'
import type { Member } from './state.ts'

/** A shipment of which principal or fee is open. */
export type Open = Readonly<{ receivableId: string; dueOn: LocalDate; number: number }>

type OfDate = OrderedMap<string, number>

/** Adds shipments to a dealer's open ones: O(log n) each, but for those that are owed again. */
export function opened(member: Member, open: readonly Open[]): Member {
  let { openByDue } = member
  for (const [dueOn, due] of Map.groupBy(open, (one) => one.dueOn)) {
    openByDue = openByDue.set(dueOn, withAll(openByDue.get(dueOn) ?? OrderedMap(), due))
  }
  return openByDue === member.openByDue ? member : { ...member, openByDue }
}

/** One that was settled and is owed again takes its place among the others: all of a date at once. */
function withAll(date: OfDate, due: readonly Open[]): OfDate {
  let last = date.last() ?? 0
  let isInOrder = true
  const added = date.withMutations((all) => {
    for (const { receivableId, number } of due) {
      isInOrder = isInOrder && (number > last || all.has(receivableId))
      all.set(receivableId, number)
      last = Math.max(last, number)
    }
  })
  return isInOrder ? added : added.sort((one, other) => one - other)
}

/** Takes a shipment out of its dealer's open ones. */
export function settled(member: Member, dueOn: LocalDate, receivableId: string): Member {
  const due = member.openByDue.get(dueOn)?.delete(receivableId)
  if (due === undefined) return member
  return { ...member, openByDue: withDate(member.openByDue, dueOn, due) }
}

function withDate(all: PersistentMap<LocalDate, OfDate>, dueOn: LocalDate, due: OfDate) {
  return due.size === 0 ? all.delete(dueOn) : all.set(dueOn, due)
}
