/** Products with their SKUs, dealers and warehouses: what orders are made of. */

import { DealerRegistered } from '../domain/dealer/dealer.ts'
import { ProductListed, ProductRegistered, ProductUnlisted } from '../domain/product/product.ts'
import { WarehouseOpened } from '../domain/warehouse/warehouse.ts'
import { type Change, on, readModel } from './read-model.ts'

function listing(productId: string, recordedAt: string, listed: boolean, at?: string): Change {
  return {
    op: 'patch',
    table: 'products',
    key: { product_id: productId },
    set: { [listed ? 'listed_at' : 'unlisted_at']: at ?? recordedAt },
  }
}

export const catalogue = readModel({
  name: 'catalogue',
  version: 1,
  tables: {
    products: {
      columns: {
        product_id: { type: 'text' },
        name: { type: 'text' },
        category: { type: 'text' },
        tax_rate: { type: 'numeric' },
        /** It is on sale from the later of the two that has passed. */
        listed_at: { type: 'timestamptz', nullable: true },
        unlisted_at: { type: 'timestamptz', nullable: true },
      },
      key: ['product_id'],
      indexes: [['category']],
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
    on(ProductRegistered, ({ data, metadata }) => [
      {
        op: 'put',
        table: 'products',
        row: {
          product_id: data.productId,
          name: data.name,
          category: data.category,
          tax_rate: data.taxRate,
          listed_at: data.listed ? metadata.recordedAt : null,
          unlisted_at: null,
        },
      },
      ...data.skus.map(
        (sku): Change => ({
          op: 'put',
          table: 'skus',
          row: {
            sku: sku.sku,
            product_id: data.productId,
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
    on(ProductListed, ({ streamId, metadata, data }) => [
      listing(streamId, metadata.recordedAt, true, data.at),
    ]),
    on(ProductUnlisted, ({ streamId, metadata, data }) => [
      listing(streamId, metadata.recordedAt, false, data.at),
    ]),
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
