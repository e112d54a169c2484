/** Who stands in for whom when orders are approved, and from when to when. */

import { z } from 'zod'
import { DealerId, Id, Instant, Name, Text } from '../kernel/values.ts'
import { ApproverRole } from '../reviewRule/rule.ts'

export const DelegationId = Id

export const delegationTerms = {
  delegationId: DelegationId,
  delegator: Name, // a user
  delegate: Name, // a user
  role: ApproverRole, // in which the delegate may act
  dealerId: DealerId.optional(), // whose approver the delegator is; of a brand's person: absent
  from: Instant,
  to: Instant, // exclusive
  reason: Text,
}
const DelegationTerms = z.strictObject(delegationTerms)
export type DelegationTerms = z.output<typeof DelegationTerms>

/** Whether the delegate stands in at an instant. */
export function standsIn({ from, to }: DelegationTerms, now: Instant): boolean {
  return from <= now && now < to
}
