/** Decisions about what is given up of receivables (DOMAIN: The ledger, written off and recovered). */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision, refuse } from '../kernel/decision.ts'
import { type Decimal, decimal, toAmount } from '../kernel/money.ts'
import { postRecovery, postWriteOff } from '../ledger/sales.ts'
import { applied } from './evolve.ts'
import { lossOf } from './losses.ts'
import { unfreezing } from './overdue.ts'
import { ReceivableRecovered, ReceivableWrittenOff } from './receivable-events.ts'
import type { FacilityState } from './state.ts'

export type WriteOff = Readonly<{ receivableId: string; amount: string; reason: string }>

/**
 * Gives up a receivable, or a part of it, as a credit loss: it bears no fees from then on. Refuses
 * `receivable-unknown`, and `receivable-exceeded` for more than is outstanding.
 */
export function writeOff(
  state: FacilityState,
  { receivableId, amount, reason }: WriteOff,
  { today, policy: { chart } }: DecisionContext,
): Decision {
  const receivable = state.receivables.get(receivableId)
  if (receivable === undefined) return unknownReceivable(receivableId)
  const { dealerId, orderId, outstanding } = receivable
  const lost = decimal(amount)
  if (lost.greaterThan(outstanding)) return tooMuch('outstanding', receivableId, outstanding, lost)
  const written = ReceivableWrittenOff({
    ...{ receivableId, dealerId, amount: toAmount(lost), reason },
    ...(orderId === undefined ? {} : { orderId }),
    journal: postWriteOff(chart, dealerId, lost),
  })
  const after = applied(state, [written], today)
  return accept(written, ...unfreezing(after, [dealerId], today))
}

/**
 * Books money that came for what had been written off. Refuses `receivable-unknown`, and
 * `receivable-exceeded` for more than was written off and not recovered yet.
 */
export function recover(
  state: FacilityState,
  { receivableId, amount, reason }: WriteOff,
  { policy: { chart } }: DecisionContext,
): Decision {
  const receivable = state.receivables.get(receivableId)
  if (receivable === undefined) return unknownReceivable(receivableId)
  const { dealerId, orderId } = receivable
  const { writtenOff, recovered } = lossOf(receivable)
  const lost = decimal(writtenOff).minus(recovered)
  const found = decimal(amount)
  if (found.greaterThan(lost)) return tooMuch('written off', receivableId, toAmount(lost), found)
  return accept(
    ReceivableRecovered({
      ...{ receivableId, dealerId, amount: toAmount(found), reason },
      ...(orderId === undefined ? {} : { orderId }),
      journal: postRecovery(chart, found),
    }),
  )
}

function unknownReceivable(receivableId: string): Decision {
  return refuse('receivable-unknown', {
    kind: 'unknown',
    message: `there is no receivable ${receivableId}`,
    inputs: { receivableId },
  })
}

function tooMuch(
  what: 'outstanding' | 'written off',
  receivableId: string,
  most: string,
  wanted: Decimal,
): Decision {
  return refuse('receivable-exceeded', {
    message: `of receivable ${receivableId} no more than ${most} is ${what}`,
    inputs: { receivableId, most, wanted: toAmount(wanted) },
    ways: most === '0.00' ? [] : [`name at most ${most}`],
  })
}
