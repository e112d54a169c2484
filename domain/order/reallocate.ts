/** Plans which warehouses ship what of a confirmed order that is amended, or lost some of its stock. */

import type { DecisionContext } from '../context.ts'
import type { SkuQuantity } from '../kernel/lines.ts'
import type { Fulfilment } from './fulfilments.ts'
import { less, together } from './fulfilments.ts'
import { planSplit } from './split.ts'
import type { Order, OrderedLine } from './state.ts'
import type { Shortage } from './values.ts'

export type Reallocation = Readonly<{
  /** Every warehouse that ships any of it before or after. */
  parts: readonly Readonly<{
    fulfilmentId: string
    warehouseId: string
    /** Of the fulfilment, shipped ones included; none: it goes. */
    lines: readonly SkuQuantity[]
    /** To be set aside in addition, and to be given back. */
    reserve: readonly SkuQuantity[]
    release: readonly SkuQuantity[]
  }>[]
  shortages: readonly Shortage[]
}>

type WarehouseLines = ReadonlyMap<string, readonly SkuQuantity[]>

/** Splits other lines of an order of which nothing has shipped, as if its own stock were available. */
export function reallocatedTo(
  order: Order,
  lines: readonly OrderedLine[],
  context: DecisionContext,
): Reallocation {
  const own = leftByWarehouse(order)
  const split = splitOver(order, lines, own, context)
  const after = new Map(split.parts.map((part) => [part.warehouseId, part.lines]))
  return { parts: partsOf(order, own, after), shortages: split.shortages }
}

/** Splits only what an order lost; everything else stays where it is. */
export function replacementOf(order: Order, context: DecisionContext): Reallocation {
  const own = leftByWarehouse(order)
  const divisible = new Map(order.lines.map((line) => [line.sku, line.divisible]))
  const lost = order.lost.map((line) => ({ ...line, divisible: divisible.get(line.sku) ?? true }))
  const split = splitOver(order, lost, new Map(), context)
  const after = new Map(own)
  for (const { warehouseId, lines } of split.parts) {
    after.set(warehouseId, together(own.get(warehouseId) ?? [], lines))
  }
  return { parts: partsOf(order, own, after), shortages: split.shortages }
}

function leftByWarehouse({ fulfilments }: Order): WarehouseLines {
  return new Map(fulfilments.filter(isOpen).map(({ warehouseId, left }) => [warehouseId, left]))
}

function isOpen({ left }: Fulfilment): boolean {
  return left.length > 0
}

function splitOver(
  { shipToRegion }: Order,
  lines: readonly Readonly<{ sku: string; quantity: number; divisible: boolean }>[],
  own: WarehouseLines,
  { reference }: DecisionContext,
) {
  return planSplit({
    lines,
    region: shipToRegion,
    warehouses: [...reference.warehouses.values()],
    available: (warehouseId, sku) => {
      const free = reference.available.get(warehouseId)?.get(sku) ?? 0
      return free + quantityOf(own.get(warehouseId) ?? [], sku)
    },
  })
}

function quantityOf(lines: readonly SkuQuantity[], sku: string): number {
  return lines.find((line) => line.sku === sku)?.quantity ?? 0
}

/** A warehouse's open fulfilment keeps its id; a warehouse without one gets the next. */
function partsOf(order: Order, before: WarehouseLines, after: WarehouseLines) {
  const open = new Map(order.fulfilments.filter(isOpen).map((one) => [one.warehouseId, one]))
  let count = order.fulfilments.length
  return [...new Set([...before.keys(), ...after.keys()])].map((warehouseId) => {
    const fulfilment = open.get(warehouseId)
    const had = before.get(warehouseId) ?? []
    const gets = after.get(warehouseId) ?? []
    const shipped = fulfilment ? less(fulfilment.lines, fulfilment.left) : []
    if (!fulfilment) count += 1
    return {
      fulfilmentId: fulfilment?.fulfilmentId ?? `${order.orderId}.${count}`,
      warehouseId,
      lines: together(shipped, gets),
      reserve: less(gets, had),
      release: less(had, gets),
    }
  })
}
