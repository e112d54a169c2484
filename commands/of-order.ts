/** What all commands on an order that is there have in common. */

import { order } from '../domain/order/order.ts'
import type { OrderState } from '../domain/order/state.ts'

export const ofOrder = {
  dealer: (_: unknown, state: OrderState) => state?.dealerId,
  aggregate: order,
  stream: ({ orderId }: Readonly<{ orderId: string }>) => orderId,
  expects: 'existing',
} as const
