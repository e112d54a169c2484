/** One entry of a camt.053 statement: one movement, or a batch of them. */

import { type Decimal, decimal, sum, toAmount, ZERO } from '../../domain/kernel/money.ts'
import { allAt, type Element, textAt } from './camt-tree.ts'
import type { Faults } from './faults.ts'
import { type ReadLine, STATEMENT_BOUNDS, written } from './statement.ts'
import { amountIn, dateIn, isZero, negated } from './values.ts'

export type EntryContext = Readonly<{ row: number; currency: string; faults: Faults }>

type Line = ReadLine['line']

export type EntryLines = Readonly<{
  lines: readonly Line[]
  /** What it adds to the booked balance. */
  moved: Decimal
  leftOut: number
}>

const NOTHING: EntryLines = { lines: [], moved: ZERO, leftOut: 0 }

/** Faults are added for what can't be read. */
export function linesOfEntry(entry: Element, context: EntryContext): EntryLines {
  const status = textAt(entry, 'Sts/Cd', 'Sts')
  if (status !== '' && status !== 'BOOK') return { ...NOTHING, leftOut: 1 }
  const amount = moneyAt(entry, 'Ntry', context)
  const dates = datesOf(entry, context)
  if (amount === undefined || dates === undefined) return NOTHING
  if (isZero(amount)) return { ...NOTHING, leftOut: 1 }
  const moved = decimal(amount)
  const details = allAt(entry, 'NtryDtls/TxDtls')
  if (details.length < 2) {
    const [one] = details
    return {
      lines: [{ ...dates, ...saidBy(entry, one, amount, context), amount }],
      moved,
      leftOut: 0,
    }
  }
  const parts = partsOf(entry, details, moved, context)
  const lines = parts.map(({ detail, amount: part }) => ({
    ...dates,
    ...saidBy(entry, detail, part, context),
    amount: part,
  }))
  return { lines, moved, leftOut: 0 }
}

type Part = Readonly<{ detail: Element | undefined; amount: string }>

/** The movements of a batch; the batch as one if it does not state what each of them is. */
function partsOf(
  entry: Element,
  details: readonly Element[],
  moved: Decimal,
  context: EntryContext,
): readonly Part[] {
  const stated = details.filter((detail) => amountElement(detail) !== undefined)
  if (stated.length === 0) return [{ detail: undefined, amount: toAmount(moved) }]
  const isCredit = textAt(entry, 'CdtDbtInd') === 'CRDT'
  const parts = details.flatMap((detail) => {
    const amount = moneyAt(detail, 'TxDtls', context, isCredit)
    return amount === undefined || isZero(amount) ? [] : { detail, amount }
  })
  const total = sum(parts.map(({ amount }) => decimal(amount)))
  if (stated.length === details.length && total.equals(moved)) return parts
  const message = `come to ${toAmount(total)}, and the entry is ${toAmount(moved)}`
  context.faults.add(context.row, 'NtryDtls', { rule: 'details-sum', message })
  return []
}

function amountElement(element: Element): Element | undefined {
  return allAt(element, 'Amt')[0] ?? allAt(element, 'AmtDtls/TxAmt/Amt')[0]
}

/** Signed by its own indicator, or else as its entry is; undefined, with a fault, if it can't be read. */
export function moneyAt(
  element: Element,
  field: string,
  { row, currency, faults }: EntryContext,
  isCreditByDefault?: boolean,
): string | undefined {
  const stated = amountElement(element)
  const amount = amountIn(stated?.text ?? '')
  if (!amount.ok) {
    faults.add(row, `${field}/Amt`, amount.broken)
    return undefined
  }
  const stating = stated?.attributes.Ccy ?? ''
  if (stating !== currency) {
    const message = `must be in ${currency}`
    faults.add(row, `${field}/Amt`, { rule: 'currency', message })
    return undefined
  }
  const indicator = textAt(element, 'CdtDbtInd')
  const isCredit = indicator === 'CRDT' || (indicator === '' && isCreditByDefault === true)
  const isDebit = indicator === 'DBIT' || (indicator === '' && isCreditByDefault === false)
  if (isCredit || isDebit) return isCredit ? amount.value : negated(amount.value)
  const message = 'must be CRDT or DBIT'
  faults.add(row, `${field}/CdtDbtInd`, { rule: 'direction-unknown', message })
  return undefined
}

function datesOf(entry: Element, { row, faults }: EntryContext) {
  const booked = textAt(entry, 'BookgDt/Dt', 'BookgDt/DtTm')
  const valued = textAt(entry, 'ValDt/Dt', 'ValDt/DtTm')
  const date = dateIn(booked || valued)
  const valueOn = valued === '' ? date : dateIn(valued)
  if (!date.ok) faults.add(row, 'BookgDt', date.broken)
  else if (!valueOn.ok) faults.add(row, 'ValDt', valueOn.broken)
  if (!date.ok || !valueOn.ok) return undefined
  return { date: date.value, ...(valueOn.value !== date.value && { valueOn: valueOn.value }) }
}

/** What is written beside a movement: by itself, or by its entry. */
function saidBy(
  entry: Element,
  detail: Element | undefined,
  amount: string,
  { row, faults }: EntryContext,
): Omit<Line, 'date' | 'valueOn' | 'amount'> {
  const party = partyOf(detail ?? entry, amount.startsWith('-') ? 'Cdtr' : 'Dbtr')
  const own = detail === undefined ? '' : textAt(detail, 'Refs/AcctSvcrRef')
  const bankId = own || textAt(entry, 'AcctSvcrRef', 'NtryRef')
  const kind = kindOf(entry, detail)
  for (const [field, value] of Object.entries({ ...party, bankId })) {
    if (value.length > STATEMENT_BOUNDS.field) {
      const message = `has more than ${STATEMENT_BOUNDS.field} characters`
      faults.add(row, field, { rule: 'too-long', message })
    }
  }
  const { name, account } = party
  return {
    text: textOf(entry, detail),
    ...(name !== '' && { payerName: written(name) }),
    ...(account !== '' && { payerAccount: written(account) }),
    ...(bankId !== '' && { bankId: written(bankId) }),
    ...(kind !== undefined && { kind }),
  }
}

function partyOf(detail: Element, role: 'Cdtr' | 'Dbtr') {
  const parties = `RltdPties/${role}`
  return {
    name: textAt(detail, `${parties}/Pty/Nm`, `${parties}/Nm`),
    account: textAt(detail, `${parties}Acct/Id/IBAN`, `${parties}Acct/Id/Othr/Id`),
  }
}

/** What banks write where nothing was given. */
const NOT_PROVIDED = /^(?:NOTPROVIDED|NONREF|NOT PROVIDED)$/i

function textOf(entry: Element, detail: Element | undefined): string {
  const paths = [
    ...['RmtInf/Ustrd', 'RmtInf/Strd/CdtrRefInf/Ref', 'RmtInf/Strd/RfrdDocInf/Nb'],
    ...['Refs/EndToEndId', 'Refs/InstrId', 'AddtlTxInf'],
  ]
  const own = detail === undefined ? [] : paths.flatMap((path) => allAt(detail, path))
  const all = [...own, ...allAt(entry, 'AddtlNtryInf')].map(({ text }) => text.trim())
  return written(...new Set(all.filter((text) => !NOT_PROVIDED.test(text))))
}

/** Sub-families of ISO 20022's bank transaction codes. */
const CHARGES = ['CHRG', 'COMM', 'COME', 'COMI', 'COMT', 'FEES', 'INTR']
const RETURNS = ['RRTN', 'RPCR', 'UPDD', 'UPCT', 'UPCQ', 'URCQ', 'URDD', 'PRDD', 'RIMB']

function kindOf(entry: Element, detail: Element | undefined): Line['kind'] {
  const path = 'BkTxCd/Domn/Fmly/SubFmlyCd'
  const code = (detail && textAt(detail, path)) || textAt(entry, path)
  const isReversal = /^(?:true|1)$/.test(textAt(entry, 'RvslInd'))
  const isReturn = detail !== undefined && allAt(detail, 'RtrInf').length > 0
  if (isReversal || isReturn || RETURNS.includes(code)) return 'bounce'
  return CHARGES.includes(code) ? 'charge' : undefined
}
