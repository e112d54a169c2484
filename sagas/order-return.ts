/**
 * Goods that came back are put away at what they had cost, then credited to their dealer; what had been
 * paid of their worth is refunded. Red letters are the invoices' own (`invoicing.ts`).
 */

import { ReturnCredited } from '../domain/facility/receivable-events.ts'
import { type EventOf, type RecordedEvent, valueDateOf } from '../domain/kernel/event.ts'
import { ReturnReceived } from '../domain/order/return-events.ts'
import { StockReturned } from '../domain/stock/events.ts'
import { listen, type Reaction, type SagaCommand, saga } from './saga.ts'

/** From the receipt to the credit. Plain JSON. */
export type OrderReturn = Readonly<{
  /** What is to be credited: the input of `CreditReturn`. */
  credit: Readonly<{
    facilityId: string
    dealerId: string
    orderId: string
    returnId: string
    amount: string
    net: string
    tax: string
    restockingFee: string
    effectiveOn: string
  }>
  /** Warehouses that have not put their part away yet. */
  restocking: readonly string[]
}>

const byReturn = ({ data }: Readonly<{ data: Readonly<{ returnId: string }> }>) => data.returnId

export const orderReturn = saga<OrderReturn>({
  name: 'order-return',
  version: 1,
  movesMoney: true,
  listens: [
    listen(ReturnReceived, byReturn, (state, event) =>
      state === undefined ? received(event) : undefined,
    ),
    listen(StockReturned, byReturn, (state, { data }) => state && putAway(state, data)),
    listen(ReturnCredited, byReturn, (state, { data }) => state && credited(state, data)),
  ],
})

type DataOf<Definition> = EventOf<Definition>['data']

function received(
  event: RecordedEvent<string, DataOf<typeof ReturnReceived>>,
): Reaction<OrderReturn> {
  const { lines: _, places, ...credit } = event.data
  const { orderId, returnId } = credit
  // The day may turn before these are carried out: the value date is the receipt's.
  const effectiveOn = valueDateOf(event)
  return {
    state: {
      credit: { ...credit, effectiveOn },
      restocking: places.map(({ warehouseId }) => warehouseId),
    },
    commands: places.map(({ warehouseId, lines }) => ({
      command: 'RestockReturn',
      input: { warehouseId, orderId, returnId, lines, effectiveOn },
    })),
  }
}

/** What the last of it had cost is booked: its shipments are known, and so is what was owed for them. */
function putAway(
  { credit, restocking }: OrderReturn,
  { warehouseId }: DataOf<typeof StockReturned>,
): Reaction<OrderReturn> | undefined {
  if (!restocking.includes(warehouseId)) return undefined
  const left = restocking.filter((id) => id !== warehouseId)
  const commands = left.length > 0 ? [] : [{ command: 'CreditReturn', input: credit }]
  return { state: { credit, restocking: left }, commands }
}

function credited(
  { credit: { facilityId, dealerId, orderId, returnId } }: OrderReturn,
  { refunds }: DataOf<typeof ReturnCredited>,
): Reaction<OrderReturn> {
  const asked = refunds.map(
    (refund, index): SagaCommand => ({
      command: 'RequestReturnRefund',
      input: { refundId: `${returnId}.f${index + 1}`, ...refund, facilityId, dealerId, returnId },
    }),
  )
  const close = { command: 'CloseReturn', input: { orderId, returnId } }
  return { state: null, commands: [...asked, close] }
}
