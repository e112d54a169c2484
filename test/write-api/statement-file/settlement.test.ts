/** What providers collected and pay out, in our own format. */

import { test } from 'tap'
import { Problem } from '../../../http/problem.ts'
import { readStatementFile } from '../../../write-api/statement-file/read-statement.ts'

const HEADINGS = 'date,payment id,refund id,type,gross,fee,net,settlement id,provider'

async function read(...rows: readonly string[]) {
  const text = [HEADINGS, ...rows].join('\n')
  return await readStatementFile(Buffer.from(text), { currency: 'CNY' })
}

async function fault(row: string) {
  try {
    await read(row)
  } catch (error) {
    if (error instanceof Problem) return error.extras.decision?.inputs.faults
    throw error
  }
  throw new Error('it was taken')
}

test('a payment is paid out net, and says what was collected and kept', async (t) => {
  const file = await read('2026-03-31,P1,,payment,100.00,0.60,99.40,S20260331,wechat')
  t.match(file, { format: 'settlement', source: 'provider', account: 'wechat' })
  t.match(file.lines, [
    {
      amount: '99.40',
      text: 'P1',
      bankId: 'S20260331',
      settlement: { paymentId: 'P1', gross: '100.00', fee: '0.60' },
    },
  ])
})

test('a refund goes out whole, and a fee that is given back is a line of its own', async (t) => {
  const written = [
    '2026-03-31,P1,F1,refund,-100.00,-0.60,-99.40,S1,wechat',
    '2026-03-31,P1,F1,退款,100.00,0.60,99.40,S1,wechat',
  ]
  for (const row of written) {
    const { lines } = await read(row)
    t.match(lines, [
      { amount: '-100.00', text: 'F1 P1' },
      { amount: '0.60', kind: 'charge' },
    ])
    t.equal(lines[0]?.settlement, undefined)
  }
  t.equal((await read('2026-03-31,P1,F1,refund,-100.00,0.00,-100.00,S1,wechat')).lines.length, 1)
})

test('Chinese headings mean the same', async (t) => {
  const text =
    '结算日期,商户订单号,业务类型,订单金额,手续费,结算金额,结算批次号\n20260331,P1,支付,100.00,0.60,99.40,S1\n合计,,,100.00,0.60,99.40,'
  const { lines } = await readStatementFile(Buffer.from(text), { currency: 'CNY' })
  t.match(lines, [{ amount: '99.40', settlement: { paymentId: 'P1' } }])
})

test('figures that do not add up are refused', async (t) => {
  const P = '2026-03-31,P1,,payment'
  t.match(await fault(`${P},100.00,0.60,99.50,S1,`), [{ field: 'net', rule: 'net-sum' }])
  t.match(await fault(`${P},-100.00,0.60,-100.60,S1,`), [{ field: 'gross', rule: 'gross-sign' }])
  t.match(await fault(`${P},100.00,-0.60,100.60,S1,`), [{ field: 'fee', rule: 'fee-sign' }])
  t.match(await fault(`${P},1.00,1.00,0.00,S1,`), [{ field: 'net', rule: 'net-zero' }])
  t.match(await fault('2026-03-31,P 1,,payment,100.00,0.60,99.40,S1,'), [{ rule: 'not-an-id' }])
  t.match(await fault('2026-03-31,P1,,gift,100.00,0.60,99.40,S1,'), [{ rule: 'type-unknown' }])
})
