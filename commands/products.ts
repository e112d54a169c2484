/** What may be asked about products. */

import { z } from 'zod'
import type { DecisionContext } from '../domain/context.ts'
import {
  Count,
  Name,
  ProductId,
  Quantity,
  Rate,
  Sku,
  Text,
  UnitPrice,
} from '../domain/kernel/values.ts'
import {
  Attributes,
  listProduct,
  product,
  registerProduct,
  unlistProduct,
} from '../domain/product/product.ts'
import { command } from './command.ts'
import { DayOrInstant, instantOf } from './day-or-instant.ts'

const SkuInput = z.strictObject({
  sku: Sku,
  name: Name,
  attributes: Attributes.optional(),
  basePrice: UnitPrice,
  moq: Quantity.default(1),
  orderMultiple: Quantity.default(1),
  safetyStock: Count.default(0),
  divisible: z.boolean().default(true),
  special: z.boolean().default(false),
})

export const RegisterProduct = command({
  name: 'RegisterProduct',
  schema: z.strictObject({
    productId: ProductId,
    name: Name,
    category: Name,
    taxRate: Rate,
    skus: z.array(SkuInput).min(1, 'must have at least one SKU').max(1000),
    listed: z.boolean().default(true),
  }),
  roles: ['brand-admin', 'brand-ops'],
  aggregate: product,
  stream: ({ productId }) => productId,
  expects: 'new',
  decide: registerProduct,
  route: {
    path: '/products',
    status: 201,
    summary: 'Register a product with its SKUs',
    answer: ({ streamId }) => ({ productId: streamId }),
    answerSchema: z.object({ productId: ProductId }),
    location: ({ streamId }) => `/products/${streamId}`,
  },
})

const ListingInput = z.strictObject({
  productId: ProductId,
  at: DayOrInstant.optional(),
  reason: Text.optional(),
})

function withInstant(input: z.output<typeof ListingInput>, context: DecisionContext) {
  return input.at === undefined ? input : { ...input, at: instantOf(input.at, context) }
}

export const ListProduct = command({
  name: 'ListProduct',
  schema: ListingInput,
  roles: ['brand-admin', 'brand-ops'],
  aggregate: product,
  stream: ({ productId }) => productId,
  expects: 'existing',
  decide: (state, input, context) => listProduct(state, withInstant(input, context), context),
  route: {
    path: '/products/:productId/list',
    summary: 'Put a product on sale, at once or from an instant on',
  },
})

export const UnlistProduct = command({
  name: 'UnlistProduct',
  schema: ListingInput,
  roles: ['brand-admin', 'brand-ops'],
  aggregate: product,
  stream: ({ productId }) => productId,
  expects: 'existing',
  decide: (state, input, context) => unlistProduct(state, withInstant(input, context), context),
  route: {
    path: '/products/:productId/unlist',
    summary: 'Take a product off sale, at once or from an instant on',
  },
})
