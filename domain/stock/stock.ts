/** The stock of one warehouse. Stream: `stock-<warehouseId>`. */

import { aggregate } from '../kernel/aggregate.ts'
import {
  BatchesExpired,
  QuarantineLifted,
  ReservationReduced,
  ReservationRefused,
  ReservationReleased,
  SafetyLevelReached,
  STOCK_CATEGORY,
  StockCounted,
  StockIssued,
  StockQuarantined,
  StockReceived,
  StockReserved,
  StockReturned,
  StockSpoiled,
  StockTransferExpected,
  StockTransferReceived,
  StockTransferSent,
} from './events.ts'
import type { StockState } from './state.ts'
import { emptyStock, evolve } from './state.ts'

export const stock = aggregate<StockState>({
  category: STOCK_CATEGORY,
  version: 3,
  events: [
    StockReceived,
    StockReserved,
    ReservationRefused,
    ReservationReleased,
    ReservationReduced,
    StockIssued,
    SafetyLevelReached,
    StockQuarantined,
    QuarantineLifted,
    BatchesExpired,
    StockSpoiled,
    StockCounted,
    StockTransferSent,
    StockTransferExpected,
    StockTransferReceived,
    StockReturned,
  ],
  initial: emptyStock,
  evolve,
})
