/** Orders from a file: one row a line, rows of one reference and dealer an order. */

import { DealerId, Name, Quantity, Region, Sku } from '../domain/kernel/values.ts'
import { asChoice, asId, asText, asWholeNumber } from './imports/cells.ts'
import { fileImport } from './imports/declaration.ts'
import { PlaceOrder } from './orders.ts'

export const OrdersImport = fileImport({
  kind: 'orders',
  path: '/orders',
  summary: 'Place the orders of a file (.xlsx or .csv), with a verdict on each row',
  unit: { en: 'order', zh: '订单' },
  idName: 'orderId',
  columns: {
    reference: {
      headings: {
        en: 'Order reference',
        zh: '订单号',
        also: [
          'order ref',
          'reference',
          'order',
          'order number',
          'order no',
          '订单编号',
          '订单参考',
          '订单参考号',
          '订单引用',
          '外部订单号',
          '参考号',
        ],
      },
      read: asText(Name),
      example: 'PO-2026-001',
      explained: {
        en: "Your own number of the order. Rows with the same reference and dealer form one order; the order's other rows need not stand next to each other.",
        zh: '贵方自己的订单号。订单号和经销商都相同的行合并为一张订单，这些行不必相邻。',
      },
    },
    dealer: {
      headings: {
        en: 'Dealer',
        zh: '经销商',
        also: [
          'dealer id',
          'dealer code',
          '经销商编号',
          '经销商编码',
          '经销商代码',
          '客户',
          '客户编号',
          '客户编码',
        ],
      },
      read: asId(DealerId),
      example: 'D-EAST-01',
      explained: { en: 'The id of the dealer who orders.', zh: '下单经销商的编号。' },
    },
    region: {
      headings: {
        en: 'Region',
        zh: '收货区域',
        also: ['ship to region', 'ship to', '区域', '地区', '大区', '收货地区'],
      },
      read: asText(Region),
      example: 'East',
      explained: {
        en: 'Where the goods go: a region that a warehouse covers. The same in all rows of an order.',
        zh: '收货区域，须为某个仓库的覆盖区域。同一订单各行须相同。',
      },
    },
    sku: {
      headings: {
        en: 'SKU',
        zh: '规格编码',
        also: [
          'sku id',
          'sku code',
          'item',
          '规格',
          '规格代码',
          '规格编号',
          '商品编码',
          '商品编号',
          '货号',
        ],
      },
      read: asId(Sku),
      example: 'MILK-1L',
      explained: {
        en: 'The SKU. Only once in an order.',
        zh: '规格编码。同一订单中每个规格只能出现一次。',
      },
    },
    quantity: {
      headings: { en: 'Quantity', zh: '数量', also: ['qty', '订购数量', '订货数量', '件数'] },
      read: asWholeNumber(Quantity),
      example: 120,
      explained: {
        en: "Whole base units of the SKU (weighed goods: grams), at least 1; the SKU's least quantity and multiple hold.",
        zh: '基本单位的整数（称重商品以克计），至少为 1；须符合该规格的起订量和订货倍数。',
      },
    },
    payment: {
      headings: {
        en: 'Payment',
        zh: '付款方式',
        also: [
          'payment kind',
          'payment method',
          'payment terms',
          '付款',
          '支付',
          '付款类型',
          '支付方式',
          '结算方式',
        ],
      },
      read: asChoice<'term' | 'prepaid'>({
        term: ['on term', 'credit', '账期', '赊销', '月结', '授信'],
        prepaid: ['prepay', 'prepayment', '预付', '预付款', '先款后货', '款到发货'],
      }),
      example: 'term',
      explained: {
        en: 'term (on credit) or prepaid. The same in all rows of an order.',
        zh: '账期（term，授信赊销）或 预付（prepaid）。同一订单各行须相同。',
      },
    },
  },
  unitedBy: ['reference', 'dealer'],
  alike: ['region', 'payment'],
  command: PlaceOrder,
  input: (rows) => {
    const [{ reference, dealer, region, payment }] = rows
    return {
      dealerId: dealer,
      shipTo: { region },
      lines: rows.map(({ sku, quantity }) => ({ sku, quantity })),
      payment,
      orderNumber: reference,
    }
  },
})
