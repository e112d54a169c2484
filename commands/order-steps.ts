/** What the sagas ask of an order that is there; nobody else may. */

import { z } from 'zod'
import { Code, StoredExplanation } from '../domain/kernel/explanation.ts'
import { OrderId, WarehouseId } from '../domain/kernel/values.ts'
import { completeAmendment, planAmendment, refuseAmendment } from '../domain/order/amendment.ts'
import { backorderOrder, retryBackorder } from '../domain/order/backorder.ts'
import { confirmOrder, rejectOrder } from '../domain/order/outcome.ts'
import { planFulfilment } from '../domain/order/plan.ts'
import { awaitPayment, lapseOrder } from '../domain/order/prepaid.ts'
import { loseStock } from '../domain/order/stock-lost.ts'
import { Attempt, Ordinal, QuantityLines, Shortage } from '../domain/order/values.ts'
import { command } from './command.ts'
import { ofOrder } from './of-order.ts'

const step = { ...ofOrder, roles: [] } as const

const OfAttempt = z.strictObject({ orderId: OrderId, attempt: Attempt })

const why = { code: Code, message: z.string(), decision: StoredExplanation.optional() }

export const PlanFulfilment = command({
  ...step,
  name: 'PlanFulfilment',
  schema: OfAttempt,
  needsFreshReference: true,
  decide: planFulfilment,
})

export const ConfirmOrder = command({
  ...step,
  name: 'ConfirmOrder',
  schema: OfAttempt,
  decide: confirmOrder,
})

export const RejectOrder = command({
  ...step,
  name: 'RejectOrder',
  schema: z.strictObject({ orderId: OrderId, ...why }),
  decide: rejectOrder,
})

export const AwaitPayment = command({
  ...step,
  name: 'AwaitPayment',
  schema: OfAttempt,
  decide: awaitPayment,
})

export const LapseOrder = command({
  ...step,
  name: 'LapseOrder',
  schema: OfAttempt,
  decide: lapseOrder,
})

export const BackorderOrder = command({
  ...step,
  name: 'BackorderOrder',
  schema: OfAttempt.extend({ shortages: z.array(Shortage).min(1) }),
  decide: backorderOrder,
})

export const RetryBackorder = command({
  ...step,
  name: 'RetryBackorder',
  schema: z.strictObject({ orderId: OrderId }),
  needsFreshReference: true,
  decide: retryBackorder,
})

export const PlanAmendment = command({
  ...step,
  name: 'PlanAmendment',
  schema: z.strictObject({ orderId: OrderId }),
  needsFreshReference: true,
  decide: planAmendment,
})

const OfAmendment = z.strictObject({ orderId: OrderId, amendment: Ordinal })

export const CompleteAmendment = command({
  ...step,
  name: 'CompleteAmendment',
  schema: OfAmendment,
  decide: completeAmendment,
})

export const RefuseAmendment = command({
  ...step,
  name: 'RefuseAmendment',
  schema: OfAmendment.extend(why),
  decide: refuseAmendment,
})

export const LoseStock = command({
  ...step,
  name: 'LoseStock',
  schema: OfAttempt.extend({ warehouseId: WarehouseId, lines: QuantityLines }),
  decide: loseStock,
})
