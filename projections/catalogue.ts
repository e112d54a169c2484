/** Products with their SKUs, dealers and warehouses: what orders are made of. */

import { DealerRegistered } from '../domain/dealer/dealer.ts'
import { DealerMoved } from '../domain/facility/credit-events.ts'
import type { RecordedEvent } from '../domain/kernel/event.ts'
import { ProductListed, ProductRegistered, ProductUnlisted } from '../domain/product/product.ts'
import { WarehouseOpened } from '../domain/warehouse/warehouse.ts'
import { type Change, on, readModel } from './read-model.ts'

type Listing = Readonly<{ listed: boolean; at?: string | undefined }>

/** A change of whether a product is on sale, at once or from an instant on. */
function listing(
  { streamId, position, metadata }: RecordedEvent,
  { listed, at = metadata.recordedAt }: Listing,
): Change {
  return { op: 'put', table: 'listings', row: { product_id: streamId, position, at, listed } }
}

export const catalogue = readModel({
  name: 'catalogue',
  version: 3,
  tables: {
    products: {
      columns: {
        product_id: { type: 'text' },
        name: { type: 'text' },
        category: { type: 'text' },
        tax_rate: { type: 'numeric' },
      },
      key: ['product_id'],
      indexes: [['category']],
    },
    /** What the latest of those that have passed says, holds. */
    listings: {
      columns: {
        product_id: { type: 'text' },
        position: { type: 'bigint' },
        at: { type: 'timestamptz' },
        listed: { type: 'boolean' },
      },
      key: ['product_id', 'position'],
    },
    skus: {
      columns: {
        sku: { type: 'text' },
        product_id: { type: 'text' },
        name: { type: 'text' },
        attributes: { type: 'jsonb' },
        base_price: { type: 'numeric' },
        moq: { type: 'integer' },
        order_multiple: { type: 'integer' },
        safety_stock: { type: 'integer' },
        divisible: { type: 'boolean' },
        special: { type: 'boolean' },
      },
      key: ['sku'],
      indexes: [['product_id']],
    },
    dealers: {
      columns: {
        dealer_id: { type: 'text' },
        name: { type: 'text' },
        level: { type: 'text' },
        region: { type: 'text' },
        parent_dealer_id: { type: 'text', nullable: true },
        facility_id: { type: 'text' },
        assortment: { type: 'jsonb', nullable: true },
      },
      key: ['dealer_id'],
      indexes: [['parent_dealer_id'], ['facility_id']],
    },
    warehouses: {
      columns: {
        warehouse_id: { type: 'text' },
        name: { type: 'text' },
        regions: { type: 'text[]' },
        priority: { type: 'integer' },
      },
      key: ['warehouse_id'],
    },
  },
  handlers: [
    on(ProductRegistered, (event) => [
      {
        op: 'put',
        table: 'products',
        row: {
          product_id: event.data.productId,
          name: event.data.name,
          category: event.data.category,
          tax_rate: event.data.taxRate,
        },
      },
      listing(event, { listed: event.data.listed }),
      ...event.data.skus.map(
        (sku): Change => ({
          op: 'put',
          table: 'skus',
          row: {
            sku: sku.sku,
            product_id: event.data.productId,
            name: sku.name,
            attributes: sku.attributes ?? {},
            base_price: sku.basePrice,
            moq: sku.moq,
            order_multiple: sku.orderMultiple,
            safety_stock: sku.safetyStock,
            divisible: sku.divisible,
            special: sku.special,
          },
        }),
      ),
    ]),
    on(ProductListed, (event) => [listing(event, { listed: true, at: event.data.at })]),
    on(ProductUnlisted, (event) => [listing(event, { listed: false, at: event.data.at })]),
    on(DealerRegistered, ({ data }) => [
      {
        op: 'put',
        table: 'dealers',
        row: {
          dealer_id: data.dealerId,
          name: data.name,
          level: data.level,
          region: data.region,
          parent_dealer_id: data.parentDealerId ?? null,
          facility_id: data.facilityId,
          assortment: data.assortment ?? null,
        },
      },
    ]),
    on(DealerMoved, ({ data: { dealerId, parentDealerId } }) => [
      {
        op: 'patch',
        table: 'dealers',
        key: { dealer_id: dealerId },
        set: { parent_dealer_id: parentDealerId },
      },
    ]),
    on(WarehouseOpened, ({ data }) => [
      {
        op: 'put',
        table: 'warehouses',
        row: {
          warehouse_id: data.warehouseId,
          name: data.name,
          regions: data.regions,
          priority: data.priority,
        },
      },
    ]),
  ],
})
