/**
 * What finance does with the bank's statements: takes each in, and says of the lines that no rule could
 * place what they stand for. Sending everything again changes nothing.
 */

import { z } from 'zod'
import { type Decimal, decimal } from '../domain/kernel/money.ts'
import type { LocalDate } from '../domain/kernel/values.ts'
import type { DemoPorts } from './ports.ts'
import { keyOf } from './requests.ts'
import { statementOf } from './statement.ts'
import type { PaidOrder, Transfer } from './transfers.ts'

/** The id of the order that was placed for a planned one. */
export type OrderIdOf = (order: PaidOrder) => Promise<string>

export type Clerk = Readonly<{
  /** Announces that an order will be paid. */
  announce: (order: PaidOrder) => Promise<void>
  /** Takes a statement in, until each of its lines is in the books. */
  reconcile: (date: LocalDate, transfers: readonly Transfer[]) => Promise<void>
}>

const FINANCE = 'brand-finance'
const WAIT_SECONDS = 30
const RECONCILE_TRIES = 4

const Announced = z.object({ paymentId: z.string(), reference: z.string() })
type Announced = z.output<typeof Announced>

const Taken = z.object({ statementId: z.string(), status: z.string(), position: z.string() })

const OpenLines = z.object({
  items: z.array(z.object({ lineId: z.string(), bankId: z.string() })),
  nextCursor: z.null(),
})

const Receivables = z.object({
  items: z.array(
    z.object({
      receivableId: z.string(),
      orderId: z.string(),
      outstanding: z.string().transform(decimal),
    }),
  ),
  nextCursor: z.null(),
})

const Matched = z.object({
  status: z.string(),
  message: z.string().optional(),
  position: z.string(),
})

export function createClerk(ports: DemoPorts, orderIdOf: OrderIdOf): Clerk {
  /** An announcement that was sent before answers as it did then. */
  async function announced(order: PaidOrder): Promise<Announced> {
    const { dealerId, orderNumber, total } = order
    const orderIds = [await orderIdOf(order)]
    const answer = await ports.post({
      path: '/payments',
      body: { dealerId, amount: total, method: 'bank-transfer', orderIds },
      key: keyOf('payment', orderNumber),
      role: FINANCE,
    })
    return Announced.parse(answer)
  }

  async function reconcile(date: LocalDate, transfers: readonly Transfer[]): Promise<void> {
    const references = new Map<Transfer, string>()
    for (const transfer of transfers) {
      const order = announcedOrder(transfer)
      if (order !== undefined) references.set(transfer, (await announced(order)).reference)
    }
    const content = statementOf(transfers, (transfer) => references.get(transfer) ?? '')
    const { statementId, position } = await taken(date, content)
    const byBankId = new Map(transfers.map((transfer) => [transfer.bankId, transfer]))
    for (const { lineId, bankId } of await openLines(statementId, position)) {
      const transfer = byBankId.get(bankId)
      if (transfer === undefined) throw new Error(`${bankId} is no line of the plan`)
      await place(lineId, transfer, position)
    }
  }

  async function taken(date: LocalDate, content: string) {
    for (let attempt = 1; attempt <= RECONCILE_TRIES; attempt += 1) {
      const file = {
        path: '/bank-statements',
        name: `${date}.csv`,
        content,
        role: FINANCE,
      } as const
      const answer = Taken.parse(await ports.upload(file, { waitSeconds: WAIT_SECONDS }))
      if (answer.status === 'reconciled') return answer
    }
    throw new Error(`the statement of ${date} was not reconciled in time`)
  }

  async function openLines(statementId: string, after: string) {
    const query = `statementId=${statementId}&status=open&limit=500&after=${after}`
    return OpenLines.parse(await ports.get(`/reconciliation?${query}`, FINANCE)).items
  }

  /** Says what a line stands for that no rule could place, and does what follows from it. */
  async function place(lineId: string, transfer: Transfer, after: string): Promise<void> {
    const { truth } = transfer
    switch (truth.kind) {
      case 'charge':
        return void (await match(lineId, { charge: true }))
      case 'refund':
        return void (await match(lineId, { refundId: truth.refundId }))
      case 'again':
        return await giveBack(lineId, transfer, truth.order)
      case 'orders': {
        const [first] = truth.orders
        if (first === undefined) return
        const open = await openOf(truth.orders, after)
        const found = truth.isAnnounced
          ? { paymentId: (await announced(first)).paymentId }
          : { receivableIds: open.map(({ receivableId }) => receivableId) }
        const position = await match(lineId, found)
        if (!decimal(truth.short).isZero()) await giveUp(first, position)
      }
    }
  }

  async function match(lineId: string, counterpart: Readonly<Record<string, unknown>>) {
    const answer = await ports.post(
      {
        path: `/reconciliation/${lineId}/match`,
        body: counterpart,
        key: keyOf('match', lineId),
        role: FINANCE,
      },
      { waitSeconds: WAIT_SECONDS },
    )
    const { status, message, position } = Matched.parse(answer)
    if (status !== 'booked')
      throw new Error(`line ${lineId} is ${status}: ${message ?? 'no reason'}`)
    return position
  }

  async function openOf(orders: readonly PaidOrder[], after: string) {
    const [first] = orders
    const ids = await Promise.all(orders.map(orderIdOf))
    const query = `dealerId=${first?.dealerId}&limit=500&after=${after}`
    const { items } = Receivables.parse(await ports.get(`/receivables?${query}`, FINANCE))
    return items.filter(
      ({ orderId, outstanding }) => ids.includes(orderId) && !outstanding.isZero(),
    )
  }

  /** What a bank abroad kept is not asked of the customer. */
  async function giveUp(order: PaidOrder, after: string): Promise<void> {
    for (const { receivableId, outstanding } of await untilSettled(order, after)) {
      await ports.post({
        path: `/receivables/${receivableId}/write-off`,
        body: { amount: outstanding.toFixed(2), reason: 'charges of a bank abroad' },
        key: keyOf('write-off', receivableId),
        role: FINANCE,
      })
    }
  }

  /** What is still open of an order once its transfer has settled it. */
  async function untilSettled(order: PaidOrder, after: string) {
    const end = Date.now() + WAIT_SECONDS * 1000
    for (;;) {
      const open = await openOf([order], after)
      const most = decimal(order.total)
      const left = open.reduce((total: Decimal, one) => total.plus(one.outstanding), decimal(0))
      if (left.lessThan(most)) return open
      if (Date.now() > end) throw new Error(`order ${order.orderNumber} was not settled in time`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    }
  }

  /** Money that came again is booked as the customer's, and sent back. */
  async function giveBack(lineId: string, transfer: Transfer, order: PaidOrder): Promise<void> {
    const { dealerId, orderNumber } = order
    const answer = await ports.post({
      path: '/payments',
      body: { dealerId, amount: transfer.amount, method: 'bank-transfer' },
      key: keyOf('payment-again', orderNumber),
      role: FINANCE,
    })
    const { paymentId } = Announced.parse(answer)
    await match(lineId, { paymentId })
    await ports.post(
      {
        path: `/payments/${paymentId}/refunds`,
        body: {
          refundId: `NW-twice-${orderNumber}`,
          amount: transfer.amount,
          reason: 'paid twice',
          to: 'bank',
        },
        key: keyOf('refund', orderNumber),
        role: FINANCE,
      },
      { waitSeconds: WAIT_SECONDS },
    )
  }

  return { announce: async (order) => void (await announced(order)), reconcile }
}

const LOOK_AGAIN_MS = 50

function announcedOrder({ truth }: Transfer): PaidOrder | undefined {
  return truth.kind === 'orders' && truth.isAnnounced ? truth.orders[0] : undefined
}
