/** Whether lines may be ordered at all: what is known at once, and refused with nothing written. */

import type { DecisionContext } from '../context.ts'
import type { Refusal } from '../kernel/decision.ts'
import { refusal } from '../kernel/decision.ts'
import { decimal, toAmount } from '../kernel/money.ts'
import { isListed } from '../product/listing.ts'
import type { DealerReference } from '../reference/reference.ts'
import type { AskedCharge, AskedLine, KnownLine, Priced } from './price.ts'

const MAY_SET_PRICES: readonly string[] = ['brand-ops', 'brand-admin']

/** Refuses hand-made prices and charges of anyone but the brand's operations and administration. */
export function priceForbidden(
  lines: readonly AskedLine[],
  charges: readonly AskedCharge[],
  { actor }: DecisionContext,
): Refusal | undefined {
  if (MAY_SET_PRICES.includes(actor.role)) return undefined
  const overridden = lines.filter(({ priceOverride }) => priceOverride !== undefined)
  if (overridden.length === 0 && charges.length === 0) return undefined
  return refusal('price-override-forbidden', {
    kind: 'forbidden',
    message: `the role ${actor.role} may not set prices or charges by hand`,
    inputs: {
      role: actor.role,
      lines: overridden.map(({ sku, priceOverride }) => ({ sku, ...priceOverride })),
      charges,
    },
    ways: [
      'leave out priceOverride and charges: the list prices then hold',
      `let one of ${MAY_SET_PRICES.join(', ')} place the order`,
    ],
  })
}

/** The lines with their SKUs' terms; refuses `line-twice` and `sku-unknown`. */
export function knownLines(
  lines: readonly AskedLine[],
  { reference }: DecisionContext,
): readonly KnownLine[] | Refusal {
  const skus = new Set<string>()
  const twice = new Set<string>()
  const unknown: string[] = []
  const known: KnownLine[] = []
  for (const line of lines) {
    if (skus.has(line.sku)) twice.add(line.sku)
    skus.add(line.sku)
    const terms = reference.skus.get(line.sku)
    if (terms === undefined) unknown.push(line.sku)
    else known.push({ ...line, terms })
  }
  if (twice.size > 0) return lineTwice([...twice], lines)
  return unknown.length > 0 ? skuUnknown(unknown) : known
}

/**
 * Refuses what is off sale (`sku-unlisted`), not authorised (`assortment-forbidden`), under the least
 * quantity (`below-minimum`) or no whole multiple (`order-multiple`); each names all lines concerned.
 */
export function linesForbidden(
  lines: readonly KnownLine[],
  dealer: DealerReference,
  { now }: DecisionContext,
): Refusal | undefined {
  return (
    skuUnlisted(lines.filter(({ terms }) => !isListed(terms, now))) ??
    assortmentForbidden(
      lines.filter((line) => !isAuthorised(dealer, line)),
      dealer,
    ) ??
    quantityBelowMinimum(lines.filter(({ quantity, terms }) => quantity < terms.moq)) ??
    notInMultiples(lines.filter(({ quantity, terms }) => quantity % terms.orderMultiple !== 0))
  )
}

/** Refuses an order whose total is under the policy's least amount (`below-minimum`). */
export function totalBelowMinimum(
  { total }: Priced,
  { policy }: DecisionContext,
): Refusal | undefined {
  const missing = decimal(policy.minimumOrderAmount).minus(total)
  if (!missing.isPositive() || missing.isZero()) return undefined
  return refusal('below-minimum', {
    rule: 'minimum-order-amount',
    ruleVersion: policy.version,
    message: `the order's total of ${total} is under the least amount, ${policy.minimumOrderAmount}`,
    inputs: { total, minimum: policy.minimumOrderAmount, missing: toAmount(missing) },
    ways: [`order for ${toAmount(missing)} more`],
  })
}

function isAuthorised({ assortment }: DealerReference, { terms }: KnownLine): boolean {
  if (assortment === undefined) return true
  return assortment.categories.includes(terms.category) || assortment.skus.includes(terms.sku)
}

function lineTwice(skus: readonly string[], lines: readonly AskedLine[]): Refusal {
  const totals = skus.map((sku) => ({
    sku,
    quantity: lines.reduce((total, line) => total + (line.sku === sku ? line.quantity : 0), 0),
  }))
  return refusal('line-twice', {
    message: `${skus.join(', ')}: more than one line`,
    inputs: { lines: totals },
    ways: totals.map(({ sku, quantity }) => `order ${sku} in one line, of ${quantity} in all`),
  })
}

function skuUnknown(skus: readonly string[]): Refusal {
  return refusal('sku-unknown', {
    message: `${skus.join(', ')}: no such SKU`,
    inputs: { skus },
    ways: [`correct or drop ${skus.join(', ')}`],
  })
}

function skuUnlisted(lines: readonly KnownLine[]): Refusal | undefined {
  if (lines.length === 0) return undefined
  const skus = lines.map(({ sku }) => sku)
  return refusal('sku-unlisted', {
    message: `${skus.join(', ')}: not on sale`,
    inputs: { skus, products: [...new Set(lines.map(({ terms }) => terms.productId))] },
    ways: [`drop ${skus.join(', ')}`, 'have the product listed'],
  })
}

function assortmentForbidden(
  lines: readonly KnownLine[],
  { dealerId, assortment }: DealerReference,
): Refusal | undefined {
  if (lines.length === 0) return undefined
  const skus = lines.map(({ sku }) => sku)
  return refusal('assortment-forbidden', {
    message: `${skus.join(', ')}: dealer ${dealerId} is not authorised to buy it`,
    inputs: {
      dealerId,
      lines: lines.map(({ sku, terms }) => ({ sku, category: terms.category })),
      authorisedCategories: assortment?.categories ?? [],
    },
    ways: [`drop ${skus.join(', ')}`, `have the assortment of ${dealerId} widened`],
  })
}

function quantityBelowMinimum(lines: readonly KnownLine[]): Refusal | undefined {
  if (lines.length === 0) return undefined
  return refusal('below-minimum', {
    rule: 'minimum-order-quantity',
    message: `${lines.map(({ sku }) => sku).join(', ')}: under the least quantity`,
    inputs: {
      lines: lines.map(({ sku, quantity, terms }) => ({ sku, quantity, minimum: terms.moq })),
    },
    ways: lines.map(({ sku, terms }) => {
      const least = Math.ceil(terms.moq / terms.orderMultiple) * terms.orderMultiple
      return `order ${least} or more of ${sku}`
    }),
  })
}

function notInMultiples(lines: readonly KnownLine[]): Refusal | undefined {
  if (lines.length === 0) return undefined
  return refusal('order-multiple', {
    message: `${lines.map(({ sku }) => sku).join(', ')}: no whole multiple`,
    inputs: {
      lines: lines.map(({ sku, quantity, terms }) => ({
        sku,
        quantity,
        multiple: terms.orderMultiple,
      })),
    },
    ways: lines.map((line) => `order ${nearestMultiples(line).join(' or ')} of ${line.sku}`),
  })
}

/** The allowed quantities just below and above what was asked for. */
function nearestMultiples({ quantity, terms: { orderMultiple, moq } }: KnownLine): number[] {
  const below = Math.floor(quantity / orderMultiple) * orderMultiple
  return [below, below + orderMultiple].filter((near) => near > 0 && near >= moq)
}
