/** A warehouse: the regions it ships to, and how soon it is chosen. Stream: `warehouse-<warehouseId>`. */

import { z } from 'zod'
import { aggregate, fold } from '../kernel/aggregate.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept, refuse } from '../kernel/decision.ts'
import type { EventOf } from '../kernel/event.ts'
import { event } from '../kernel/event.ts'
import { Name, Region, WarehouseId } from '../kernel/values.ts'

// Events: a storage format. Add fields and versions; never change a meaning.
export const WarehouseOpened = event(
  'WarehouseOpened',
  1,
  {
    warehouseId: WarehouseId,
    name: Name,
    regions: z.array(Region).min(1, 'must name at least one region').max(100),
    priority: z.number().int('must be a whole number').min(0).max(1_000_000), // the lower, the sooner
  },
  { description: 'A warehouse holds stock and ships to its regions.' },
)

export type WarehouseState = Readonly<{ warehouseId: string }> | undefined

const initial: WarehouseState = undefined

export const warehouse = aggregate<WarehouseState>({
  category: 'warehouse',
  version: 1,
  events: [WarehouseOpened],
  initial,
  evolve: fold<WarehouseState, EventOf<typeof WarehouseOpened>>({
    WarehouseOpened: (_, { warehouseId }) => ({ warehouseId }),
  }),
})

export type OpenWarehouse = EventOf<typeof WarehouseOpened>['data']

/** Opens a warehouse; refuses an id that is in use. */
export function openWarehouse(state: WarehouseState, input: OpenWarehouse): Decision {
  if (!state) return accept(WarehouseOpened(input))
  return refuse('warehouse-exists', {
    kind: 'state',
    message: `warehouse ${input.warehouseId} is open already`,
    inputs: { warehouseId: input.warehouseId },
  })
}
