/** What the ERP hears of warehouses. */

import { z } from 'zod'
import { WarehouseOpened } from '../domain/warehouse/warehouse.ts'
import { publicEvent } from './public-event.ts'
import { Name, Region, WarehouseId } from './values.ts'

export const warehouseOpened = publicEvent({
  area: 'warehouses',
  name: 'warehouse-opened',
  version: 1,
  description: 'A warehouse holds stock and ships to its regions.',
  from: WarehouseOpened,
  schema: z.strictObject({ warehouseId: WarehouseId, name: Name, regions: z.array(Region) }),
  translate: ({ data: { warehouseId, name, regions } }) => ({ warehouseId, name, regions }),
})
