import { test } from 'tap'
import { ReturnCredited } from '../../domain/facility/receivable-events.ts'
import type { DecidedEvent } from '../../domain/kernel/event.ts'
import { ReturnReceived } from '../../domain/order/return-events.ts'
import { StockReturned } from '../../domain/stock/events.ts'
import { orderReturn } from '../../sagas/order-return.ts'
import { ABSENT, type Snapshot, step } from '../../sagas/runner/react.ts'
import type { Saga } from '../../sagas/saga.ts'
import { recorded } from '../support/recorded.ts'

const of = { orderId: 'O1', returnId: 'O1.r1' }
const worth = { amount: '22.60', net: '20.00', tax: '2.60', restockingFee: '1.00' }
const credit = { ...of, ...worth, dealerId: 'D1', facilityId: 'ROOT', effectiveOn: '2026-01-03' }

const place = (warehouseId: string) => ({
  warehouseId,
  lines: [
    {
      ...{ sku: 'MILK', restocked: 1, scrapped: 0 },
      from: [{ shipmentId: `O1.${warehouseId}`, quantity: 1, before: 0, shipped: 1 }],
    },
  ],
})

const received: DecidedEvent = {
  ...ReturnReceived({
    ...{ ...of, ...worth, dealerId: 'D1', facilityId: 'ROOT' },
    lines: [
      {
        ...{ sku: 'MILK', quantity: 2, resalable: 2, before: 0, delivered: 2 },
        ...{ amount: '22.60', net: '20.00', tax: '2.60' },
      },
    ],
    places: [place('SH'), place('BJ')],
  }),
  effectiveOn: '2026-01-03',
}

const putAway = (warehouseId: string) =>
  StockReturned({
    ...{ ...of, warehouseId, journal: [] },
    lines: [
      {
        ...{ sku: 'MILK', restocked: 1, scrapped: 0, cost: '5.00', scrapCost: '0.00' },
        batches: [{ quantity: 1 }],
      },
    ],
  })

const credited = (...refunds: { paymentId?: string; amount: string }[]) =>
  ReturnCredited({
    ...{ ...of, ...worth, dealerId: 'D1', allocations: [], discountBack: '0.00' },
    ...{ refundPayable: '21.60', refunds, journal: [] },
  })

/** Shows the events to the return's instance; gives whether it is still there, and what each asked for. */
function follow(...events: readonly DecidedEvent[]) {
  const { listens } = orderReturn as unknown as Saga
  let current: Snapshot = ABSENT
  const asked = events.map((event) => {
    const listening = listens.get(event.type)
    const happened = recorded('any-1', event, {
      metadata: event.effectiveOn === undefined ? {} : { effectiveOn: event.effectiveOn },
    })
    const stepped = listening && step(listening, current, happened, 'O1.r1')
    current = stepped?.after ?? current
    return (stepped?.commands ?? []).map(({ command, input }) => ({ command, ...input }))
  })
  return { isThere: current.state !== undefined, asked }
}

const restock = (warehouseId: string) => ({
  ...{ command: 'RestockReturn', ...of, effectiveOn: '2026-01-03' },
  ...place(warehouseId),
})

test('what came back is put away in each warehouse, and credited once all of it is', async (t) => {
  t.same(follow(received, putAway('BJ'), putAway('BJ'), putAway('SH')), {
    isThere: true,
    asked: [[restock('SH'), restock('BJ')], [], [], [{ command: 'CreditReturn', ...credit }]],
  })
})

test('what had been paid is asked back, each payment by itself, and the return is closed', async (t) => {
  const refunds = [{ paymentId: 'P1', amount: '20.00' }, { amount: '1.60' }]
  const { isThere, asked } = follow(
    ...[received, putAway('BJ'), putAway('SH'), credited(...refunds), credited(...refunds)],
  )
  const whose = { returnId: 'O1.r1', dealerId: 'D1', facilityId: 'ROOT' }
  t.notOk(isThere)
  t.same(asked.slice(3), [
    [
      ...[{ command: 'RequestReturnRefund', refundId: 'O1.r1.f1', ...refunds[0], ...whose }],
      ...[{ command: 'RequestReturnRefund', refundId: 'O1.r1.f2', ...refunds[1], ...whose }],
      { command: 'CloseReturn', ...of },
    ],
    [],
  ])
})
