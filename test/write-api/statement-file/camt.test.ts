/** Statements as ISO 20022 camt.053 states them. */

import { test } from 'tap'
import { Problem } from '../../../http/problem.ts'
import { readStatementFile } from '../../../write-api/statement-file/read-statement.ts'
import { balance, camt, details, entry, statement } from '../../support/camt.ts'

async function read(content: string | Uint8Array) {
  return await readStatementFile(Buffer.from(content), { currency: 'CNY' })
}

async function faults(content: string) {
  try {
    await read(content)
  } catch (error) {
    if (error instanceof Problem) return error.extras.decision?.inputs.faults
    throw error
  }
  throw new Error('it was taken')
}

test('an entry is a line: version 2, with prefixes, and version 8', async (t) => {
  const said = details('1000.00', { name: 'Ningbo Foods', account: 'N1', text: 'PAY-1' })
  const two = camt(2, statement('A1', entry('1000.00', 'CRDT', { id: 'B1' }, said)))
  const eight = camt(8, statement('A1', entry('1000.00', 'CRDT', { id: 'B1' }, said)))
  const prefixed = two.replaceAll(/<(\/?)(?=[A-Z])/g, '<$1ns2:').replace('xmlns=', 'xmlns:ns2=')
  for (const text of [two, eight, prefixed]) {
    const { lines, ...file } = await read(text)
    t.match(file, { format: 'camt.053', source: 'bank', account: 'A1', from: '2026-03-31' })
    t.match(lines, [
      {
        line: 1,
        date: '2026-03-31',
        amount: '1000.00',
        text: 'PAY-1',
        payerName: 'Ningbo Foods',
        payerAccount: 'N1',
        bankId: 'B1',
      },
    ])
  }
})

test('a batch is as many lines as it has movements, which come to its amount', async (t) => {
  const both = [details('400.00', { text: 'PAY-1' }), details('600.00', { text: 'PAY-2' })]
  const { lines } = await read(camt(8, statement('A1', entry('1000.00', 'CRDT', {}, ...both))))
  t.match(lines, [
    { line: 1, amount: '400.00', text: 'PAY-1' },
    { line: 2, amount: '600.00', text: 'PAY-2' },
  ])
  t.match(await faults(camt(8, statement('A1', entry('999.00', 'CRDT', {}, ...both)))), [
    { row: 1, field: 'NtryDtls', rule: 'details-sum' },
  ])
})

test('debits are below zero, and the payee is the other side', async (t) => {
  const said = details('50.00', { creditor: 'Hangzhou Tea', text: 'REF-9' })
  const { lines } = await read(camt(8, statement('A1', entry('50.00', 'DBIT', {}, said))))
  t.match(lines, [{ amount: '-50.00', payerName: 'Hangzhou Tea', text: 'REF-9' }])
})

test('codes tell charges and returns; a reversal moves money as its indicator says', async (t) => {
  const { lines } = await read(
    camt(
      8,
      statement(
        'A1',
        entry('2.00', 'DBIT', { code: 'CHRG' }),
        entry('70.00', 'DBIT', { reversal: true }),
        entry('80.00', 'DBIT', { code: 'RRTN' }),
        entry('1.00', 'CRDT', { code: 'INTR' }),
      ),
    ),
  )
  t.match(lines, [
    { amount: '-2.00', kind: 'charge' },
    { amount: '-70.00', kind: 'bounce' },
    { amount: '-80.00', kind: 'bounce' },
    { amount: '1.00', kind: 'charge' },
  ])
})

test('a closing balance must be what opening balance and entries come to', async (t) => {
  const entries = [entry('100.00', 'CRDT'), entry('30.00', 'DBIT')]
  const closing = (amount: string) =>
    camt(8, statement('A1', balance('OPBD', '50.00'), balance('CLBD', amount), ...entries))
  t.equal((await read(closing('120.00'))).lines.length, 2)
  t.match(await faults(closing('120.01')), [{ field: 'Bal/CLBD', rule: 'balance-mismatch' }])
  const overdrawn = statement(
    'A1',
    balance('PRCD', '50.00', 'DBIT'),
    balance('CLBD', '20.00'),
    ...entries,
  )
  t.equal((await read(camt(2, overdrawn))).lines.length, 2)
})

test('each statement of a file has its account and its balances', async (t) => {
  const one = statement(
    'A1',
    balance('OPBD', '0.00'),
    balance('CLBD', '5.00'),
    entry('5.00', 'CRDT'),
  )
  const other = statement(
    'A2',
    balance('OPBD', '9.00'),
    balance('CLBD', '4.00'),
    entry('5.00', 'DBIT'),
  )
  const { account, lines } = await read(camt(8, one, other))
  t.equal(account, 'A1, A2')
  t.strictSame(
    lines.map(({ amount }) => amount),
    ['5.00', '-5.00'],
  )
  const same = await read(camt(8, one, one.replaceAll('A1', 'A2')))
  t.equal(new Set(same.lines.map(({ lineKey }) => lineKey)).size, 2)
})

test('what is not booked yet is no line, and value dates are kept where they differ', async (t) => {
  const { lines, leftOut } = await read(
    camt(
      8,
      statement(
        'A1',
        entry('5.00', 'CRDT', { status: 'PDNG' }),
        entry('6.00', 'CRDT', { valueOn: '2026-04-02' }),
      ),
    ),
  )
  t.equal(leftOut, 1)
  t.match(lines, [{ line: 1, amount: '6.00', date: '2026-03-31', valueOn: '2026-04-02' }])
})

test('faults of entries are told by their number; other currencies are refused', async (t) => {
  const text = camt(
    8,
    statement(
      'A1',
      entry('5.00', 'CRDT'),
      entry('5.00', 'CRDT').replace('CNY', 'EUR'),
      entry('5,00', 'CRDT'),
      entry('5.00', 'BOTH'),
      entry('5.00', 'CRDT', { bookedOn: '2026-13-01' }),
    ),
  )
  t.match(await faults(text), [
    { row: 2, rule: 'currency' },
    { row: 3, field: 'Ntry/Amt', rule: 'not-an-amount' },
    { row: 4, rule: 'direction-unknown' },
    { row: 5, field: 'BookgDt', rule: 'not-a-date' },
  ])
})

test('no document types, no entities, no endless depth, no other messages', async (t) => {
  const bomb =
    '<!DOCTYPE Document [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Document>&b;</Document>'
  await t.rejects(read(bomb), { status: 400, code: 'file-unreadable' })
  await t.rejects(read('<Document>&xxe;</Document>'), { status: 400, code: 'file-unreadable' })
  await t.rejects(read(`<Document>${'<a>'.repeat(5_000)}`), {
    status: 400,
    code: 'file-unreadable',
  })
  await t.rejects(read('<Document><BkToCstmrStmt>'), { status: 400, code: 'file-unreadable' })
  await t.rejects(read('<Document><BkToCstmrAcctRpt/></Document>'), {
    status: 415,
    code: 'file-type-unsupported',
  })
  await t.rejects(read('<html></html>'), { status: 415, code: 'file-type-unsupported' })
  await t.rejects(read(camt(8)), { status: 422, code: 'file-empty' })
})

test('a line has one key in camt.053 and in CSV, if account and number are the same', async (t) => {
  const said = details('5.00', { text: 'PAY-1', name: 'N' })
  const xml = await read(
    camt(8, statement('6222', entry('5.00', 'CRDT', { id: 'B2026033101' }, said))),
  )
  const csv = await read(
    'account,date,amount,reference,bank id\n6222,2026-03-31,5.00,pay-1 (cut),B2026033101',
  )
  t.equal(xml.lines[0]?.lineKey, csv.lines[0]?.lineKey)
})
