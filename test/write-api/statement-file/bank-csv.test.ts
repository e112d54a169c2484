/** Statements in CSV, as banks and people write them. */

import { test } from 'tap'
import { Problem } from '../../../http/problem.ts'
import { readStatementFile } from '../../../write-api/statement-file/read-statement.ts'

async function read(content: string | Uint8Array) {
  return await readStatementFile(Buffer.from(content), { currency: 'CNY' })
}

async function line(content: string | Uint8Array) {
  const { lines } = await read(content)
  const [only] = lines
  if (lines.length !== 1 || only === undefined) throw new Error(`${lines.length} lines`)
  const { lineKey, ...rest } = only
  return rest
}

/** The faults that a file is refused for. */
async function faults(content: string) {
  try {
    await read(content)
  } catch (error) {
    if (error instanceof Problem) return error.extras.decision?.inputs.faults
    throw error
  }
  throw new Error('it was taken')
}

const HEADINGS = 'date,amount,reference,payer name,payer account,bank id'

test('the columns of the contract are read', async (t) => {
  const text = `${HEADINGS}\n2026-03-31,1000.00,PAY-1,Ningbo Foods,6222021234567890,B20260331001`
  t.strictSame(await line(text), {
    line: 1,
    date: '2026-03-31',
    amount: '1000.00',
    text: 'PAY-1',
    payerName: 'Ningbo Foods',
    payerAccount: '6222021234567890',
    bankId: 'B20260331001',
  })
  t.match(await read(text), { format: 'csv', source: 'bank', from: '2026-03-31', leftOut: 0 })
})

test('a Chinese export is read: account above, both sides, texts, sums below', async (t) => {
  const text = [
    '企业账户交易明细,,,,,,,',
    '账号：,3310 0102 0012 3456,,,,,,',
    '记账日期,交易时间,借方金额,贷方金额,余额,对方户名,对方账号,摘要,附言,流水号',
    '20260331,20260331 10:11:12,,"12,345.60","1,000,000.00",宁波食品有限公司,\t3302001,网银转账,货款PAY-1,0000000123',
    '20260331,20260331 10:12:13,25.00,0.00,"999,975.00",,,手续费,,0000000124',
    '20260331,20260331 10:12:14,0.00,0.00,"999,975.00",,,通知,,0000000125',
    '合计,,25.00,"12,345.60",,,,,,',
  ].join('\r\n')
  const { lines, account, leftOut } = await read(text)
  t.equal(account, '3310 0102 0012 3456')
  t.equal(leftOut, 1)
  t.match(lines, [
    {
      line: 1,
      date: '2026-03-31',
      amount: '12345.60',
      text: '网银转账 货款PAY-1',
      payerName: '宁波食品有限公司',
      payerAccount: '3302001',
      bankId: '0000000123',
    },
    { line: 2, amount: '-25.00', text: '手续费' },
  ])
})

test('text in UTF-8, UTF-16 and GB 18030 is the same statement', async (t) => {
  const text = '交易日期,金额,摘要\r\n2026年3月5日,100.00,货款\r\n'
  const gb18030 =
    'bdbbd2d7c8d5c6da2cbdf0b6ee2cd5aad2aa0d0a32303236c4ea33d4c235c8d52c3130302e30302cbbf5bfee0d0a'
  const whole = await read(text)
  t.match(whole.lines, [{ date: '2026-03-05', amount: '100.00', text: '货款' }])
  for (const bytes of [
    Buffer.from(`\uFEFF${text}`),
    Buffer.from(`\uFEFF${text}`, 'utf16le'),
    Buffer.from(gb18030, 'hex'),
  ]) {
    t.strictSame(await read(bytes), whole)
  }
})

test('amounts are read however they are written, to the cent', async (t) => {
  const written: Readonly<Record<string, string>> = {
    '1000': '1000.00',
    '+1,000.5': '1000.50',
    '¥1,000.00': '1000.00',
    '１０００．００': '1000.00',
    '-1000.00': '-1000.00',
    '1000.00-': '-1000.00',
    '(1,000.00)': '-1000.00',
    '="1000.00"': '1000.00',
    '`1000.00': '1000.00',
    '1000.0000': '1000.00',
    '90071992547409.93': '90071992547409.93',
    '100,0000.00': 'refused',
    '1.000,00': 'refused',
    '1000.005': 'refused',
    '1e3': 'refused',
    '--5': 'refused',
    '-5-': 'refused',
    '1234567890123456': 'refused',
  }
  for (const [text, amount] of Object.entries(written)) {
    const file = `${HEADINGS}\n2026-03-31,"${text.replaceAll('"', '""')}",x,,,`
    if (amount === 'refused') t.match(await faults(file), [{ row: 2, field: 'amount' }], text)
    else t.match(await line(file), { amount }, text)
  }
})

test('a direction beside the amount decides its sign', async (t) => {
  const amountOf = async (amount: string, direction: string) =>
    (await line(`日期,金额,借贷标志,摘要\n2026-03-31,${amount},${direction},x`)).amount
  t.equal(await amountOf('5.00', '贷'), '5.00')
  t.equal(await amountOf('5.00', '借'), '-5.00')
  t.equal(await amountOf('-5.00', '借'), '-5.00')
  t.equal(await amountOf('-5.00', '贷'), '-5.00', 'a credit that is taken back')
  t.match(await faults('日期,金额,借贷标志,摘要\n2026-03-31,5.00,?,x'), [
    { row: 2, field: 'direction', rule: 'direction-unknown' },
  ])
})

test('dates are year, month and day; any other order is refused, as it says two things', async (t) => {
  for (const text of [
    '2026-03-05',
    '2026/3/5',
    '20260305',
    '2026.03.05 10:00:00',
    '2026年3月5日',
  ]) {
    t.match(await line(`${HEADINGS}\n${text},5.00,x,,,`), { date: '2026-03-05' }, text)
  }
  for (const text of ['05/03/2026', '2026-02-30', '5 March 2026', '', '46086']) {
    const found = await faults(`${HEADINGS}\n${text},5.00,x,,,`)
    t.match(found, [{ row: 2, field: 'date', rule: 'not-a-date' }], text)
  }
})

test('a file with bad rows is refused whole, and each fault is told by row, field and rule', async (t) => {
  const long = 'x'.repeat(201)
  const text = `${HEADINGS}\n2026-03-31,1.00,ok,,,\n31.3.26,1.00,x,,,\n2026-03-31,one,x,,,\n2026-03-31,1.00,x,${long},,`
  t.match(await faults(text), [
    { row: 3, field: 'date', rule: 'not-a-date' },
    { row: 4, field: 'amount', rule: 'not-an-amount' },
    { row: 5, field: 'payerName', rule: 'too-long' },
  ])
  t.match(await faults('日期,借方金额,贷方金额\n2026-03-31,1.00,1.00'), [{ rule: 'both-sides' }])
  t.match(await faults(`${HEADINGS},currency\n2026-03-31,1.00,x,,,,USD`), [{ rule: 'currency' }])
})

test('of many faults the first are told, and the others are counted', async (t) => {
  const rows = Array.from({ length: 500 }, () => 'never,1.00,x,,,')
  await t.rejects(read([HEADINGS, ...rows].join('\n')), {
    status: 422,
    code: 'statement-invalid',
    extras: { decision: { inputs: { count: 500 } } },
  })
  const told = await faults([HEADINGS, ...rows].join('\n'))
  t.equal(Array.isArray(told) && told.length, 50)
})

test('what is no statement is refused for what it is', async (t) => {
  await t.rejects(read('a,b\n1,2'), { status: 422, code: 'heading-missing' })
  await t.rejects(read(HEADINGS), { status: 422, code: 'file-empty' })
  await t.rejects(read('PK\u0003\u0004\u0000\u0000'), {
    status: 415,
    code: 'file-type-unsupported',
  })
  await t.rejects(read('%PDF-1.7'), { status: 415, code: 'file-type-unsupported' })
  await t.rejects(read(`${HEADINGS}\n2026-03-31,"1.00,x,,,${'x'.repeat(300_000)}`), {
    status: 413,
    code: 'file-too-large',
  })
})

test('a line has the same key in every file it comes in, and like lines are told apart', async (t) => {
  const first = ['2026-03-31,5.00,x,N,1,', '2026-03-31,5.00,x,N,1,', '2026-03-31,6.00,x,N,1,']
  const one = await read([HEADINGS, ...first].join('\n'))
  const other = await read([HEADINGS, '2026-03-30,9.00,x,N,1,', ...first].join('\r\n'))
  const keys = one.lines.map(({ lineKey }) => lineKey)
  t.strictSame(
    other.lines.slice(1).map(({ lineKey }) => lineKey),
    keys,
  )
  t.equal(new Set(keys).size, 3)
  t.not(one.statementId, other.statementId)
  t.equal((await read([HEADINGS, ...first, ''].join('\r\n'))).statementId, one.statementId)
})
