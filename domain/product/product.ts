/** A product (SPU) and its SKUs, and whether it is on sale. Stream: `product-<productId>`. */

import { z } from 'zod'
import type { DecisionContext } from '../context.ts'
import { aggregate, fold } from '../kernel/aggregate.ts'
import type { Decision } from '../kernel/decision.ts'
import { accept, refuse } from '../kernel/decision.ts'
import type { EventOf } from '../kernel/event.ts'
import { event } from '../kernel/event.ts'
import {
  Count,
  Instant,
  isLine,
  line,
  Name,
  ProductId,
  Quantity,
  Rate,
  Sku,
  Text,
  UnitPrice,
} from '../kernel/values.ts'
import type { Listing } from './listing.ts'
import { isAfter, isListed, withChange } from './listing.ts'

/** What tells an SKU from its fellows, such as its size; a value may be empty. */
export const Attributes = z.record(
  line(64),
  z.string().max(200).refine(isLine, 'must hold no control characters and no half surrogates'),
)

const SkuTerms = z.strictObject({
  sku: Sku,
  name: Name,
  attributes: Attributes.optional(),
  basePrice: UnitPrice, // tax-inclusive, of one base unit
  moq: Quantity, // base units
  orderMultiple: Quantity, // base units
  safetyStock: Count, // base units, per warehouse
  divisible: z.boolean(), // whether a line of it may be divided over warehouses
  special: z.boolean(), // whether an order of it goes to review
})

// Events: a storage format. Add fields and versions; never change a meaning.
export const ProductRegistered = event(
  'ProductRegistered',
  1,
  {
    productId: ProductId,
    name: Name,
    category: Name,
    taxRate: Rate,
    skus: z.array(SkuTerms).min(1).max(1000),
    listed: z.boolean(),
  },
  { description: 'A product with its SKUs is in the catalogue.' },
)

const ListingFields = {
  at: Instant.optional(), // absent: at once
  reason: Text.optional(),
}

export const ProductListed = event('ProductListed', 1, ListingFields, {
  description: 'A product goes on sale, at once or from an instant on.',
})

export const ProductUnlisted = event('ProductUnlisted', 1, ListingFields, {
  description: 'A product goes off sale, at once or from an instant on.',
})

export type ProductEvent = EventOf<
  typeof ProductRegistered | typeof ProductListed | typeof ProductUnlisted
>

export type ProductState = Readonly<{ productId: string; listing: Listing }> | undefined

const initial: ProductState = undefined

export const product = aggregate<ProductState>({
  category: 'product',
  version: 1,
  events: [ProductRegistered, ProductListed, ProductUnlisted],
  initial,
  evolve: fold<ProductState, ProductEvent>({
    ProductRegistered: (_, { productId, listed }) => ({ productId, listing: { listed } }),
    ProductListed: (state, { at }, { metadata }) =>
      changed(state, { listed: true, at, recordedAt: metadata.recordedAt }),
    ProductUnlisted: (state, { at }, { metadata }) =>
      changed(state, { listed: false, at, recordedAt: metadata.recordedAt }),
  }),
})

function changed(state: ProductState, change: Parameters<typeof withChange>[1]): ProductState {
  return state && { ...state, listing: withChange(state.listing, change) }
}

export type RegisterProduct = EventOf<typeof ProductRegistered>['data']

/** Registers a product; refuses SKUs named twice or already another product's. */
export function registerProduct(
  state: ProductState,
  input: RegisterProduct,
  { reference }: DecisionContext,
): Decision {
  if (state) return alreadyRegistered(input.productId)
  const skus = input.skus.map(({ sku }) => sku)
  const repeated = skus.find((sku, index) => skus.indexOf(sku) !== index)
  if (repeated !== undefined) return skuRepeated(repeated)
  for (const sku of skus) {
    const owner = reference.skus.get(sku)?.productId
    if (owner !== undefined && owner !== input.productId) return skuTaken(sku, owner)
  }
  return accept(ProductRegistered(input))
}

export type ChangeListing = Readonly<{
  productId: string
  at?: Instant | undefined
  reason?: string | undefined
}>

/** Puts a product on sale, at once or at a later instant; nothing happens if it is or will be. */
export function listProduct(
  state: ProductState,
  input: ChangeListing,
  context: DecisionContext,
): Decision {
  return changeListing(state, input, true, context)
}

/** Takes a product off sale, at once or at a later instant; nothing happens if it is or will be. */
export function unlistProduct(
  state: ProductState,
  input: ChangeListing,
  context: DecisionContext,
): Decision {
  return changeListing(state, input, false, context)
}

function changeListing(
  state: ProductState,
  { productId, at, reason }: ChangeListing,
  listed: boolean,
  { now }: DecisionContext,
): Decision {
  if (!state) return productUnknown(productId)
  const later = at !== undefined && isAfter(at, now) ? at : undefined
  if (isListed(state.listing, later ?? now) === listed) return accept()
  const data = { ...(later && { at: later }), ...(reason !== undefined && { reason }) }
  return accept(listed ? ProductListed(data) : ProductUnlisted(data))
}

function alreadyRegistered(productId: string): Decision {
  return refuse('product-exists', {
    kind: 'state',
    message: `product ${productId} is registered already`,
    inputs: { productId },
  })
}

function productUnknown(productId: string): Decision {
  return refuse('product-unknown', {
    kind: 'unknown',
    message: `there is no product ${productId}`,
    inputs: { productId },
  })
}

function skuRepeated(sku: string): Decision {
  return refuse('sku-repeated', {
    message: `SKU ${sku} is named twice`,
    inputs: { sku },
    ways: ['name each SKU once'],
  })
}

function skuTaken(sku: string, productId: string): Decision {
  return refuse('sku-taken', {
    message: `SKU ${sku} belongs to product ${productId}`,
    inputs: { sku, productId },
    ways: ['choose another SKU'],
  })
}
