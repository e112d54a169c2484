/** Where the columns of a statement in CSV are, by the headings that banks give them. */

import type { FileRow } from '../../commands/imports/declaration.ts'
import { HEADING_WITHIN_ROWS, keyOf } from '../../commands/imports/headings.ts'

/** The names of each column, the best first: of two headings that mean the same, the better one counts. */
export type Names<Column extends string> = Readonly<Record<Column, readonly string[]>>

export const BANK_COLUMNS = {
  date: [
    ...['booking date', '记账日期', '入账日期', '记账日', '交易日期', '交易日', '发生日期'],
    ...['transaction date', 'date', '日期', '交易时间', '记账时间', '入账时间'],
  ],
  valueOn: ['value date', '起息日', '起息日期'],
  amount: ['amount', '金额', '交易金额', '发生额', '发生金额', 'transaction amount'],
  credit: [
    ...['credit', 'credit amount', '贷方金额', '贷方发生额', '贷方', '收入金额', '收入'],
    ...['存入金额', '转入金额', '贷方发生金额', 'paid in'],
  ],
  debit: [
    ...['debit', 'debit amount', '借方金额', '借方发生额', '借方', '支出金额', '支出'],
    ...['支取金额', '转出金额', '借方发生金额', 'paid out'],
  ],
  direction: [
    ...['direction', 'credit/debit', 'credit debit', '借贷标志', '借贷', '借贷方向', '收支'],
    ...['收/支', '收付标志', '收支类型', '借/贷'],
  ],
  payerName: [
    ...['payer name', 'payer', '对方户名', '对方名称', '对方账户名称', '对方单位名称', '对方单位'],
    ...['交易对手名称', '对手户名', '付款人名称', '付款人', '付款方户名', '付款方名称'],
    ...['counterparty', 'counterparty name'],
  ],
  payerAccount: [
    ...['payer account', '对方账号', '对方帐号', '对方账户', '交易对手账号', '对手账号'],
    ...['付款人账号', '付款人帐号', '付款方账号', 'counterparty account'],
  ],
  payeeName: ['payee name', 'payee', '收款人名称', '收款人', '收款方户名', '收款方名称'],
  payeeAccount: ['payee account', '收款人账号', '收款人帐号', '收款方账号'],
  bankId: [
    ...['bank id', '流水号', '交易流水号', '银行流水号', '交易流水', '核心流水号', '业务流水号'],
    ...['bank reference', 'transaction id'],
  ],
  account: ['account', 'own account', '本方账号', '本方帐号', '查询账号', '账号', '帐号'],
  currency: ['currency', '币种', '货币'],
} as const satisfies Names<string>

/** All of them are text that says what a movement is for. */
export const TEXT_COLUMNS = [
  ...['reference', 'text', 'description', 'details', 'remittance information', 'purpose', 'memo'],
  ...['note', '摘要', '附言', '用途', '备注', '交易摘要', '交易附言', '客户附言', '摘要内容'],
  ...['附言用途', '汇款用途', '资金用途', '交易用途', '个性化信息'],
]

export const SETTLEMENT_COLUMNS = {
  date: ['date', 'settlement date', '结算日期', '结算时间', '日期'],
  paymentId: ['payment id', 'out_trade_no', '商户订单号', '支付单号'],
  refundId: ['refund id', 'out_refund_no', '商户退款单号', '退款单号'],
  type: ['type', '类型', '业务类型', '交易类型'],
  gross: ['gross', 'gross amount', '订单金额', '交易金额', '总额'],
  fee: ['fee', '手续费', '服务费'],
  net: ['net', 'net amount', '结算金额', '净额', '入账金额'],
  settlementId: ['settlement id', '结算单号', '结算批次号', '结算流水号'],
  provider: ['provider', '支付渠道', '渠道'],
  currency: ['currency', '币种', '货币'],
} as const satisfies Names<string>

/** The places of columns in a row. */
export type Places<Column extends string> = Readonly<{
  headingRow: number
  at: ReadonlyMap<Column, number>
  texts: readonly number[]
}>

/** The places that the most telling of the first rows shows; undefined if none lacks nothing. */
export function placesOf<Column extends string>(
  names: Names<Column>,
  rows: readonly FileRow[],
  isEnough: (columns: ReadonlySet<Column>) => boolean,
): Places<Column> | undefined {
  const found = rows
    .slice(0, HEADING_WITHIN_ROWS)
    .map((row) => placesIn(names, row))
    .filter(({ at }) => isEnough(new Set(at.keys())))
  return found.sort((one, other) => other.at.size - one.at.size)[0]
}

function placesIn<Column extends string>(
  names: Names<Column>,
  { row, cells }: FileRow,
): Places<Column> {
  const headings = cells.map((cell) => (cell.kind === 'text' ? partsOf(cell.text) : []))
  const at = new Map<Column, number>()
  for (const [column, aliases] of Object.entries(names) as [Column, readonly string[]][]) {
    const keys = aliases.map(keyOf)
    const ranked = headings.flatMap((parts, place) => {
      const rank = Math.min(...parts.map((part) => keys.indexOf(part)).filter((one) => one >= 0))
      return Number.isFinite(rank) ? { place, rank } : []
    })
    const [best] = ranked.sort((one, other) => one.rank - other.rank || one.place - other.place)
    if (best !== undefined) at.set(column, best.place)
  }
  const taken = new Set(at.values())
  const textKeys = new Set(TEXT_COLUMNS.map(keyOf))
  const texts = headings.flatMap((parts, place) =>
    !taken.has(place) && parts.some((part) => textKeys.has(part)) ? place : [],
  )
  return { headingRow: row, at, texts }
}

/** No longer text is a heading. */
const MOST_HEADING_LENGTH = 60

/** A heading, or each of two: `日期 / Date`. */
function partsOf(heading: string): readonly string[] {
  if (heading.length > MOST_HEADING_LENGTH) return []
  return [keyOf(heading), ...heading.split(/[/|\n\r／]/).map(keyOf)]
}

const KNOWN = new Set(
  [...Object.values({ ...BANK_COLUMNS }), ...Object.values(SETTLEMENT_COLUMNS), TEXT_COLUMNS]
    .flat()
    .map(keyOf),
)

export function isHeading(text: string): boolean {
  return text.length <= MOST_HEADING_LENGTH && KNOWN.has(keyOf(text))
}
