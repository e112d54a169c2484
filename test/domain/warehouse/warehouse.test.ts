import { test } from 'tap'
import { openWarehouse, WarehouseOpened, warehouse } from '../../../domain/warehouse/warehouse.ts'
import { scenarios } from '../../support/given.ts'

test('a warehouse opens once', async (t) => {
  const shanghai = { warehouseId: 'SH', name: 'Shanghai', regions: ['East'], priority: 1 }
  scenarios(warehouse)(t)
    .when((state) => openWarehouse(state, shanghai))
    .then(WarehouseOpened(shanghai))
    .when((state) => openWarehouse(state, shanghai))
    .refused('warehouse-exists', { warehouseId: 'SH' })
})
