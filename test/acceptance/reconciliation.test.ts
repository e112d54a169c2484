/** Statements over HTTP, on a whole system: taken once, matched, booked once, and explained. */

import { test } from 'tap'
import { decimal } from '../../domain/kernel/money.ts'
import { type Body, listOf, textOf } from './http.ts'
import { addDealer, confirmedOrder, expectStatus, ship, smallShop } from './shop.ts'
import { FIRST_DAY, startSystem } from './system.ts'
import { upload } from './upload.ts'

const HEADINGS = 'date,amount,reference,payer name,payer account,bank id'

type CsvLine = readonly [
  amount: string,
  text: string,
  payer?: string,
  account?: string,
  bankId?: string,
  date?: string,
]

function csvOf(...lines: readonly CsvLine[]): string {
  const rows = lines.map(
    ([amount, text, payer = '', account = '', bankId = '', date = FIRST_DAY]) =>
      [date, amount, text, payer, account, bankId].join(','),
  )
  return [HEADINGS, ...rows].join('\n')
}

/** A movement of 66.00 in camt.053. */
function camtOf(reference: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>1</Id>
<Acct><Id><Othr><Id>6222000000000001</Id></Othr></Id><Ccy>CNY</Ccy></Acct>
<Ntry><Amt Ccy="CNY">66.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>${FIRST_DAY}</Dt></BookgDt><AcctSvcrRef>CAMT-000000000001</AcctSvcrRef>
<NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>D</Nm></Pty></Dbtr></RltdPties>
<RmtInf><Ustrd>for ${reference}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
</Stmt></BkToCstmrStmt></Document>`
}

test('statements are reconciled with the books', async (t) => {
  const system = await startSystem(t)
  const staff = await smallShop(system)
  const { finance, auditor } = staff
  await addDealer(staff, { dealerId: 'E', limit: '100000' })

  const send = async (content: string, name = 'march.csv'): Promise<Body> =>
    expectStatus(await upload(system, finance, '/bank-statements', content, { name }), 201).body
  const announce = async (amount: string, method = 'bank-transfer'): Promise<Body> => {
    const payment = { dealerId: 'D', amount, method }
    return expectStatus(await finance.post('/payments', payment), 201).body
  }
  const owe = async (dealerId: string, quantity: number) => {
    const buyer = await system.person('dealer-buyer', dealerId)
    const orderId = await confirmedOrder(buyer, dealerId, [{ sku: 'S', quantity }])
    await ship(staff, `${orderId}.1`)
    await system.seen()
    return textOf((await auditor.get(`/orders/${orderId}`)).body, 'orderNumber')
  }
  const balance = async (account: string) => {
    await system.seen()
    const { body } = await auditor.get('/ledger/trial-balance')
    const accounts = listOf(body, 'accounts')
    return accounts.find((one) => one.account === account)?.balance ?? '0.00'
  }
  const lineOf = async (statement: Body, line: number) => {
    await system.seen()
    const query = `statementId=${statement.statementId}&limit=100`
    const { body } = expectStatus(await finance.get(`/reconciliation?${query}`), 200)
    return listOf(body).find((one) => one.lineId === `${statement.statementId}.${line}`)
  }
  const report = async (date = FIRST_DAY) => {
    await system.seen()
    const { body } = expectStatus(await finance.get(`/reconciliation?date=${date}`), 200)
    const less = (one: string, other: string) =>
      decimal(textOf(body, one)).minus(textOf(body, other)).toFixed(2)
    t.equal(less('statement.total', 'books.total'), body.difference)
    t.equal(less('statement.unmatched.total', 'books.unmatched.total'), body.difference)
    return body
  }
  const match = async (statement: Body, line: number, counterpart: Body) =>
    await finance.post(`/reconciliation/${statement.statementId}.${line}/match`, counterpart)

  const announced = await announce('100.00')
  const seenByHand = await announce('77.00')
  const short = await announce('300.00')
  expectStatus(await finance.post(`/payments/${seenByHand.paymentId}/capture`), 200)
  const order = await owe('E', 20) // 200.00

  const first = csvOf(
    ['100.00', `pay ${announced.reference}`, 'D', 'ACC-D', 'BANKID-0000000001'],
    ['77.00', `pay ${seenByHand.reference}`, 'D', 'ACC-D', 'BANKID-0000000002'],
    ['250.00', `pay ${short.reference}`, 'D', 'ACC-D', 'BANKID-0000000003'],
    ['200.00', `order ${order}`, 'E', 'ACC-E', 'BANKID-0000000004'],
    ['55.55', 'gift', 'Somebody', 'ACC-X', 'BANKID-0000000005'],
    ['-12.00', 'account fee', '', '', 'BANKID-0000000006'],
    ['-40.00', 'to nobody known', 'Somebody', 'ACC-X', 'BANKID-0000000007'],
  )
  const statement = await send(first)

  await t.test('each line has its class, and what is matched is booked', async (t) => {
    t.match(statement, { status: 'reconciled', lines: 7, new: 7, known: 0 })
    t.match(statement, { matched: 3, suggested: 1, exceptions: 3 })
    t.match(await lineOf(statement, 1), { class: 'matched', status: 'booked' })
    const { body } = await finance.get(`/payments/${announced.paymentId}`)
    t.match(body, { status: 'captured', amount: '100.00' })
    t.match(await lineOf(statement, 3), { class: 'exception', code: 'partial', inSuspense: true })
    t.match(await lineOf(statement, 5), { class: 'exception', code: 'unknown-payer' })
    t.match(await lineOf(statement, 6), { class: 'suggested', counterpart: { charge: true } })
    const owed = await finance.get('/receivables?dealerId=E&limit=10')
    t.match(listOf(owed.body), [{ outstanding: '0.00', status: 'paid' }])
  })

  await t.test('money that finance had seen before is not booked twice', async (t) => {
    t.match(await lineOf(statement, 2), { class: 'matched', status: 'booked' })
    t.equal(await balance('1002'), '642.55', '100 + 77 + 250 + 200 + 55.55 − 40; no charge yet')
  })

  await t.test('what nobody can explain is held in suspense', async (t) => {
    t.equal(await balance('2241.09'), '-265.55', '250 + 55.55 − 40')
  })

  await t.test('the report of the day adds up', async (t) => {
    const body = await report()
    t.match(body, { difference: '-12.00', statement: { lines: 7, total: '630.55' } })
    t.match(listOf(body, 'statement.unmatched.items'), [{ amount: '-12.00', why: 'suggested' }])
  })

  await t.test('the same content under another name is known', async (t) => {
    const again = await send(first, 'april.csv')
    t.match(again, { statementId: statement.statementId, new: 0, known: 7, matched: 3 })
    t.equal(await balance('1002'), '642.55')
  })

  await t.test('of a file that overlaps, only what is new is taken', async (t) => {
    const late = await announce('31.00')
    await system.seen()
    const other = await send(
      `${first}\n${FIRST_DAY},31.00,${late.reference},D,ACC-D,BANKID-0000000008`,
    )
    t.match(other, { lines: 8, new: 1, known: 7, matched: 1, exceptions: 0 })
    t.not(other.statementId, statement.statementId)
    t.equal(await balance('1002'), '673.55')
  })

  await t.test('finance says what a line stands for, and suspense is cleared', async (t) => {
    const partly = await match(statement, 3, { paymentId: short.paymentId })
    t.match(expectStatus(partly, 200).body, { class: 'matched', status: 'booked' })
    const { body } = await finance.get(`/payments/${short.paymentId}`)
    t.match(body, { status: 'captured' })
    t.equal(await balance('2241.09'), '-15.55')
    t.equal(await balance('1002'), '673.55', 'the bank had it already')
    await owe('E', 10)
    const receivables = listOf((await finance.get('/receivables?dealerId=E&status=open')).body)
    const receivableIds = receivables.map(({ receivableId }) => receivableId)
    expectStatus(await match(statement, 5, { receivableIds }), 200)
    t.match(await lineOf(statement, 5), { status: 'booked', dealerId: 'E' })
    t.equal(await balance('2241.09'), '40.00')
  })

  await t.test('a charge that was suggested is confirmed', async (t) => {
    t.match((await match(statement, 6, { charge: true })).body, { status: 'booked' })
    t.equal(await balance('6603'), '12.00')
    t.match(await report(), { difference: '0.00' })
  })

  await t.test('what does not belong into these books is ignored', async (t) => {
    const path = `/reconciliation/${statement.statementId}.7`
    expectStatus(await finance.post(`${path}/ignore`, { reason: 'paid to a supplier' }), 200)
    t.equal(await balance('2241.09'), '0.00')
    t.match(await report(), { difference: '-40.00' })
  })

  await t.test('what cannot be is refused, and says why', async (t) => {
    const booked = await match(statement, 1, { paymentId: announced.paymentId })
    t.match(booked, { status: 409, body: { code: 'line-booked' } })
    t.equal((await match(statement, 99, { charge: true })).status, 404)
    t.equal((await match(statement, 6, { charge: true, bounce: 'P' })).status, 400)
    const dealers = await system.person('dealer-buyer', 'D')
    t.equal((await upload(system, dealers, '/bank-statements', first)).status, 403)
    t.equal((await dealers.get('/reconciliation')).status, 403)
  })

  await t.test('a payment bounces by a line of the bank', async (t) => {
    const out = await send(
      csvOf(['-100.00', 'back', 'Anon', 'ACC-Y', 'BANKID-0000000009', FIRST_DAY]),
    )
    const line = await lineOf(out, 1)
    if (line?.status !== 'booked') {
      const bounced = await match(out, 1, { bounce: announced.paymentId })
      t.match(expectStatus(bounced, 200).body, { status: 'booked' })
    }
    t.equal(await balance('2241.09'), '0.00')
    const { body } = await finance.get(`/payments/${announced.paymentId}`)
    t.match(body, { status: 'failed' })
  })

  await t.test('what came and bounced before the bank showed it comes and goes once', async (t) => {
    const accounts = ['1002', '1122', '2203', '2241.09']
    const before = await Promise.all(accounts.map(balance))
    const { paymentId, reference } = await announce('88.00')
    expectStatus(await finance.post(`/payments/${paymentId}/capture`), 200)
    await system.seen()
    const reason = 'no cover'
    expectStatus(await finance.post(`/payments/${paymentId}/bounce`, { reason }), 200)
    await system.seen()
    const shown = await send(
      csvOf(
        ['88.00', `pay ${reference}`, 'D', 'ACC-D', 'BANKID-0000000031'],
        ['-88.00', `returned 退票 ${reference}`, 'D', 'ACC-D', 'BANKID-0000000032'],
      ),
    )
    t.match(await lineOf(shown, 1), { class: 'suggested', counterpart: { paymentId } })
    t.match(await lineOf(shown, 2), { class: 'suggested', counterpart: { bounce: paymentId } })
    t.match(expectStatus(await match(shown, 1, { paymentId }), 200).body, { status: 'booked' })
    const back = await match(shown, 2, { bounce: paymentId })
    t.match(expectStatus(back, 200).body, { status: 'booked' })
    t.strictSame(await Promise.all(accounts.map(balance)), before)
    await report()
  })

  await t.test('camt.053 is taken too', async (t) => {
    const payment = await announce('66.00')
    await system.seen()
    const taken = await send(camtOf(textOf(payment, 'reference')), 'statement.xml')
    t.match(taken, { lines: 1, new: 1, matched: 1 })
    await system.seen()
    const { body } = await finance.get(`/bank-statements/${taken.statementId}`)
    t.match(body, { format: 'camt.053', status: 'reconciled', fileName: 'statement.xml' })
  })

  await t.test("a provider's settlement, and its sum at the bank, are booked once", async (t) => {
    const online = await announce('500.00', 'wechat')
    await system.seen()
    const before = decimal(String(await balance('1002')))
    const settlement = await send(
      [
        'date,payment id,gross,fee,net,settlement id',
        `${FIRST_DAY},${online.paymentId},500.00,3.00,497.00,SETTLE-2026-0001`,
      ].join('\n'),
    )
    t.match(settlement, { lines: 1, matched: 1 })
    t.equal(await balance('1002'), before.plus('497').toFixed(2))
    t.equal(await balance('1012'), '0.00')
    const sum = await send(
      csvOf(['497.00', 'SETTLE-2026-0001', 'WeChat', 'WX', 'BANKID-0000000010']),
    )
    t.match(sum, { lines: 1, matched: 1 })
    t.equal(await balance('1002'), before.plus('497').toFixed(2))
    t.match(await report(), { difference: '-40.00' })
  })
})
