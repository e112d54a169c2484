/**
 * What is debited on its due date.
 *
 * Events: a storage format. Add fields and versions; never change a meaning.
 */

import { z } from 'zod'
import { event } from '../kernel/event.ts'
import { DealerId, Id, LocalDate, PositiveAmount, ReceivableId, Text } from '../kernel/values.ts'

export const DebitMandateGiven = event(
  'DebitMandateGiven',
  1,
  {
    dealerId: DealerId,
    method: z.enum(['wechat', 'alipay']),
    mandateReference: Text, // the provider's
    reason: Text.optional(),
  },
  { description: 'What a dealer owes may be debited on its due date.' },
)

export const DebitMandateRevoked = event(
  'DebitMandateRevoked',
  1,
  { dealerId: DealerId, reason: Text.optional() },
  { description: 'Nothing of what a dealer owes is debited any more.' },
)

export const DebitsDue = event(
  'DebitsDue',
  1,
  {
    date: LocalDate, // the due date: the day that opens as the one before it closes
    debits: z
      .array(
        z.strictObject({
          debitId: Id, // `<facilityId>.d<n>`
          dealerId: DealerId,
          method: z.enum(['wechat', 'alipay']),
          mandateReference: Text,
          amount: PositiveAmount,
          receivableIds: z.array(ReceivableId).min(1).max(1000),
        }),
      )
      .min(1)
      .max(500),
  },
  { description: 'Receivables fall due whose dealers let them be debited.' },
)

export const DEBIT_EVENTS = [DebitMandateGiven, DebitMandateRevoked, DebitsDue] as const
