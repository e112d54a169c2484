/** What may be asked about the fulfilments of an order. */

import { z } from 'zod'
import { FulfilmentId, LocalDate, Name, Quantity, Sku, Text } from '../domain/kernel/values.ts'
import { delayFulfilment, deliverFulfilment, pickFulfilment } from '../domain/order/carry.ts'
import { FulfilmentShipped } from '../domain/order/fulfilment-events.ts'
import { order } from '../domain/order/order.ts'
import { orderIdOf } from '../domain/order/refusals.ts'
import { shipFulfilment } from '../domain/order/ship.ts'
import { hearCarrier, warnLate } from '../domain/order/transit.ts'
import { firstOf } from './answers.ts'
import { CarrierMessage } from './carriers.ts'
import { type Answered, command } from './command.ts'
import { askedLines } from './lines.ts'

const WAREHOUSE_ROLES = ['brand-ops', 'brand-warehouse', 'brand-admin', 'erp'] as const

const ofFulfilment = {
  aggregate: order,
  stream: ({ fulfilmentId }: Readonly<{ fulfilmentId: string }>) => orderIdOf(fulfilmentId),
  expects: 'existing',
} as const

const byWarehouse = { ...ofFulfilment, roles: WAREHOUSE_ROLES } as const
const bySystem = { ...ofFulfilment, roles: [] } as const

export const PickFulfilment = command({
  ...byWarehouse,
  name: 'PickFulfilment',
  schema: z.strictObject({ fulfilmentId: FulfilmentId }),
  decide: pickFulfilment,
  route: {
    path: '/fulfilments/:fulfilmentId/pick',
    summary: 'Note that the goods of a fulfilment are picked',
  },
})

export const ShipFulfilment = command({
  ...byWarehouse,
  name: 'ShipFulfilment',
  schema: z.strictObject({
    fulfilmentId: FulfilmentId,
    lines: askedLines({ sku: Sku, quantity: Quantity }).optional(),
    carrier: Name,
    trackingNumber: Name,
    effectiveOn: LocalDate.optional(),
  }),
  decide: shipFulfilment,
  route: {
    path: '/fulfilments/:fulfilmentId/ship',
    summary: 'Ship a fulfilment: all that is left of it, or some lines',
    answer: shippedAnswer,
    answerSchema: z.object({
      fulfilmentId: FulfilmentId,
      shipmentId: FulfilmentId,
      amount: z.string(),
      net: z.string(),
      tax: z.string(),
      lines: z.array(z.unknown()),
      charges: z.array(z.unknown()),
      left: z.array(z.unknown()),
    }),
  },
})

function shippedAnswer({ events }: Answered<unknown>): Readonly<Record<string, unknown>> {
  const shipped = firstOf(FulfilmentShipped, events)
  if (shipped === undefined) return {}
  const { fulfilmentId, shipmentId, amount, net, tax, lines: parts, charges, left } = shipped.data
  return { fulfilmentId, shipmentId, amount, net, tax, lines: parts, charges, left }
}

export const DeliverFulfilment = command({
  ...byWarehouse,
  name: 'DeliverFulfilment',
  schema: z.strictObject({ fulfilmentId: FulfilmentId, effectiveOn: LocalDate.optional() }),
  decide: deliverFulfilment,
  route: {
    path: '/fulfilments/:fulfilmentId/deliver',
    summary: 'Note that the dealer has the goods; the last delivery completes the order',
  },
})

export const DelayFulfilment = command({
  ...byWarehouse,
  name: 'DelayFulfilment',
  schema: z.strictObject({
    fulfilmentId: FulfilmentId,
    reason: Text.optional(),
    expectedOn: LocalDate.optional(),
  }),
  decide: delayFulfilment,
  route: {
    path: '/fulfilments/:fulfilmentId/delay',
    summary: 'Note that a fulfilment will be late',
  },
})

/** Sent once the day that a fulfilment was expected on is closed. */
export const WarnLate = command({
  ...bySystem,
  name: 'WarnLate',
  schema: z.strictObject({ fulfilmentId: FulfilmentId, expectedOn: LocalDate }),
  decide: warnLate,
})

/** What a carrier says of a parcel: of every fulfilment that is in it. */
export const HearCarrier = command({
  ...bySystem,
  name: 'HearCarrier',
  schema: CarrierMessage.extend({ fulfilmentId: FulfilmentId, carrier: Name }),
  decide: hearCarrier,
  callback: {
    path: '/carrier-callbacks/:carrier',
    summary:
      "A carrier's signed event: in transit, delayed, delivered; in any order, any number of times",
    sender: 'carrier',
    subject: (sent) => `tracking number ${CarrierMessage.parse(sent).trackingNumber}`,
    calls: async (sent, carrier, lookups) => {
      const message = CarrierMessage.parse(sent)
      const fulfilmentIds = await lookups.shippedAs(carrier, message.trackingNumber)
      return fulfilmentIds.map((fulfilmentId) => ({
        part: fulfilmentId,
        input: { ...message, fulfilmentId, carrier },
      }))
    },
  },
})
