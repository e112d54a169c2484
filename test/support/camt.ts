/** Writes camt.053 as banks do. */

type Said = Readonly<{ name?: string; creditor?: string; account?: string; text?: string }>

type Options = Readonly<{
  id?: string
  code?: string
  reversal?: boolean
  status?: string
  bookedOn?: string
  valueOn?: string
}>

export function camt(version: 2 | 8, ...statements: readonly string[]): string {
  const namespace = `urn:iso:std:iso:20022:tech:xsd:camt.053.001.0${version}`
  const header = '<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-04-01T00:00:00</CreDtTm></GrpHdr>'
  const body = statements.join('')
  const written = version === 2 ? body : asVersion8(body)
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="${namespace}"><BkToCstmrStmt>${header}${written}</BkToCstmrStmt></Document>`
}

/** Parties and states are one level deeper. */
function asVersion8(body: string): string {
  return body
    .replaceAll(/<(Dbtr|Cdtr)>(.*?)<\/\1>/g, '<$1><Pty>$2</Pty></$1>')
    .replaceAll(/<Sts>(\w+)<\/Sts>/g, '<Sts><Cd>$1</Cd></Sts>')
}

export function statement(account: string, ...parts: readonly string[]): string {
  const id = `<Id>S1</Id><CreDtTm>2026-04-01T00:00:00</CreDtTm>`
  return `<Stmt>${id}<Acct><Id><Othr><Id>${account}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>${parts.join('')}</Stmt>`
}

export function balance(code: string, amount: string, indicator = 'CRDT'): string {
  return `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp>${money(amount, indicator)}<Dt><Dt>2026-03-31</Dt></Dt></Bal>`
}

function money(amount: string, indicator: string): string {
  return `<Amt Ccy="CNY">${amount}</Amt><CdtDbtInd>${indicator}</CdtDbtInd>`
}

export function entry(
  amount: string,
  indicator: string,
  options: Options = {},
  ...all: readonly string[]
): string {
  const {
    id,
    code,
    reversal,
    status = 'BOOK',
    bookedOn = '2026-03-31',
    valueOn = bookedOn,
  } = options
  const family = `<Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>${code ?? 'DMCT'}</SubFmlyCd></Fmly></Domn>`
  return [
    `<Ntry>${money(amount, indicator)}`,
    reversal === true ? '<RvslInd>true</RvslInd>' : '',
    `<Sts>${status}</Sts><BookgDt><Dt>${bookedOn}</Dt></BookgDt><ValDt><Dt>${valueOn}</Dt></ValDt>`,
    id === undefined ? '' : `<AcctSvcrRef>${id}</AcctSvcrRef>`,
    `<BkTxCd>${family}</BkTxCd>`,
    all.length === 0 ? '' : `<NtryDtls>${all.join('')}</NtryDtls>`,
    '</Ntry>',
  ].join('')
}

export function details(amount: string, { name, creditor, account, text = '' }: Said = {}): string {
  const debtor = name === undefined ? '' : `<Dbtr><Nm>${name}</Nm></Dbtr>`
  const from =
    account === undefined ? '' : `<DbtrAcct><Id><Othr><Id>${account}</Id></Othr></Id></DbtrAcct>`
  const to = creditor === undefined ? '' : `<Cdtr><Nm>${creditor}</Nm></Cdtr>`
  return [
    '<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>',
    `<AmtDtls><TxAmt><Amt Ccy="CNY">${amount}</Amt></TxAmt></AmtDtls>`,
    `<RltdPties>${debtor}${from}${to}</RltdPties><RmtInf><Ustrd>${text}</Ustrd></RmtInf></TxDtls>`,
  ].join('')
}
