/** The fold of what is given up of receivables, and of what comes of that after all. */

import { type Dated, type EventOf, valueDateOf } from '../kernel/event.ts'
import { decimal } from '../kernel/money.ts'
import type { ReceivableRecovered, ReceivableWrittenOff } from './receivable-events.ts'
import { allocated, withReceivable } from './reductions.ts'
import { type FacilityState, type Loss, plus, type Receivable } from './state.ts'

const NO_LOSS: Loss = { writtenOff: '0.00', recovered: '0.00' }

export function lossOf({ loss }: Pick<Receivable, 'loss'>): Loss {
  return loss ?? NO_LOSS
}

export function writtenOff(
  state: FacilityState,
  { receivableId, dealerId, amount }: EventOf<typeof ReceivableWrittenOff>['data'],
  dated: Dated,
): FacilityState {
  const source = () => ({ by: 'write-off', notBefore: valueDateOf(dated) }) as const
  const settled = allocated(state, dealerId, [{ receivableId, amount }], source)
  return withLoss(settled, receivableId, ({ writtenOff: before, recovered: back }) => ({
    writtenOff: plus(before, decimal(amount)),
    recovered: back,
  }))
}

export function recovered(
  state: FacilityState,
  { receivableId, amount }: EventOf<typeof ReceivableRecovered>['data'],
): FacilityState {
  return withLoss(state, receivableId, ({ writtenOff: lost, recovered: before }) => ({
    writtenOff: lost,
    recovered: plus(before, decimal(amount)),
  }))
}

/** Changes what was lost of a receivable. */
export function withLoss(
  state: FacilityState,
  receivableId: string,
  change: (loss: Loss) => Loss,
): FacilityState {
  const receivable = state.receivables.get(receivableId)
  if (receivable === undefined) return state
  return withReceivable(state, receivableId, { loss: change(lossOf(receivable)) })
}
