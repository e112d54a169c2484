import { test } from 'tap'
import { isListed } from '../../../domain/product/listing.ts'
import {
  listProduct,
  ProductListed,
  ProductRegistered,
  ProductUnlisted,
  product,
  registerProduct,
  unlistProduct,
} from '../../../domain/product/product.ts'
import { emptyReference, evolveReference } from '../../../domain/reference/evolve.ts'
import { scenarios } from '../../support/given.ts'
import { recorded } from '../../support/recorded.ts'

const products = scenarios(product)

const sku = {
  sku: 'MILK',
  name: 'Milk',
  basePrice: '12.0000',
  moq: 1,
  orderMultiple: 1,
  safetyStock: 0,
  divisible: true,
  special: false,
}
const milk = {
  productId: 'P1',
  name: 'Milk',
  category: 'Dairy',
  taxRate: '0.13',
  skus: [sku],
  listed: true,
}

const NOW = '2026-01-05T02:00:00.000Z'
const LATER = '2026-02-01T00:00:00Z'

test('a product is registered once', async (t) => {
  products(t)
    .when((state, context) => registerProduct(state, milk, context))
    .then(ProductRegistered(milk))
    .when((state, context) => registerProduct(state, milk, context))
    .refused('product-exists', { productId: 'P1' })
})

test('a SKU belongs to one product', async (t) => {
  const reference = evolveReference(emptyReference, recorded('product-P1', ProductRegistered(milk)))
  products(t, { reference })
    .when((state, context) => registerProduct(state, { ...milk, productId: 'P2' }, context))
    .refused('sku-taken', { sku: 'MILK', productId: 'P1' })
})

test('a product names each SKU once', async (t) => {
  products(t)
    .when((state, context) => registerProduct(state, { ...milk, skus: [sku, sku] }, context))
    .refused('sku-repeated', { sku: 'MILK' })
})

test('listing what is listed changes nothing', async (t) => {
  products(t)
    .given(ProductRegistered(milk))
    .when((state, context) => listProduct(state, { productId: 'P1' }, context))
    .changesNothing()
})

test('a product goes off sale and on again, with the reason kept', async (t) => {
  products(t)
    .given(ProductRegistered(milk))
    .when((state, context) => unlistProduct(state, { productId: 'P1', reason: 'recall' }, context))
    .then(ProductUnlisted({ reason: 'recall' }))
    .when((state, context) => listProduct(state, { productId: 'P1' }, context))
    .then(ProductListed({}))
})

test('a change set for later counts from its instant on', async (t) => {
  const { state } = products(t)
    .given(ProductRegistered(milk))
    .when((state, context) => unlistProduct(state, { productId: 'P1', at: LATER }, context))
    .then(ProductUnlisted({ at: LATER }))
    .when((state, context) => unlistProduct(state, { productId: 'P1', at: LATER }, context))
    .changesNothing()
  if (!state) throw new Error('registered')
  t.equal(isListed(state.listing, NOW), true)
  t.equal(isListed(state.listing, LATER), false)
})

test('of two changes set for one instant the newer counts', async (t) => {
  const { state } = products(t)
    .given(ProductRegistered(milk))
    .given(ProductUnlisted({ at: LATER }), ProductListed({ at: LATER }))
  if (!state) throw new Error('registered')
  t.equal(isListed(state.listing, LATER), true)
})

test('an instant that has passed means at once', async (t) => {
  const input = { productId: 'P1', at: '2026-01-01T00:00:00Z' }
  products(t)
    .given(ProductRegistered(milk))
    .when((state, context) => unlistProduct(state, input, context))
    .then(ProductUnlisted({}))
})

test('a product that is not registered can not be listed', async (t) => {
  products(t)
    .when((state, context) => listProduct(state, { productId: 'P9' }, context))
    .refused('product-unknown', { productId: 'P9' })
})
