/** What ships is issued by stock, and turned into debt by credit. */

import { type EventOf, type RecordedEvent, valueDateOf } from '../../domain/kernel/event.ts'
import { decimal, toAmount } from '../../domain/kernel/money.ts'
import type { FulfilmentShipped } from '../../domain/order/fulfilment-events.ts'
import type { Progress } from './progress.ts'
import type { Step } from './step.ts'

/** Goods left: stock issues them from the reservation, and credit turns that part of the hold into debt. */
export function shipped(
  progress: Progress,
  shipment: EventOf<typeof FulfilmentShipped>['data'],
  { metadata }: RecordedEvent<string, unknown>,
): Step | undefined {
  if (shipment.shipment <= progress.shipments) return undefined
  const { orderId, dealerId, facilityId, warehouseId, shipmentId, lines, left } = shipment
  const { amount, net, tax } = shipment
  // The day may turn before these are carried out: the value date is the shipment's.
  const common = {
    orderId,
    fulfilmentId: shipmentId,
    effectiveOn: valueDateOf({ metadata }),
  }
  const issued = lines.map(({ sku, quantity }) => ({ sku, quantity }))
  return {
    state: {
      ...(left.length > 0 ? progress : withoutUsed(progress, warehouseId)),
      shipments: shipment.shipment,
      shippedAmount: toAmount(decimal(progress.shippedAmount).plus(amount)),
      postings: [...progress.postings, { shipmentId, issued: false, recognised: false }],
    },
    commands: [
      { command: 'IssueStock', input: { ...common, warehouseId, lines: issued } },
      {
        command: 'RecogniseReceivable',
        input: { ...common, facilityId, dealerId, amount, net, tax },
      },
    ],
  }
}

/** A fulfilment that was shipped whole has used its reservation up: nothing is left to release. */
function withoutUsed(progress: Progress, warehouseId: string): Progress {
  const reservations = progress.reservations.filter(
    (reservation) => reservation.warehouseId !== warehouseId,
  )
  return { ...progress, reservations }
}
