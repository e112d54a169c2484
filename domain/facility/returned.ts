/** The fold of goods that came back and were credited. */

import { type Dated, type EventOf, valueDateOf } from '../kernel/event.ts'
import { type Decimal, decimal, sum, toAmount } from '../kernel/money.ts'
import { withLoss } from './losses.ts'
import type { ReturnCredited } from './receivable-events.ts'
import { allocated, discountReturned } from './reductions.ts'
import { withOrder } from './releases.ts'
import { type FacilityState, orderOf, plus, type Refunded, type Returned } from './state.ts'

type Credited = EventOf<typeof ReturnCredited>['data']

const NOTHING_RETURNED: Returned = {
  amount: '0.00',
  settled: '0.00',
  discountBack: '0.00',
  refunds: [],
}

export function returnedOf({ returned }: Readonly<{ returned: Returned | undefined }>): Returned {
  return returned ?? NOTHING_RETURNED
}

export function returnCredited(state: FacilityState, data: Credited, dated: Dated): FacilityState {
  const { returnId, orderId, dealerId, allocations, refundPayable, losses = [] } = data
  const notBefore = valueDateOf(dated)
  const reduced = allocated(state, dealerId, allocations, () => ({ by: 'return', notBefore }))
  const found = losses.reduce(
    (current, { receivableId, amount }) =>
      withLoss(current, receivableId, (loss) => ({
        ...loss,
        writtenOff: plus(loss.writtenOff, decimal(amount).negated()),
      })),
    reduced,
  )
  const settled = (data.discounts ?? []).reduce(discountReturned, found)
  const order = orderOf(settled, dealerId, orderId)
  const returned = added(returnedOf(order), data)
  const returns = settled.returns.set(returnId, { dealerId, orderId, payable: refundPayable })
  return { ...withOrder(settled, orderId, { ...order, returned }), returns }
}

function added({ amount, settled, discountBack, refunds }: Returned, credited: Credited): Returned {
  const back = decimal(credited.discountBack)
  return {
    amount: plus(amount, decimal(credited.amount)),
    settled: plus(settled, back.plus(credited.refundPayable)),
    discountBack: plus(discountBack, back),
    refunds: merged([...refunds, ...credited.refunds]),
  }
}

function merged(refunds: readonly Refunded[]): readonly Refunded[] {
  return [...Map.groupBy(refunds, ({ paymentId }) => paymentId)].map(([paymentId, parts]) => ({
    ...(paymentId === undefined ? {} : { paymentId }),
    amount: toAmount(totalOf(parts)),
  }))
}

function totalOf(refunds: readonly Refunded[]): Decimal {
  return sum(refunds.map(({ amount }) => decimal(amount)))
}
