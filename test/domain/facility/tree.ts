/** The dealer tree of the worked figures, and short words for what is asked of its facility. */

import { DealerRegistered } from '../../../domain/dealer/dealer.ts'
import { creditOf } from '../../../domain/facility/credit.ts'
import { DealerJoined, HoldPlaced, LimitSet } from '../../../domain/facility/credit-events.ts'
import { facility } from '../../../domain/facility/facility.ts'
import type { GiveGuarantee } from '../../../domain/facility/guarantees.ts'
import { giveGuarantee, revokeGuarantee } from '../../../domain/facility/guarantees.ts'
import type { PlaceHold, ReleaseHold } from '../../../domain/facility/holds.ts'
import { placeHold, releaseHold } from '../../../domain/facility/holds.ts'
import type { SetLimit, SetTemporaryLimit } from '../../../domain/facility/limits.ts'
import { setLimit, setTemporaryLimit } from '../../../domain/facility/limits.ts'
import { moveDealer } from '../../../domain/facility/move.ts'
import type { ReceivePayment, RecogniseReceivable } from '../../../domain/facility/receivables.ts'
import { receivePayment, recogniseReceivable } from '../../../domain/facility/receivables.ts'
import type { FacilityState } from '../../../domain/facility/state.ts'
import type { Terms } from '../../../domain/facility/terms.ts'
import { DEFAULT_TERMS } from '../../../domain/facility/terms.ts'
import type { PaymentMethod } from '../../../domain/facility/values.ts'
import type { Decision } from '../../../domain/kernel/decision.ts'
import type { StoredRefusal } from '../../../domain/kernel/explanation.ts'
import { emptyReference, evolveReference } from '../../../domain/reference/evolve.ts'
import type { Reference } from '../../../domain/reference/reference.ts'
import type { Decide } from '../../support/given.ts'
import { scenarios, testContext } from '../../support/given.ts'
import { recorded } from '../../support/recorded.ts'

/** Each dealer under its superior; the root first. */
export const TREE: Readonly<Record<string, string | undefined>> = {
  ROOT: undefined,
  A: 'ROOT',
  A1: 'A',
  B: 'ROOT',
}

export const reference: Reference = Object.entries(TREE)
  .map(([dealerId, parentDealerId]) =>
    recorded(
      `dealer-${dealerId}`,
      DealerRegistered({
        dealerId,
        name: dealerId,
        level: 'standard',
        region: 'East',
        facilityId: 'ROOT',
        ...(parentDealerId === undefined ? {} : { parentDealerId }),
      }),
    ),
  )
  .reduce(evolveReference, emptyReference)

export const facilities = scenarios(facility)

export const tree = Object.entries(TREE).map(([dealerId, parentDealerId]) =>
  DealerJoined(parentDealerId === undefined ? { dealerId } : { dealerId, parentDealerId }),
)

export function limitSet(dealerId: string, limit: string, terms: Terms = DEFAULT_TERMS) {
  return LimitSet({ dealerId, limit, terms, graceDays: 0, lateFeeDailyRate: '0', reason: 'agreed' })
}

/** The limits of the worked figures. */
export const limits = [
  limitSet('ROOT', '500000.00'),
  limitSet('A', '200000.00'),
  limitSet('A1', '50000.00'),
  limitSet('B', '400000.00'),
]

export function holdPlaced(dealerId: string, orderId: string, amount: string) {
  return HoldPlaced({ dealerId, orderId, amount })
}

export type Asking = Decide<FacilityState>

export function settingLimit(
  dealerId: string,
  limit: string,
  more: Partial<SetLimit> = {},
): Asking {
  return (state, context) =>
    setLimit(state, { dealerId, limit, reason: 'agreed', ...more }, context)
}

export function placing(
  dealerId: string,
  orderId: string,
  amount: string,
  attempt?: number,
  more: Partial<PlaceHold> = {},
): Asking {
  const input = { facilityId: 'ROOT', dealerId, orderId, amount, attempt, ...more }
  return (state, context) => placeHold(state, input, context)
}

/** A hold of nothing that awaits money. */
export function awaiting(
  dealerId: string,
  orderId: string,
  prepayment: string,
  attempt?: number,
): Asking {
  return placing(dealerId, orderId, '0', attempt, { prepayment })
}

export function moving(dealerId: string, parentDealerId: string | null): Asking {
  const input = { dealerId, parentDealerId, reason: 'a new region' }
  return (state, context) => moveDealer(state, input, context)
}

export function revoking(guaranteeId: string): Asking {
  return (state, context) => revokeGuarantee(state, { guaranteeId }, context)
}

export function raising(more: Partial<SetTemporaryLimit> = {}): Asking {
  const period = { from: '2026-01-05', to: '2026-01-07', reason: 'new year' }
  const input = { facilityId: 'ROOT', dealerId: 'A1', amount: '1000', ...period, ...more }
  return (state, context) => setTemporaryLimit(state, input, context)
}

/** The refusal that the decision wrote, if it wrote one. */
export function refusalIn(decision: Decision): StoredRefusal | undefined {
  const refused = decision.accepted && decision.events.find(({ type }) => type === 'HoldRefused')
  return refused ? (refused.data as { refusal: StoredRefusal }).refusal : undefined
}

export function headroomOf(state: FacilityState, dealerId: string): string {
  return creditOf(state, dealerId, testContext().today).headroom
}

export function releasing(
  dealerId: string,
  orderId: string,
  reason: ReleaseHold['reason'],
  attempt?: number,
): Asking {
  return (state, context) =>
    releaseHold(state, { facilityId: 'ROOT', dealerId, orderId, reason, attempt }, context)
}

export function guaranteeing(more: Partial<GiveGuarantee> = {}): Asking {
  const given = { guarantorDealerId: 'A', dealerId: 'A1', amount: '30000', until: '2026-12-31' }
  return (state, context) =>
    giveGuarantee(state, { facilityId: 'ROOT', ...given, ...more }, context)
}

type Shipped = Pick<RecogniseReceivable, 'amount' | 'net' | 'tax' | 'effectiveOn'>

/** A shipment without tax, unless told. */
export function shipping(
  dealerId: string,
  orderId: string,
  fulfilmentId: string,
  shipped: Partial<Shipped> & Pick<Shipped, 'amount'>,
): Asking {
  const input = { facilityId: 'ROOT', dealerId, orderId, fulfilmentId }
  return (state, context) =>
    recogniseReceivable(state, { ...input, net: shipped.amount, tax: '0', ...shipped }, context)
}

export function receiving(
  dealerId: string,
  paymentId: string,
  amount: string,
  more: Partial<ReceivePayment> = {},
): Asking {
  const method: PaymentMethod = 'bank-transfer'
  const input = { dealerId, paymentId, amount, method, orderIds: [], receivableIds: [] }
  return (state, context) =>
    receivePayment(state, { facilityId: 'ROOT', ...input, ...more }, context)
}
