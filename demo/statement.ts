/** The bank's statement as a file: CSV with the headings that tradeline takes. Pure. */

import type { Transfer } from './transfers.ts'

const HEADINGS = ['date', 'amount', 'reference', 'payer name', 'payer account', 'bank id']

/** `referenceOf` gives what tradeline asked the payers of announced payments to write. */
export function statementOf(
  transfers: readonly Transfer[],
  referenceOf: (transfer: Transfer) => string,
): string {
  const rows = transfers.map((transfer) => [
    transfer.on,
    transfer.amount,
    transfer.text ?? referenceOf(transfer),
    transfer.payer?.name ?? '',
    transfer.payer?.account ?? '',
    transfer.bankId,
  ])
  return [HEADINGS, ...rows].map((row) => `${row.map(quoted).join(',')}\n`).join('')
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`
}
