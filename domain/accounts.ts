/** The chart of accounts, with the codes of the Chinese standard (DOMAIN: The ledger). */

export const ACCOUNTS = {
  bank: '1002',
  providerClearing: '1012',
  receivable: '1122',
  inventory: '1405',
  suppliers: '2202',
  advances: '2203',
  outputVat: '2221',
  suspense: '2241.09',
  rebatesPayable: '2241.01',
  refundsPayable: '2241.02',
  sales: '6001',
  returns: '6001.02',
  rebates: '6001.03',
  lateFeeIncome: '6301',
  costOfSales: '6401',
  stockLoss: '6602',
  charges: '6603',
  creditLoss: '6702',
} as const

/** Names for people, by code. */
export const ACCOUNT_NAMES: Readonly<Record<string, string>> = {
  '1002': 'Bank',
  '1012': 'Provider clearing',
  '1122': 'Trade receivables',
  '1405': 'Inventory',
  '2202': 'Suppliers',
  '2203': 'Advances from dealers',
  '2221': 'Output VAT',
  '2241.01': 'Rebates payable',
  '2241.02': 'Refunds payable',
  '2241.09': 'Suspense',
  '6001': 'Sales',
  '6001.02': 'Sales returns',
  '6001.03': 'Rebates',
  '6301': 'Late-fee and other income',
  '6401': 'Cost of sales',
  '6602': 'Stock loss',
  '6603': 'Financial charges',
  '6702': 'Credit loss',
}
