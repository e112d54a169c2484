/** An order whose goods come back: 120 MILK of two warehouses, and some tea. */

import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import { deliverFulfilment } from '../../../domain/order/carry.ts'
import { OrderConfirmed } from '../../../domain/order/events.ts'
import type { ReceiveReturn } from '../../../domain/order/return-receipt.ts'
import { closeReturn, receiveReturn } from '../../../domain/order/return-receipt.ts'
import { requestReturn } from '../../../domain/order/return-request.ts'
import type { ApproveReturn } from '../../../domain/order/return-review.ts'
import { approveReturn, rejectReturn } from '../../../domain/order/return-review.ts'
import { shipFulfilment } from '../../../domain/order/ship.ts'
import { asking, inShop, OPERATIONS, ORDER, type orders, placing, stateAfter } from './shop.ts'

export type Decide = Parameters<ReturnType<typeof orders>['when']>[0]
export type Line = Readonly<{ sku: string; quantity: number }>

export const R1 = `${ORDER}.r1`
export const R2 = `${ORDER}.r2`

/** 120 MILK at 1,227.04, net 1,085.88 (DOMAIN: Money and quantities), 3 TEA and freight. */
const worked = asking({
  lines: [
    { sku: 'MILK', quantity: 120, priceOverride: { unitPrice: '10.2253', reason: 'promotion' } },
    { sku: 'TEA', quantity: 3 },
  ],
  charges: [{ kind: 'freight', amount: '10.90', taxRate: '0.09' }],
})

/** Shanghai ships 70 MILK and the TEA, Beijing 50 MILK. */
const fulfilments = [
  {
    fulfilmentId: `${ORDER}.1`,
    warehouseId: 'SH',
    lines: [
      { sku: 'MILK', quantity: 70 },
      { sku: 'TEA', quantity: 3 },
    ],
  },
  { fulfilmentId: `${ORDER}.2`, warehouseId: 'BJ', lines: [{ sku: 'MILK', quantity: 50 }] },
]

export const CONFIRMED: readonly DecidedEvent[] = [
  ...placing(worked, inShop({ actor: OPERATIONS })),
  OrderConfirmed({ orderId: ORDER, fulfilments }),
]

export const ship =
  (part: number, lines?: readonly Line[]): Decide =>
  (state, context) => {
    const carriage = { carrier: 'SF', trackingNumber: 'SF1', ...(lines && { lines }) }
    return shipFulfilment(state, { fulfilmentId: `${ORDER}.${part}`, ...carriage }, context)
  }

export const deliver =
  (part: number): Decide =>
  (state, context) =>
    deliverFulfilment(state, { fulfilmentId: `${ORDER}.${part}` }, context)

/** The events that follow; what is refused adds none. */
export function after(events: readonly DecidedEvent[], decide: Decide): readonly DecidedEvent[] {
  const decision = decide(stateAfter(...events), inShop())
  return decision.accepted ? [...events, ...decision.events] : events
}

/** All is with the dealer. */
export const DELIVERED = [ship(1), ship(2), deliver(1), deliver(2)].reduce(after, CONFIRMED)

export const ask =
  (...lines: readonly Line[]): Decide =>
  (state) =>
    requestReturn(state, {
      orderId: ORDER,
      lines: lines.map((line) => ({ ...line, reason: 'too much' })),
    })

export const approve =
  (returnId: string, more: Partial<ApproveReturn> = {}): Decide =>
  (state) =>
    approveReturn(state, { returnId, ...more })

export const reject =
  (returnId: string): Decide =>
  (state) =>
    rejectReturn(state, { returnId, reason: 'opened' })

export const receive =
  (returnId: string, lines: ReceiveReturn['lines'], more: Partial<ReceiveReturn> = {}): Decide =>
  (state, context) =>
    receiveReturn(state, { returnId, lines, ...more }, context)

export const close =
  (returnId: string): Decide =>
  (state) =>
    closeReturn(state, { orderId: ORDER, returnId })

export const milk = (quantity: number) => ({ sku: 'MILK', quantity })
export const good = (quantity: number, sku = 'MILK') => ({ sku, quantity, resalable: true })
export const spoilt = (quantity: number, sku = 'MILK') => ({ sku, quantity, resalable: false })
