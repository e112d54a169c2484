/** What becomes of goods that go back: never more than was shipped, put away, credited and refunded once. */

import { cents, text, total } from './cents.ts'
import type { Data, Seen } from './law.ts'
import { law } from './law.ts'

export type Return = {
  returnId: string
  orderId: string
  lines: readonly Data[]
  status: 'requested' | 'approved' | 'rejected' | 'received' | 'closed'
  amount: string
  restockingFee: string
  isCredited: boolean
  refunds: number
}

export type Returns = ReturnType<typeof createReturns>

export function createReturns() {
  const returns = new Map<string, Return>()
  /** By order and SKU: shipped, and back. */
  const shipped = new Map<string, number>()
  const back = new Map<string, number>()

  const handlers: Record<string, (data: Data, seen: Seen) => void> = {
    FulfilmentShipped({ orderId, lines }) {
      for (const { sku, quantity } of lines) add(shipped, `${orderId} ${sku}`, quantity)
    },
    ReturnRequested({ returnId, orderId, lines }, seen) {
      law('a return begins once', !returns.has(returnId), () => returnId, seen, orderId)
      const worth = { amount: '0.00', restockingFee: '0.00', isCredited: false, refunds: 0 }
      returns.set(returnId, { returnId, orderId, lines, status: 'requested', ...worth })
    },
    ReturnApproved({ returnId, lines }, seen) {
      Object.assign(goes(returnId, ['requested'], 'approved', seen), { lines })
    },
    ReturnRejected({ returnId }, seen) {
      goes(returnId, ['requested', 'approved'], 'rejected', seen)
    },
    ReturnReceived({ returnId, orderId, lines, amount, restockingFee, places }, seen) {
      const received = goes(returnId, ['approved'], 'received', seen)
      Object.assign(received, { amount, restockingFee })
      const sum = total(lines.map((line: Data) => cents(line.amount)))
      law('what came back is its lines', sum === cents(amount), () => text(sum), seen, orderId)
      const put = new Map<string, number>()
      for (const place of places) {
        for (const { sku, restocked, scrapped } of place.lines) add(put, sku, restocked + scrapped)
      }
      for (const { sku, quantity } of lines) {
        const key = `${orderId} ${sku}`
        add(back, key, quantity)
        const figures = () => `${back.get(key)} of ${shipped.get(key)}`
        const isWithin = (back.get(key) ?? 0) <= (shipped.get(key) ?? 0)
        law('no more goods come back than were shipped', isWithin, figures, seen, orderId)
        law('all that came is put somewhere', put.get(sku) === quantity, () => sku, seen, orderId)
      }
    },
    ReturnCredited({ returnId, amount }, seen) {
      const credited = returns.get(returnId)
      const isRight = credited?.status === 'received' && credited.amount === amount
      law('what came back is credited once, as it was', isRight, () => amount, seen, returnId)
      if (credited !== undefined) credited.isCredited = true
    },
    ReturnClosed({ returnId }, seen) {
      const closed = goes(returnId, ['received'], 'closed', seen)
      law(
        'a return is closed when it is credited',
        closed.isCredited,
        () => returnId,
        seen,
        returnId,
      )
    },
  }

  function goes(
    returnId: string,
    from: readonly Return['status'][],
    to: Return['status'],
    seen: Seen,
  ): Return {
    const found = returns.get(returnId)
    const isOnItsWay = found !== undefined && from.includes(found.status)
    law('a return goes its way', isOnItsWay, () => `${found?.status} to ${to}`, seen, returnId)
    return Object.assign(found as Return, { status: to })
  }

  function atRest(): void {
    for (const { returnId, status } of returns.values()) {
      const hasEnded = status === 'closed' || status === 'rejected'
      law('every return ends', hasEnded, () => `${returnId} is ${status}`, undefined, returnId)
    }
  }

  return {
    see: (seen: Seen) => handlers[seen.type]?.(seen.data, seen),
    atRest,
    get: (returnId: string) => returns.get(returnId),
  }
}

function add(sums: Map<string, number>, key: string, quantity: number): void {
  sums.set(key, (sums.get(key) ?? 0) + quantity)
}
