/** What one warehouse sent, the other is told of, so that it can receive it by its own count. */

import { StockTransferExpected, StockTransferSent } from '../domain/stock/events.ts'
import { listen, saga } from './saga.ts'

/** From the sending to the other warehouse's knowing. */
export type StockTransfer = Readonly<{ transferId: string }>

export const stockTransfer = saga<StockTransfer>({
  name: 'stock-transfer',
  version: 1,
  listens: [
    listen(
      StockTransferSent,
      ({ data }) => data.transferId,
      (_, { data: { transferId, warehouseId, toWarehouseId, lines } }) => ({
        state: { transferId },
        commands: [
          {
            command: 'ExpectTransfer',
            input: { transferId, warehouseId: toWarehouseId, fromWarehouseId: warehouseId, lines },
          },
        ],
      }),
    ),
    listen(
      StockTransferExpected,
      ({ data }) => data.transferId,
      (state) => state && { state: null },
    ),
  ],
})
