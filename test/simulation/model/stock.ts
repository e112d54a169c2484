/** What is in each warehouse, batch by batch, for whom it is set aside, and what is on its way. */

import { type Cents, cents, text, total } from './cents.ts'
import type { Data, Seen } from './law.ts'
import { law } from './law.ts'

type Batch = { expiresOn: string | undefined; quantity: number; apart: number }
type Issued = { quantity: number; cost: Cents }
type Level = { reserved: number; value: Cents; batches: Map<string, Batch> }
/** What an order has in a warehouse: by attempt, by SKU. */
type Reserved = Map<number, Map<string, number>>

export type Stock = ReturnType<typeof createStock>

export function createStock() {
  const levels = new Map<string, Level>()
  const reservations = new Map<string, Reserved>()
  /** What left with a shipment: by SKU, how much, and what it had cost. */
  const issued = new Map<string, Map<string, Issued>>()
  const returned = new Set<string>()
  const costsBack = new Map<string, Cents>()
  const inTransit = new Map<string, Cents>()
  let touched = new Set<string>()
  let lately: Seen | undefined

  function level(warehouseId: string, sku: string): Level {
    const key = `${warehouseId} ${sku}`
    const found = levels.get(key) ?? { reserved: 0, value: 0n, batches: new Map() }
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
    StockReceived: ({ warehouseId, sku, amount, ...goods }) =>
      arrive(level(warehouseId, sku), [goods], amount),
    StockReserved({ warehouseId, orderId, attempt, lines }, seen) {
      const attempts = of(warehouseId, orderId)
      const isNew = !attempts.has(attempt)
      law(
        'an attempt reserves once',
        isNew,
        () => `attempt ${attempt} of ${orderId}`,
        seen,
        orderId,
      )
      attempts.set(attempt, new Map(lines.map((line: Data) => [line.sku, line.quantity])))
      for (const { sku, quantity } of lines) level(warehouseId, sku).reserved += quantity
    },
    ReservationRefused({ warehouseId, shortages }, seen) {
      for (const { sku, wanted, available } of shortages) {
        const there = availableOf(level(warehouseId, sku), seen.metadata.bookedOn)
        law(
          'a reservation is refused only for want of stock',
          available === Math.max(0, there) && wanted > available,
          () => `${wanted} of ${sku} wanted, ${available} said, ${there} there`,
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
      for (const { sku, quantity } of lines) use(warehouseId, orderId, sku, quantity, seen)
    },
    StockIssued({ warehouseId, orderId, fulfilmentId, shipmentId = fulfilmentId, lines }, seen) {
      law('a shipment is issued once', !issued.has(shipmentId), () => shipmentId, seen, orderId)
      const left = new Map<string, Issued>()
      issued.set(shipmentId, left)
      for (const { sku, quantity, cost, batches, unreserved = 0 } of lines) {
        const before = left.get(sku) ?? { quantity: 0, cost: 0n }
        before.quantity += quantity
        before.cost += cents(cost)
        left.set(sku, before)
        use(warehouseId, orderId, sku, quantity - unreserved, seen)
        const changed = level(warehouseId, sku)
        leave(changed, batches ?? [{ quantity }], cost, seen)
        firstExpiredFirst(changed, batches ?? [], seen)
      }
    },
    StockQuarantined({ warehouseId, sku, batches }, seen) {
      setApart(level(warehouseId, sku), batches, 1, seen)
    },
    QuarantineLifted({ warehouseId, sku, batches }, seen) {
      setApart(level(warehouseId, sku), batches, -1, seen)
    },
    BatchesExpired({ warehouseId, date, lines }, seen) {
      for (const { sku, batches } of lines) {
        const due = batches.every(({ expiresOn }: Data) => expiresOn <= date)
        law('a batch expires when its day has come', due, () => JSON.stringify(batches), seen)
        setApart(level(warehouseId, sku), batches, 1, seen)
      }
    },
    StockSpoiled({ warehouseId, sku, batches, cost }, seen) {
      leave(level(warehouseId, sku), batches, cost, seen)
    },
    StockCounted({ warehouseId, sku, batch, booked, counted, batches, cost }, seen) {
      const changed = level(warehouseId, sku)
      const there = [...changed.batches].filter(([key]) => !batch || key.startsWith(`${batch} `))
      const onHand = there.reduce((sum, [, { quantity }]) => sum + quantity, 0)
      law('a count begins from the books', onHand === booked, () => `${booked}, ${onHand}`, seen)
      if (counted > booked) arrive(changed, batches, cost)
      if (counted < booked) leave(changed, batches, cost, seen)
    },
    StockReturned({ warehouseId, returnId, orderId, lines }, seen) {
      const id = `${returnId} ${warehouseId}`
      law('a return is put away once', !returned.has(id), () => id, seen, orderId)
      returned.add(id)
      for (const { sku, batches, cost, scrapCost } of lines) {
        arrive(level(warehouseId, sku), batches, text(cents(cost) - cents(scrapCost)))
        const ofOrder = [...issued].filter(([shipmentId]) => shipmentId.startsWith(orderId))
        const goods = ofOrder.flatMap(([, left]) => left.get(sku) ?? [])
        const whole = total(goods.map((one) => one.cost))
        const back = (costsBack.get(`${orderId} ${sku}`) ?? 0n) + cents(cost)
        costsBack.set(`${orderId} ${sku}`, back)
        const figures = () => `${text(back)} of ${text(whole)}`
        law('no more comes back than what it had cost', back <= whole, figures, seen, orderId)
      }
    },
    StockTransferSent({ transferId, warehouseId, lines }, seen) {
      inTransit.set(transferId, total(lines.map(({ cost }: Data) => cents(cost))))
      for (const { sku, batches, cost } of lines) {
        leave(level(warehouseId, sku), batches, cost, seen)
      }
    },
    StockTransferReceived({ transferId, warehouseId, lines }, seen) {
      const sent = inTransit.get(transferId)
      const parts: Cents[] = lines.map(({ cost, lost }: Data) => cents(cost) + cents(lost))
      const figures = () => `${text(sent ?? 0n)} was sent, ${text(total(parts))} arrived or is lost`
      law('what was sent arrives or is lost, once', sent === total(parts), figures, seen)
      inTransit.delete(transferId)
      for (const { sku, batches, cost } of lines) arrive(level(warehouseId, sku), batches, cost)
    },
  }

  /** Takes from what is set aside for an order, whichever attempts it was set aside under. */
  function use(warehouseId: string, orderId: string, sku: string, quantity: number, seen: Seen) {
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
    const at = lately ?? { event: undefined }
    for (const key of touched) {
      const changed = levels.get(key)
      if (changed === undefined) continue
      const { reserved, value } = changed
      const [onHand, free] = [onHandOf(changed), freeOf(changed)]
      const figures = () =>
        `${key}: ${onHand} on hand, ${free} free, ${reserved} reserved, worth ${text(value)}`
      law('stock is never negative', onHand >= 0 && reserved >= 0, figures, at)
      law('no more is reserved than is there', reserved <= free, figures, at)
      const isWorthNothing = onHand === 0 ? value === 0n : value >= 0n
      law('stock is worth nothing when there is none', isWorthNothing, figures, at)
    }
    touched = new Set()
  }

  return {
    see,
    settled,
    isIssued: (shipmentId: string) => issued.has(shipmentId),
    /** What left with some shipments, as the read model has it. */
    issuedWith: (shipmentIds: readonly string[]) =>
      shipmentIds.flatMap((shipmentId) =>
        [...(issued.get(shipmentId) ?? [])].map(([sku, { quantity, cost }]) => {
          return { shipmentId, sku, quantity, cost: text(cost) }
        }),
      ),
    /** What is set aside for an order in a warehouse, over all attempts, by SKU. */
    reservedFor(warehouseId: string, orderId: string): ReadonlyMap<string, number> {
      const sums = new Map<string, number>()
      for (const lines of reservations.get(`${warehouseId} ${orderId}`)?.values() ?? []) {
        for (const [sku, quantity] of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity)
      }
      return new Map([...sums].filter(([, quantity]) => quantity > 0))
    },
    /** Reservations that still hold something. */
    open: () => [...reservations].filter(([, attempts]) => holds(attempts)).map(([key]) => key),
    onHand: (warehouseId: string, sku: string) => onHandOf(level(warehouseId, sku)),
    /** Neither set apart nor promised. */
    available(warehouseId: string, sku: string): number {
      const there = level(warehouseId, sku)
      return freeOf(there) - there.reserved
    },
    inTransit: (): readonly string[] => [...inTransit.keys()],
    /** Of all warehouses, and of what is on its way. */
    value: () => total([...levels.values()].map(({ value }) => value)) + total(inTransit.values()),
  }
}

function holds(attempts: Reserved): boolean {
  return [...attempts.values()].some((lines) => [...lines.values()].some((units) => units > 0))
}

function keyOf({ batch, expiresOn }: Data): string {
  return `${batch ?? ''} ${expiresOn ?? ''}`
}

function batchOf({ batches }: Level, part: Data): Batch {
  const key = keyOf(part)
  const found = batches.get(key) ?? { expiresOn: part.expiresOn, quantity: 0, apart: 0 }
  batches.set(key, found)
  return found
}

function arrive(changed: Level, parts: readonly Data[], cost: string): void {
  changed.value += cents(cost)
  for (const part of parts) {
    const batch = batchOf(changed, part)
    batch.quantity += part.quantity
    batch.apart += part.quarantined ?? 0
  }
}

/** Of a batch that is not said to have been in quarantine, what is free leaves first. */
function leave(changed: Level, parts: readonly Data[], cost: string, seen: Seen): void {
  changed.value -= cents(cost)
  for (const part of parts) {
    const batch = batchOf(changed, part)
    const beyond = Math.max(0, part.quantity - (batch.quantity - batch.apart))
    batch.quantity -= part.quantity
    batch.apart -= part.quarantined ?? beyond
    const isThere = batch.quantity >= 0 && batch.apart >= 0 && batch.apart <= batch.quantity
    law('only what is there leaves', isThere, () => JSON.stringify({ part, ...batch }), seen)
    if (batch.quantity === 0) changed.batches.delete(keyOf(part))
  }
}

function setApart(changed: Level, parts: readonly Data[], sign: 1 | -1, seen: Seen): void {
  for (const part of parts) {
    const batch = batchOf(changed, part)
    batch.apart += sign * part.quantity
    const isThere = batch.apart >= 0 && batch.apart <= batch.quantity
    law('only what is there is set apart', isThere, () => JSON.stringify({ part, ...batch }), seen)
  }
}

/** No batch that expires sooner is left on its shelf (DOMAIN: Stock and splitting). */
function firstExpiredFirst(changed: Level, parts: readonly Data[], seen: Seen): void {
  const taken = parts
    .filter(({ quantity, quarantined = 0 }) => quantity > quarantined)
    .map(({ expiresOn = '9999' }) => expiresOn)
  const last = taken.sort().at(-1) ?? ''
  const sooner = [...changed.batches.values()].filter(
    ({ expiresOn = '9999', quantity, apart }) => quantity > apart && expiresOn < last,
  )
  law('what expires first leaves first', sooner.length === 0, () => JSON.stringify(sooner), seen)
}

function onHandOf({ batches }: Level): number {
  return [...batches.values()].reduce((sum, { quantity }) => sum + quantity, 0)
}

function freeOf({ batches }: Level): number {
  return [...batches.values()].reduce((sum, { quantity, apart }) => sum + quantity - apart, 0)
}

function availableOf({ batches, reserved }: Level, on: string): number {
  const sold = [...batches.values()].filter(({ expiresOn = '9999' }) => expiresOn > on)
  return sold.reduce((sum, { quantity, apart }) => sum + quantity - apart, 0) - reserved
}

function same(one: readonly Data[], other: readonly Data[]): boolean {
  const sorted = (pairs: readonly Data[]) => JSON.stringify(pairs.map(String).sort())
  return sorted(one) === sorted(other)
}
