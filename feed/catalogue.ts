/** What the ERP hears of products. */

import { z } from 'zod'
import { ProductRegistered } from '../domain/product/product.ts'
import { publicEvent } from './public-event.ts'
import { Currency, Name, ProductId, Quantity, Rate, Sku, UnitPrice } from './values.ts'

const SkuOfProduct = z.strictObject({
  sku: Sku,
  name: Name,
  basePrice: UnitPrice,
  moq: Quantity.describe('Minimum order quantity, in base units.'),
  orderMultiple: Quantity.describe('Ordered in multiples of so many base units.'),
})

export const productRegistered = publicEvent({
  area: 'catalogue',
  name: 'product-registered',
  version: 1,
  description: 'A product with its SKUs is in the catalogue.',
  from: ProductRegistered,
  schema: z.strictObject({
    productId: ProductId,
    name: Name,
    category: Name,
    taxRate: Rate,
    skus: z.array(SkuOfProduct),
    currency: Currency,
  }),
  translate: ({ data: { productId, name, category, taxRate, skus }, metadata: { currency } }) => ({
    ...{ productId, name, category, taxRate },
    skus: skus.map(({ sku, name, basePrice, moq, orderMultiple }) => ({
      ...{ sku, name, basePrice, moq, orderMultiple },
    })),
    currency,
  }),
})
