/** What a payer says that the money is for: orders and receivables of their own. */

import { z } from 'zod'
import { type Decision, refuse } from '../kernel/decision.ts'
import { DealerId, OrderId, ReceivableId } from '../kernel/values.ts'

/** Named orders and receivables with their dealers, as they are; without one, there is no such thing. */
export const NamedDebts = z.strictObject({
  orders: z.array(z.strictObject({ orderId: OrderId, dealerId: DealerId.optional() })),
  receivables: z.array(
    z.strictObject({ receivableId: ReceivableId, dealerId: DealerId.optional() }),
  ),
})
export type NamedDebts = z.output<typeof NamedDebts>

/** Nobody hears whether another dealer has what they named. */
export function misnamed(
  dealerId: string,
  { orders, receivables }: NamedDebts,
): Decision | undefined {
  const order = orders.find((one) => one.dealerId !== dealerId)
  if (order) {
    const { orderId } = order
    return refuse('order-unknown', {
      message: `orderIds: dealer ${dealerId} has no order ${orderId}`,
      inputs: { dealerId, orderId },
      ways: ['name orders of the dealer that pays, or none'],
    })
  }
  const receivable = receivables.find((one) => one.dealerId !== dealerId)
  if (receivable === undefined) return undefined
  const { receivableId } = receivable
  return refuse('receivable-unknown', {
    message: `receivableIds: dealer ${dealerId} has no receivable ${receivableId}`,
    inputs: { dealerId, receivableId },
    ways: ['name receivables of the dealer that pays, or none'],
  })
}
