/** Looks at the accounts once more before lines are booked on what dealers owe. */

import type { LineToClassify } from '../domain/bankStatement/take.ts'
import { facility } from '../domain/facility/facility.ts'
import { facilityIdOf } from '../domain/facility/receivables.ts'
import type { FacilityState } from '../domain/facility/state.ts'
import { decimal, sum } from '../domain/kernel/money.ts'
import type { OtherStreams } from './command.ts'

/**
 * Lines that were matched with receivables which are settled by now, or smaller than they were, become
 * exceptions: `duplicate`, `over-paid`. A receipt itself is never refused, for its money has come.
 */
export async function stillOwed(
  lines: readonly LineToClassify[],
  { stateOf }: OtherStreams,
): Promise<readonly LineToClassify[]> {
  const states = new Map<string, FacilityState>()
  for (const id of lines.flatMap(namedReceivables)) {
    const facilityId = facilityIdOf(id)
    if (!states.has(facilityId)) states.set(facilityId, await stateOf(facility, facilityId))
  }
  const taken = new Set<string>()
  return lines.map((line) => {
    const ids = namedReceivables(line)
    if (ids.length === 0) return line
    const open = ids.map(
      (id) => states.get(facilityIdOf(id))?.receivables.get(id)?.outstanding ?? '0',
    )
    const left = sum(open.map((amount) => decimal(amount)))
    if (ids.some((id) => taken.has(id)) || open.some((amount) => decimal(amount).isZero())) {
      return exception(line, 'duplicate', 'what it would settle is settled already')
    }
    if (left.lessThan(line.amount)) {
      return exception(line, 'over-paid', `only ${left} is owed of what it would settle`)
    }
    for (const id of ids) taken.add(id)
    return line
  })
}

function namedReceivables({ class: of, counterpart }: LineToClassify): readonly string[] {
  if (of !== 'matched' || counterpart === undefined) return []
  return 'receivableIds' in counterpart ? counterpart.receivableIds : []
}

function exception(line: LineToClassify, code: string, message: string): LineToClassify {
  const { counterpart, ...rest } = line
  return {
    ...rest,
    class: 'exception',
    code,
    message,
    ...(counterpart === undefined ? {} : { candidates: [counterpart] }),
  }
}
