/** What people may say about the lines of statements. */

import { z } from 'zod'
import { StatementId } from '../domain/bankDay/bankDay.ts'
import { bankStatement } from '../domain/bankStatement/bankStatement.ts'
import {
  BankChargeBooked,
  type Counterpart,
  type LineClass,
  partsOfLineId,
  StatementLinesBooked,
} from '../domain/bankStatement/events.ts'
import { type FoundCounterpart, ignoreLine, matchLine } from '../domain/bankStatement/match.ts'
import { facility } from '../domain/facility/facility.ts'
import { facilityIdOf } from '../domain/facility/receivables.ts'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import {
  PaymentId,
  ReceivableId,
  RefundId,
  StatementLineId,
  Text,
} from '../domain/kernel/values.ts'
import { payment } from '../domain/payment/payment.ts'
import { refund } from '../domain/refund/refund.ts'
import { isOf } from './answers.ts'
import { command, type OtherStreams } from './command.ts'

const byFinance = {
  roles: ['brand-finance'],
  aggregate: bankStatement,
  stream: ({ lineId }: Readonly<{ lineId: string }>) =>
    partsOfLineId(lineId)?.statementId ?? lineId,
  expects: 'any',
} as const

const NAMED = ['paymentId', 'receivableIds', 'refundId', 'charge', 'bounce', 'settlement'] as const

const Matching = z
  .object({
    lineId: StatementLineId,
    paymentId: PaymentId.optional(),
    receivableIds: z.array(ReceivableId).min(1).max(1000).optional(),
    refundId: RefundId.optional(),
    charge: z.literal(true).optional(),
    bounce: PaymentId.optional(),
    settlement: StatementId.optional(), // the file of a provider that paid it out
  })
  .refine((given) => NAMED.filter((name) => given[name] !== undefined).length === 1, {
    message: `must name one of ${NAMED.join(', ')}`,
  })
type Matching = z.output<typeof Matching>

/** How long the answer waits for the account concerned. */
const WAIT_MS = 5_000

export const MatchStatementLine = command({
  ...byFinance,
  name: 'MatchStatementLine',
  schema: Matching,
  lookup: (input: Matching, lookups) => foundCounterpart(counterpartOf(input), lookups),
  decide: (state, input: Matching, context) =>
    matchLine(state, { lineId: input.lineId, counterpart: counterpartOf(input) }, context),
  route: {
    path: '/reconciliation/:lineId/match',
    summary: 'Say what a statement line stands for; whatever amount came is booked as that',
    answer: ({ input }) => {
      const counterpart = counterpartOf(input)
      const isBooked = 'charge' in counterpart
      const status = isBooked ? 'booked' : 'booking'
      return { lineId: input.lineId, class: 'matched', status, counterpart }
    },
    answerSchema: z.object({
      lineId: StatementLineId,
      class: z.enum(['matched', 'exception']),
      status: z.enum(['booked', 'booking', 'open']),
      code: z.string().optional(),
      message: z.string().optional(),
      counterpart: z.looseObject({}),
    }),
    coordinated: { waitMs: WAIT_MS, tell: whatBecame },
  },
})

export const IgnoreStatementLine = command({
  ...byFinance,
  name: 'IgnoreStatementLine',
  schema: z.object({ lineId: StatementLineId, reason: Text }),
  decide: ignoreLine,
  route: {
    path: '/reconciliation/:lineId/ignore',
    summary: 'Say that a statement line does not belong into these books',
    answer: ({ input: { lineId } }) => ({ lineId, status: 'ignored' }),
    answerSchema: z.object({ lineId: StatementLineId, status: z.literal('ignored') }),
  },
})

function counterpartOf({ lineId: _, ...named }: Matching): Counterpart {
  const { paymentId, receivableIds, refundId, bounce, settlement } = named
  if (paymentId !== undefined) return { paymentId }
  if (receivableIds !== undefined) return { receivableIds: [...new Set(receivableIds)] }
  if (refundId !== undefined) return { refundId }
  if (bounce !== undefined) return { bounce }
  return settlement === undefined ? { charge: true } : { settlement }
}

type Told = Readonly<{
  class: LineClass
  status: 'booked' | 'open'
  code?: string
  message?: string
}>

function whatBecame(event: RecordedEvent, { lineId }: Matching): Told | undefined {
  // A charge is nobody else's to book.
  if (isOf(BankChargeBooked, event) && event.data.lineId === lineId) {
    return { class: 'matched', status: 'booked' }
  }
  if (!isOf(StatementLinesBooked, event)) return undefined
  const line = partsOfLineId(lineId)?.line
  const found = event.data.outcomes.find((one) => one.line === line)
  if (found === undefined) return undefined
  if (found.outcome !== 'declined') return { class: 'matched', status: 'booked' }
  const { code, message } = found
  return {
    class: 'exception',
    status: 'open',
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
  }
}

/** Whose the counterpart is; what can't be booked at all is said at once. */
async function foundCounterpart(
  counterpart: Counterpart,
  lookups: OtherStreams,
): Promise<FoundCounterpart> {
  if ('paymentId' in counterpart) return await foundPayment(counterpart.paymentId, lookups)
  if ('bounce' in counterpart) return await foundPayment(counterpart.bounce, lookups)
  if ('receivableIds' in counterpart) return await foundOwed(counterpart.receivableIds, lookups)
  if ('refundId' in counterpart) return await foundRefund(counterpart.refundId, lookups)
  return {}
}

async function foundPayment(
  paymentId: string,
  { stateOf }: OtherStreams,
): Promise<FoundCounterpart> {
  const state = await stateOf(payment, paymentId)
  return state === undefined
    ? missing('payment-unknown', `there is no payment ${paymentId}`)
    : { dealerId: state.initiated.dealerId }
}

async function foundRefund(refundId: string, { stateOf }: OtherStreams): Promise<FoundCounterpart> {
  const state = await stateOf(refund, refundId)
  return state === undefined
    ? missing('refund-unknown', `there is no refund ${refundId}`)
    : { dealerId: state.requested.dealerId }
}

/** A receipt names receivables of one dealer; they may be settled by now, and the money is theirs all the same. */
async function foundOwed(
  receivableIds: readonly string[],
  { stateOf }: OtherStreams,
): Promise<FoundCounterpart> {
  const dealers = new Set<string>()
  const byFacility = Map.groupBy(receivableIds, facilityIdOf)
  if (byFacility.size > 1) return missing('receivables-mixed', MIXED, 'rule')
  for (const [facilityId, ids] of byFacility) {
    const { receivables } = await stateOf(facility, facilityId)
    for (const id of ids) {
      const dealerId = receivables.get(id)?.dealerId
      if (dealerId === undefined) return missing('receivable-unknown', `nothing is owed as ${id}`)
      dealers.add(dealerId)
    }
  }
  const [dealerId] = dealers
  return dealers.size > 1 ? missing('receivables-mixed', MIXED, 'rule') : { dealerId }
}

const MIXED = 'the receivables must be of one dealer'

function missing(
  code: string,
  message: string,
  kind: 'unknown' | 'rule' = 'unknown',
): FoundCounterpart {
  return { missing: { code, message, kind } }
}
