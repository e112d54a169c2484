/** The choices a business makes once, in its configuration. */

import { type Chart, DEFAULT_CHART } from './ledger/chart.ts'
import type { Seller } from './order/invoice-events.ts'
import type { OverLimit, StockShort } from './order/values.ts'

export type Policy = Readonly<{
  version: number
  /** ISO 4217. */
  currency: string
  /** IANA name; decides which calendar day an instant is. */
  timeZone: string
  /** What happens to an order over the credit limit. */
  overLimit: OverLimit
  /** What happens to lines that no warehouse can serve. */
  stockShort: StockShort
  /** How long a reservation holds stock for an order that is not confirmed. */
  reservationMs: number
  /** How long a prepaid order waits for its money, and holds its stock. */
  prepaidMs: number
  /** How often a split is planned again after stock was lost to another order. */
  planAttempts: number
  /** How many days back a value date may reach. */
  backdatingDays: number
  /** The smallest order total, tax-inclusive. */
  minimumOrderAmount: string
  /** Providers that online payments can be made by. */
  onlineMethods: readonly ('wechat' | 'alipay')[]
  /** VAT on late fees, as a fraction. */
  lateFeeTaxRate: string
  /** Refunds over this amount need a second person. */
  refundApprovalOver: string
  /** Who issues the invoices. */
  seller: Seller
  /** The codes and names of the accounts that posting rules book on. */
  chart: Chart
}>

export const DEFAULT_POLICY: Policy = {
  version: 1,
  currency: 'CNY',
  timeZone: 'Asia/Shanghai',
  overLimit: 'reject',
  stockShort: 'reject',
  reservationMs: 15 * 60_000,
  prepaidMs: 24 * 60 * 60_000,
  planAttempts: 5,
  backdatingDays: 90,
  minimumOrderAmount: '0.00',
  onlineMethods: ['wechat', 'alipay'],
  lateFeeTaxRate: '0',
  refundApprovalOver: '10000.00',
  seller: { name: 'Tradeline', taxId: '91310000000000000X' },
  chart: DEFAULT_CHART,
}
