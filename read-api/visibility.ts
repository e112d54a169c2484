/** A dealer's people see their dealer and its descendants, never a sibling (DOMAIN: People and rights). */

import { type RawBuilder, sql } from 'kysely'
import type { Role } from '../domain/kernel/roles.ts'
import { type Caller, isDealers } from '../http/caller.ts'
import { Problem } from '../http/problem.ts'
import type { ReadDatabase } from './database.ts'

/** A condition on a column that holds a dealer's id; undefined where the caller sees every dealer. */
export function visibleDealers(caller: Caller, column: string): RawBuilder<boolean> | undefined {
  if (!isDealers(caller)) return undefined
  const own = caller.dealerId ?? ''
  return sql<boolean>`${sql.ref(column)} in (${descendants(own)})`
}

function descendants(dealerId: string): RawBuilder<unknown> {
  return sql`
    with recursive tree as (
      select dealer_id from read.dealers where dealer_id = ${dealerId}
      union
      select child.dealer_id from read.dealers child
        join tree on child.parent_dealer_id = tree.dealer_id
    )
    select dealer_id from tree`
}

/** Refuses a dealer that the caller may not see; one that does not exist is refused alike. */
export async function requireVisible(
  db: ReadDatabase,
  caller: Caller,
  dealerId: string,
): Promise<void> {
  if (!isDealers(caller) || caller.dealerId === dealerId) return
  const found = await db
    .selectFrom('dealers')
    .select('dealer_id')
    .where('dealer_id', '=', dealerId)
    .where(sql<boolean>`dealer_id in (${descendants(caller.dealerId ?? '')})`)
    .executeTakeFirst()
  if (found === undefined) {
    throw notYourDealer(caller)
  }
}

function notYourDealer({ dealerId }: Caller): Problem {
  const detail = 'You may see your own dealer and its descendants only.'
  return new Problem(403, 'not-your-dealer', detail, {
    decision: { rule: 'not-your-dealer', ruleVersion: 1, inputs: { yours: dealerId }, ways: [] },
  })
}

export const FINANCE: readonly Role[] = ['brand-admin', 'brand-finance', 'auditor']
export const AUDIT: readonly Role[] = [
  'brand-admin',
  'brand-finance',
  'auditor',
  'platform-support',
]
export const OPERATORS: readonly Role[] = [
  'brand-admin',
  'brand-ops',
  'auditor',
  'platform-support',
]
