import assert from 'node:assert'
import fc from 'fast-check'
import { test } from 'tap'
import type { Journal } from '../../../domain/kernel/journal.ts'
import { decimal, sum, toAmount } from '../../../domain/kernel/money.ts'
import { availableChanges } from '../../../domain/stock/available.ts'
import { StockReturned } from '../../../domain/stock/events.ts'
import { type Issued, type RestockReturn, restockReturn } from '../../../domain/stock/returns.ts'
import { levelOf, type StockState } from '../../../domain/stock/state.ts'
import { stock } from '../../../domain/stock/stock.ts'
import { applyEvents, type Decide, testContext } from '../../support/given.ts'
import { inShanghai, issue, receive, reserve, warehouseId } from './shanghai.ts'

const of = { warehouseId, orderId: 'O1', returnId: 'O1.r1' }

type Line = RestockReturn['lines'][number]

/** Some units of the first shipment, after those that came back before. */
const milk = (restocked: number, scrapped: number, before = 0): Line => ({
  ...{ sku: 'MILK', restocked, scrapped },
  from: [{ shipmentId: 'O1.1', quantity: restocked + scrapped, before, shipped: 3 }],
})

const threeForTen: Issued = { shipmentId: 'O1.1', sku: 'MILK', quantity: 3, cost: '10.00' }

const restock =
  (
    lines: readonly Line[],
    issued: readonly Issued[] = [threeForTen],
    more: Partial<RestockReturn> = {},
  ): Decide<StockState> =>
  (state, context) =>
    restockReturn(state, { ...of, lines, ...more }, issued, context)

const shipped = (t: Parameters<typeof inShanghai>[0]) =>
  inShanghai(t)
    .when(receive('MILK', 3, '3.3333'))
    .accepted()
    .when(reserve('O1', { MILK: 3 }))
    .accepted()
    .when(issue('O1', 'O1.1', { MILK: 3 }))
    .accepted()

test('goods come back at what they were issued at: in stock again, or lost', async (t) => {
  const { state } = shipped(t)
    .when(restock([milk(1, 1)]))
    .then(
      StockReturned({
        ...of,
        lines: [
          {
            ...{ sku: 'MILK', restocked: 1, scrapped: 1, cost: '6.67', scrapCost: '3.34' },
            batches: [{ quantity: 1 }],
          },
        ],
        journal: [
          { account: '1405', debit: '3.33' },
          { account: '6602', debit: '3.34' },
          { account: '6401', credit: '6.67' },
        ],
      }),
    )
  t.match(levelOf(state, 'MILK'), { onHand: 1, reserved: 0, value: '3.33' })
})

test('the same return comes back once', async (t) => {
  shipped(t)
    .when(restock([milk(3, 0)]))
    .accepted()
    .when(restock([milk(3, 0)]))
    .changesNothing()
})

test('what is scrapped is not on hand, and can not be promised', async (t) => {
  const returned = shipped(t).when(restock([milk(0, 2)]))
  t.match(levelOf(returned.accepted().state, 'MILK'), { onHand: 0, value: '0.00', batches: [] })
  const events = returned.decision.accepted ? returned.decision.events : []
  t.strictSame(events.flatMap(availableChanges), [])
})

test('goods that no warehouse has said the cost of do not come back yet', async (t) => {
  const goods = [{ shipmentId: 'O1.1', sku: 'MILK' }]
  shipped(t)
    .when(restock([milk(1, 0)], []))
    .refused('goods-not-issued', { returnId: 'O1.r1', goods })
  shipped(t)
    .when(restock([milk(2, 0, 2)]))
    .refused('goods-not-issued', { goods })
})

test('goods may come to a warehouse that never had any, on an earlier day', async (t) => {
  const { state } = inShanghai(t)
    .when(restock([milk(2, 0)], [threeForTen], { effectiveOn: '2026-01-03' }))
    .then({
      ...StockReturned({
        ...of,
        lines: [
          {
            ...{ sku: 'MILK', restocked: 2, scrapped: 0, cost: '6.67', scrapCost: '0.00' },
            batches: [{ quantity: 2 }],
          },
        ],
        journal: [
          { account: '1405', debit: '6.67' },
          { account: '6401', credit: '6.67' },
        ],
      }),
      effectiveOn: '2026-01-03',
    })
  t.match(levelOf(state, 'MILK'), { onHand: 2, value: '6.67' })
})

test('a free gift comes back for nothing', async (t) => {
  const free = { ...threeForTen, cost: '0.00' }
  const { state } = inShanghai(t)
    .when(restock([milk(2, 1)], [free]))
    .accepted()
  t.match(levelOf(state, 'MILK'), { onHand: 2, value: '0.00' })
})

/** Of each return: units that can be sold again, and that can't. */
const parts = fc.array(fc.tuple(fc.nat({ max: 4 }), fc.nat({ max: 4 })), {
  minLength: 1,
  maxLength: 8,
})

test('when all came back, stock and books are as if nothing had left, but for what is lost', async () => {
  fc.assert(
    fc.property(parts, fc.nat({ max: 99_999 }), fc.nat({ max: 7 }), (returns, cents, kept) => {
      const back = returns.filter(([good, bad]) => good + bad > 0)
      const units = back.reduce((total, [good, bad]) => total + good + bad, 0)
      fc.pre(units > 0)
      const first = Math.min(kept, units)
      const costs = [first, units - first].map((quantity, index) => ({
        ...{ shipmentId: `O1.${index + 1}`, sku: 'MILK', quantity },
        cost: toAmount(decimal(cents + index).dividedBy(100)),
      }))
      const issued = costs.filter(({ quantity }) => quantity > 0)
      let state = stock.initial
      let before = 0
      const journals: Journal[] = []
      for (const [index, [restocked, scrapped]] of back.entries()) {
        const from = slice(issued, before, before + restocked + scrapped)
        const lines = [{ sku: 'MILK', restocked, scrapped, from }]
        const input = { ...of, returnId: `O1.r${index + 1}`, lines }
        const decision = restockReturn(state, input, issued, testContext())
        assert(decision.accepted)
        for (const event of decision.events) {
          journals.push(StockReturned.schema.parse(event.data).journal)
        }
        state = applyEvents(stock, state, decision.events)
        before += restocked + scrapped
      }
      const all = sum(issued.map(({ cost }) => decimal(cost)))
      const { value, onHand } = levelOf(state, 'MILK')
      const bookedOn = (account: string) => toAmount(balanceOf(journals, account))
      assert.equal(bookedOn('6401'), toAmount(all.negated()))
      assert.equal(bookedOn('1405'), value)
      assert.equal(bookedOn('6602'), toAmount(all.minus(value)))
      assert.equal(
        onHand,
        back.reduce((total, [good]) => total + good, 0),
      )
    }),
  )
})

/** The units from one to another, over shipments one after the other. */
function slice(issued: readonly Issued[], from: number, to: number): Line['from'] {
  let start = 0
  return issued.flatMap(({ shipmentId, quantity: shippedUnits }) => {
    const before = Math.max(0, Math.min(from - start, shippedUnits))
    const after = Math.max(0, Math.min(to - start, shippedUnits))
    start += shippedUnits
    const quantity = after - before
    return quantity === 0 ? [] : [{ shipmentId, quantity, before, shipped: shippedUnits }]
  })
}

function balanceOf(journals: readonly Journal[], account: string) {
  return sum(
    journals
      .flat()
      .filter((line) => line.account === account)
      .map(({ debit = '0', credit = '0' }) => decimal(debit).minus(credit)),
  )
}
