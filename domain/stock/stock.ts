/** The stock of one warehouse. Stream: `stock-<warehouseId>`. */

import { aggregate } from '../kernel/aggregate.ts'
import {
  ReservationReduced,
  ReservationRefused,
  ReservationReleased,
  SafetyLevelReached,
  StockIssued,
  StockReceived,
  StockReserved,
} from './events.ts'
import type { StockState } from './state.ts'
import { emptyStock, evolve } from './state.ts'

export const stock = aggregate<StockState>({
  category: 'stock',
  version: 1,
  events: [
    StockReceived,
    StockReserved,
    ReservationRefused,
    ReservationReleased,
    ReservationReduced,
    StockIssued,
    SafetyLevelReached,
  ],
  initial: emptyStock,
  evolve,
})
