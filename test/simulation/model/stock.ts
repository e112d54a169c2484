/** What is in each warehouse, and for whom it is set aside. */

import { type Cents, cents, text } from './cents.ts'
import type { Data, Seen } from './law.ts'
import { law } from './law.ts'

type Level = { onHand: number; reserved: number; value: Cents }
/** What an order has in a warehouse: by attempt, by SKU. */
type Reserved = Map<number, Map<string, number>>

export type Stock = ReturnType<typeof createStock>

export function createStock() {
  const levels = new Map<string, Level>()
  const reservations = new Map<string, Reserved>()
  const issued = new Set<string>()
  let touched = new Set<string>()
  let lately: Seen | undefined

  function level(warehouseId: string, sku: string): Level {
    const key = `${warehouseId} ${sku}`
    const found = levels.get(key) ?? { onHand: 0, reserved: 0, value: 0n }
    levels.set(key, found)
    touched.add(key)
    return found
  }

  function of(warehouseId: string, orderId: string): Reserved {
    const key = `${warehouseId} ${orderId}`
    const found = reservations.get(key) ?? new Map()
    reservations.set(key, found)
    return found
  }

  const handlers: Record<string, (data: Data, seen: Seen) => void> = {
    StockReceived({ warehouseId, sku, quantity, amount }) {
      const changed = level(warehouseId, sku)
      changed.onHand += quantity
      changed.value += cents(amount)
    },
    StockReserved({ warehouseId, orderId, attempt, lines }, seen) {
      const attempts = of(warehouseId, orderId)
      law(
        'an attempt reserves once',
        !attempts.has(attempt),
        () => `attempt ${attempt} of ${orderId}`,
        seen,
        orderId,
      )
      attempts.set(attempt, new Map(lines.map((line: Data) => [line.sku, line.quantity])))
      for (const { sku, quantity } of lines) level(warehouseId, sku).reserved += quantity
    },
    ReservationRefused({ warehouseId, shortages }, seen) {
      for (const { sku, wanted, available } of shortages) {
        const { onHand, reserved } = level(warehouseId, sku)
        law(
          'a reservation is refused only for want of stock',
          available === onHand - reserved && wanted > available,
          () => `${wanted} of ${sku} wanted, ${available} said, ${onHand - reserved} there`,
          seen,
        )
      }
    },
    ReservationReleased({ warehouseId, orderId, attempt, lines }, seen) {
      const attempts = of(warehouseId, orderId)
      const held = attempts.get(attempt) ?? new Map<string, number>()
      const wanted = [...held].filter(([, quantity]) => quantity > 0)
      const released = lines.map(({ sku, quantity }: Data) => [sku, quantity])
      law(
        'a release gives back what was set aside, once',
        same(wanted, released),
        () => `${JSON.stringify(released)} released, ${JSON.stringify(wanted)} was set aside`,
        seen,
        orderId,
      )
      for (const { sku, quantity } of lines) level(warehouseId, sku).reserved -= quantity
      attempts.set(attempt, new Map())
    },
    ReservationReduced({ warehouseId, orderId, lines }, seen) {
      for (const { sku, quantity } of lines) take(warehouseId, orderId, sku, quantity, seen)
    },
    StockIssued({ warehouseId, orderId, fulfilmentId, shipmentId = fulfilmentId, lines }, seen) {
      law('a shipment is issued once', !issued.has(shipmentId), () => shipmentId, seen, orderId)
      issued.add(shipmentId)
      for (const { sku, quantity, cost } of lines) {
        take(warehouseId, orderId, sku, quantity, seen)
        const changed = level(warehouseId, sku)
        changed.onHand -= quantity
        changed.value -= cents(cost)
      }
    },
  }

  /** Takes from what is set aside for an order, whichever attempts it was set aside under. */
  function take(warehouseId: string, orderId: string, sku: string, quantity: number, seen: Seen) {
    let rest = quantity
    for (const lines of of(warehouseId, orderId).values()) {
      const part = Math.min(rest, lines.get(sku) ?? 0)
      lines.set(sku, (lines.get(sku) ?? 0) - part)
      rest -= part
    }
    law(
      'nothing leaves that was not set aside for it',
      rest === 0,
      () => `${rest} of ${quantity} ${sku} was not reserved for ${orderId}`,
      seen,
      orderId,
    )
    level(warehouseId, sku).reserved -= quantity
  }

  function see(seen: Seen): void {
    lately = seen
    handlers[seen.type]?.(seen.data, seen)
  }

  /** Between two writes. */
  function settled(): void {
    for (const key of touched) {
      const { onHand, reserved, value } = levels.get(key) ?? { onHand: 0, reserved: 0, value: 0n }
      const figures = () => `${key}: ${onHand} on hand, ${reserved} reserved, worth ${text(value)}`
      const at = lately ?? { event: undefined }
      law('stock is never negative', onHand >= 0 && reserved >= 0, figures, at)
      law('no more is reserved than is on hand', reserved <= onHand, figures, at)
      law('stock is worth nothing only when there is none', worth(onHand, value), figures, at)
    }
    touched = new Set()
  }

  return {
    see,
    settled,
    isIssued: (shipmentId: string) => issued.has(shipmentId),
    /** What is set aside for an order in a warehouse, over all attempts, by SKU. */
    reservedFor(warehouseId: string, orderId: string): ReadonlyMap<string, number> {
      const sums = new Map<string, number>()
      for (const lines of reservations.get(`${warehouseId} ${orderId}`)?.values() ?? []) {
        for (const [sku, quantity] of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity)
      }
      return new Map([...sums].filter(([, quantity]) => quantity > 0))
    },
    /** Reservations that still hold something. */
    open: () =>
      [...reservations].filter(([, attempts]) =>
        [...attempts.values()].some((lines) =>
          [...lines.values()].some((quantity) => quantity > 0),
        ),
      ),
    value: () => [...levels.values()].reduce((sum, { value }) => sum + value, 0n),
  }
}

function worth(onHand: number, value: Cents): boolean {
  return onHand === 0 ? value === 0n : value >= 0n
}

function same(one: readonly Data[], other: readonly Data[]): boolean {
  const sorted = (pairs: readonly Data[]) => JSON.stringify(pairs.map(String).sort())
  return sorted(one) === sorted(other)
}
