/** Statements of accounts as ISO 20022 camt.053 states them, in the versions that banks use (02 to 13). */

import type { Decimal } from '../../domain/kernel/money.ts'
import { decimal, toAmount, ZERO } from '../../domain/kernel/money.ts'
import { wrongType } from '../import-file/file-problem.ts'
import { type EntryContext, type EntryLines, linesOfEntry, moneyAt } from './camt-entry.ts'
import { type Element, partsOf, textAt } from './camt-tree.ts'
import { createFaults, type Faults } from './faults.ts'
import { type ReadFile, type ReadLine, refuseTooMany } from './statement.ts'

const MESSAGE = 'Document/BkToCstmrStmt'
const STATEMENT = `${MESSAGE}/Stmt`
const PARTS = new Set([`${STATEMENT}/Acct`, `${STATEMENT}/Bal`, `${STATEMENT}/Ntry`])
const ENDS = new Set([MESSAGE, STATEMENT])

/** What is known of the statement that is being read. */
type Statement = {
  account: string
  opening: Decimal | undefined
  closing: Decimal | undefined
  moved: Decimal
}

function emptyStatement(): Statement {
  return { account: '', opening: undefined, closing: undefined, moved: ZERO }
}

/** Throws a problem if any entry is at fault, or a closing balance is not what the entries come to. */
export async function readCamt(
  bytes: AsyncIterable<Uint8Array>,
  currency: string,
): Promise<ReadFile> {
  const faults = createFaults()
  const lines: ReadLine[] = []
  let statement = emptyStatement()
  let entry = 0
  let leftOut = 0
  let isMessage = false

  const take = ({ lines: read, moved, leftOut: none }: EntryLines) => {
    lines.push(...read.map((line) => ({ account: statement.account, line })))
    statement.moved = statement.moved.plus(moved)
    leftOut += none
    refuseTooMany(lines.length)
  }
  for await (const { path, element } of partsOf(bytes, PARTS, ENDS)) {
    const context: EntryContext = { row: entry, currency, faults }
    if (path === MESSAGE) isMessage = true
    else if (path === STATEMENT) {
      refuseOtherSum(statement, context)
      statement = emptyStatement()
    } else if (element.name === 'Acct') statement.account = accountOf(element, context)
    else if (element.name === 'Bal') balance(statement, element, context)
    else {
      entry += 1
      take(linesOfEntry(element, { ...context, row: entry }))
    }
  }
  if (!isMessage) throw wrongType('This XML is no statement of an account (camt.053).')
  faults.refuseAny()
  return { format: 'camt.053', source: 'bank', lines, leftOut }
}

function accountOf(element: Element, { row, currency, faults }: EntryContext): string {
  const stated = textAt(element, 'Ccy')
  if (stated !== '' && stated !== currency) refuseCurrency(faults, row + 1, 'Acct/Ccy', currency)
  return textAt(element, 'Id/IBAN', 'Id/Othr/Id')
}

export function refuseCurrency(faults: Faults, row: number, field: string, currency: string): void {
  faults.add(row, field, { rule: 'currency', message: `must be ${currency}` })
}

/** Booked balances: at the opening, or of the day before; and at the close. */
const OPENING = ['OPBD', 'PRCD']
const CLOSING = 'CLBD'

function balance(statement: Statement, element: Element, context: EntryContext): void {
  const code = textAt(element, 'Tp/CdOrPrtry/Cd')
  if (!OPENING.includes(code) && code !== CLOSING) return
  const amount = moneyAt(element, 'Bal', context)
  if (amount === undefined) return
  if (code === CLOSING) statement.closing = decimal(amount)
  else if (code === 'OPBD' || statement.opening === undefined) statement.opening = decimal(amount)
}

function refuseOtherSum({ opening, closing, moved }: Statement, context: EntryContext): void {
  if (opening === undefined || closing === undefined || opening.plus(moved).equals(closing)) return
  const comes = toAmount(opening.plus(moved))
  const message = `is ${toAmount(closing)}, but opening balance and entries come to ${comes}`
  context.faults.add(context.row, 'Bal/CLBD', { rule: 'balance-mismatch', message })
}
