/** The chart of accounts: what each account is for, and the code and names it has in this business. */

import { z } from 'zod'
import { line } from '../kernel/values.ts'

/** Where an account stands: in the balance sheet (the first three), or in the result of a period. */
export const AccountClass = z.enum(['asset', 'liability', 'equity', 'income', 'expense'])
export type AccountClass = z.output<typeof AccountClass>

export const AccountCode = z
  .string()
  .regex(/^[0-9A-Za-z][0-9A-Za-z.-]{3,15}$/, 'must be 4 to 16 letters, digits, dots or dashes')

export const AccountNames = z.strictObject({ en: line(100), zh: line(100) })

export type Account = Readonly<{
  code: string
  name: Readonly<z.output<typeof AccountNames>>
  class: AccountClass
}>

function account(code: string, kind: AccountClass, en: string, zh: string): Account {
  return { code, name: { en, zh }, class: kind }
}

/** The codes of the Chinese standard (DOMAIN: The ledger). */
export const DEFAULT_CHART = {
  bank: account('1002', 'asset', 'Bank', '银行存款'),
  providerClearing: account('1012', 'asset', 'Provider clearing', '其他货币资金'),
  receivable: account('1122', 'asset', 'Trade receivables', '应收账款'),
  inventory: account('1405', 'asset', 'Inventory', '库存商品'),
  suppliers: account('2202', 'liability', 'Suppliers', '应付账款'),
  advances: account('2203', 'liability', 'Advances from dealers', '预收账款'),
  outputVat: account('2221', 'liability', 'Output VAT', '应交税费—销项税额'),
  rebatesPayable: account('2241.01', 'liability', 'Rebates payable', '其他应付款—返利'),
  refundsPayable: account('2241.02', 'liability', 'Refunds payable', '其他应付款—应退款'),
  suspense: account('2241.09', 'liability', 'Suspense', '其他应付款—待查款项'),
  sales: account('6001', 'income', 'Sales', '主营业务收入'),
  returns: account('6001.02', 'income', 'Sales returns', '主营业务收入—销售退回'),
  rebates: account('6001.03', 'income', 'Rebates', '主营业务收入—返利'),
  lateFeeIncome: account('6301', 'income', 'Late-fee and other income', '营业外收入'),
  costOfSales: account('6401', 'expense', 'Cost of sales', '主营业务成本'),
  stockLoss: account('6602', 'expense', 'Stock loss', '管理费用—存货损失'),
  charges: account('6603', 'expense', 'Financial charges', '财务费用'),
  creditLoss: account('6702', 'expense', 'Credit loss', '信用减值损失'),
} as const satisfies Readonly<Record<string, Account>>

/** What an account is for: posting rules name it, never its code. */
export type AccountRole = keyof typeof DEFAULT_CHART

export type Chart = Readonly<Record<AccountRole, Account>>

export const ACCOUNT_ROLES = Object.keys(DEFAULT_CHART) as readonly AccountRole[]

/** The names of a code; one that the chart does not have is named by itself. */
export function namesOf(chart: Chart, code: string): Account['name'] {
  return accountOf(chart, code)?.name ?? { en: code, zh: code }
}

/** The account that has this code; undefined for a code that the chart does not have. */
export function accountOf(chart: Chart, code: string): Account | undefined {
  return ACCOUNT_ROLES.map((role) => chart[role]).find((one) => one.code === code)
}
