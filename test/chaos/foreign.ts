/** Events that did not come through the commands: an import wrote them into the event store. */

import { randomUUID } from 'node:crypto'
import { EventStoreDBClient, type JSONEventData, jsonEvent } from '@eventstore/db-client'
import type { Envelope } from '../../domain/kernel/event.ts'
import { FulfilmentPlanned, OrderPlaced } from '../../domain/order/events.ts'
import { testEnvelope } from '../support/recorded.ts'

type Written = Readonly<{ type: string; data: unknown; metadata?: Envelope }>

/** Appends the events; gives the position of the last. */
export async function writeForeign(
  url: string,
  stream: string,
  events: readonly Written[],
): Promise<bigint> {
  const client = EventStoreDBClient.connectionString(url)
  try {
    const foreign = events.map(({ data, ...event }) =>
      jsonEvent({ ...event, id: randomUUID(), data: data as JSONEventData['data'] }),
    )
    const { position } = await client.appendToStream(stream, foreign)
    if (position === undefined) throw new Error('the store gave no position')
    return position.commit
  } finally {
    await client.dispose()
  }
}

const INSTANT = '2026-03-02T02:00:00.000Z'
const LINE = { sku: 'MILK', quantity: 2 }
const MONEY = { amount: '22.60', net: '20.00', tax: '2.60' }

/** An order of a dealer that may be unknown here, with the plan that makes its saga begin. */
export function importedOrder(orderId: string, dealerId: string): readonly Written[] {
  const whose = { orderId, dealerId, facilityId: dealerId }
  const metadata = testEnvelope({ commandId: randomUUID() })
  const events = [
    OrderPlaced({
      ...whose,
      orderNumber: orderId,
      shipToRegion: 'East',
      lines: [
        {
          ...{ ...LINE, ...MONEY, lineId: 1, name: 'Milk', productId: 'P', divisible: true },
          ...{ unitPrice: '11.30', listPrice: '11.30', discount: '0.00', taxRate: '0.13' },
        },
      ],
      charges: [],
      ...{ total: MONEY.amount, net: MONEY.net, tax: MONEY.tax },
      payment: 'term',
      placedAt: INSTANT,
    }),
    FulfilmentPlanned({
      ...whose,
      ...{ attempt: 1, attemptsAllowed: 3, shortages: [] },
      parts: [{ warehouseId: 'SH', lines: [LINE] }],
      toHold: MONEY.amount,
      expiresAt: '2099-01-01T00:00:00.000Z',
    }),
  ]
  return events.map(({ type, data }) => ({ type, data, metadata }))
}

/** An event of a kind that nobody declares, whose journal the ledger can't read. */
export const unreadable: Written = { type: 'Migrated', data: { journal: 'see the old system' } }
