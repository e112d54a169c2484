/** What may be asked about warehouses. */

import { z } from 'zod'
import { WarehouseId } from '../domain/kernel/values.ts'
import { openWarehouse, WarehouseOpened, warehouse } from '../domain/warehouse/warehouse.ts'
import { command } from './command.ts'

export const OpenWarehouse = command({
  name: 'OpenWarehouse',
  schema: WarehouseOpened.schema,
  roles: ['brand-admin', 'brand-ops', 'brand-warehouse'],
  aggregate: warehouse,
  stream: ({ warehouseId }) => warehouseId,
  expects: 'new',
  decide: openWarehouse,
  route: {
    path: '/warehouses',
    status: 201,
    summary: 'Open a warehouse, with the regions it ships to and its priority',
    answer: ({ streamId }) => ({ warehouseId: streamId }),
    answerSchema: z.object({ warehouseId: WarehouseId }),
    location: ({ streamId }) => `/warehouses/${streamId}`,
  },
})
