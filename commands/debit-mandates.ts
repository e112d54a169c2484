/** What may be asked about automatic debits. */

import { z } from 'zod'
import { giveDebitMandate, revokeDebitMandate } from '../domain/facility/debits.ts'
import { facility } from '../domain/facility/facility.ts'
import { DealerId, FacilityId, Text } from '../domain/kernel/values.ts'
import type { Answered, StreamContext } from './command.ts'
import { command } from './command.ts'

const ofDealer = {
  roles: ['brand-finance', 'dealer-approver'],
  dealer: ({ dealerId }: Readonly<{ dealerId: string }>) => dealerId,
  aggregate: facility,
  stream: ({ dealerId }: Readonly<{ dealerId: string }>, { reference }: StreamContext) =>
    reference.dealers.get(dealerId)?.facilityId ?? dealerId,
  expects: 'any',
  needsFreshReference: true,
} as const

const answering = {
  answer: ({ input, streamId }: Answered<Readonly<{ dealerId: string }>>) => ({
    dealerId: input.dealerId,
    facilityId: streamId,
  }),
  answerSchema: z.object({ dealerId: DealerId, facilityId: FacilityId }),
}

export const GiveDebitMandate = command({
  ...ofDealer,
  name: 'GiveDebitMandate',
  schema: z.strictObject({
    dealerId: DealerId,
    method: z.enum(['wechat', 'alipay']),
    mandateReference: Text, // the provider's
    reason: Text.optional(),
  }),
  decide: giveDebitMandate,
  route: {
    path: '/facilities/:dealerId/debit-mandate',
    summary: 'Let what a dealer owes be debited on its due date',
    ...answering,
  },
})

export const RevokeDebitMandate = command({
  ...ofDealer,
  name: 'RevokeDebitMandate',
  schema: z.strictObject({ dealerId: DealerId, reason: Text.optional() }),
  decide: revokeDebitMandate,
  route: {
    path: '/facilities/:dealerId/debit-mandate/revoke',
    summary: 'Debit nothing of what a dealer owes any more',
    ...answering,
  },
})
