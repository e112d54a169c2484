import tap, { test } from 'tap'
import { decimal, sum, toAmount } from '../../domain/kernel/money.ts'
import { type Body, listOf, textOf } from './http.ts'
import { addDealer, confirmedOrder, expectStatus, ship, smallShop } from './shop.ts'
import { startSystem } from './system.ts'
import { upload } from './upload.ts'

const MARCH = '2026-03'
const [FIRST, LAST, APRIL_1] = ['2026-03-30', '2026-03-31', '2026-04-01']

const system = await startSystem(tap, {}, FIRST)
const staff = await smallShop(system)
const { finance, ops } = staff
await addDealer(staff, { dealerId: 'D2', parentDealerId: 'D', limit: '1000' })
await expectStatus(
  await ops.post('/dealers', { dealerId: 'E', name: '=cmd|evil, "Co"', region: 'East' }),
  201,
)
await expectStatus(
  await finance.post('/facilities/E/limit', { limit: '1000', reason: 'as agreed' }),
  200,
)

async function sell(dealerId: string, quantity: number): Promise<void> {
  const orderId = await confirmedOrder(ops, dealerId, [{ sku: 'S', quantity }])
  await ship(staff, `${orderId}.1`)
}

async function pay(dealerId: string, amount: string, more: Body = {}): Promise<string> {
  const payment = { dealerId, amount, method: 'bank-transfer' }
  const { body } = expectStatus(await finance.post('/payments', payment), 201)
  const paymentId = textOf(body, 'paymentId')
  expectStatus(await finance.post(`/payments/${paymentId}/capture`, more), 200)
  return paymentId
}

async function read(path: string): Promise<Body> {
  await system.seen()
  return expectStatus(await finance.get(path), 200).body
}

const close = (date: string) => finance.post(`/business-days/${date}/close`)
const closePeriod = (period: string) => finance.post(`/periods/${period}/close`)
const total = (items: readonly Body[], name: string) =>
  toAmount(sum(items.map((item) => decimal(textOf(item, name)))))

await sell('D', 10)
await sell('D2', 3)
await sell('E', 2)
const paid = await pay('D', '160')

test('the balance sheet adds up, in both languages', async (t) => {
  const sheet = await read('/ledger/balance-sheet')
  t.match(sheet, {
    asOf: FIRST,
    totalAssets: '5135.00',
    totalLiabilitiesAndEquity: '5135.00',
    result: '57.75',
    periods: [{ period: MARCH, income: '132.75', expenses: '75.00', result: '57.75' }],
    liabilities: { total: '5077.25' },
  })
  t.match(listOf(sheet, 'assets.accounts'), [
    { account: '1002', names: { en: 'Bank', zh: '银行存款' }, balance: '160.00' },
    { account: '1122', balance: '50.00' },
    { account: '1405', balance: '4925.00' },
  ])
})

test("a dealer's statement has every movement, and adds up", async (t) => {
  const statement = await read(`/dealers/D/statement?from=${FIRST}`)
  t.match(statement, { dealerId: 'D', opening: '0.00', closing: '-60.00' })
  t.match(listOf(statement), [
    {
      kind: 'shipment',
      document: { kind: 'receivable', id: 'D.1' },
      bookedOn: FIRST,
      amount: '100.00',
      balance: '100.00',
    },
    {
      kind: 'payment',
      document: { kind: 'payment' },
      amount: '-160.00',
      balance: '-60.00',
      lines: [
        { account: '1122', credit: '100.00' },
        { account: '2203', credit: '60.00' },
      ],
    },
  ])
})

test('a statement goes on from page to page with its balance', async (t) => {
  const first = await read('/dealers/D/statement?limit=1')
  const second = await read(`/dealers/D/statement?limit=1&cursor=${first.nextCursor}`)
  t.match(
    [...listOf(first), ...listOf(second)].map(({ balance }) => balance),
    ['100.00', '-60.00'],
  )
  t.match([second.closing, second.nextCursor], ['-60.00', null])
})

test("a dealer reads its own statement and its descendants', and no one else's", async (t) => {
  const buyer = await system.person('dealer-buyer', 'D')
  t.equal((await buyer.get('/dealers/D/statement')).status, 200)
  t.equal((await buyer.get('/dealers/D2/statement')).status, 200)
  t.equal((await buyer.get('/dealers/E/statement')).status, 403)
  t.equal((await finance.get('/dealers/nobody/statement')).status, 404)
  t.equal((await finance.get('/dealers/D/statement?cursor=x')).status, 400)
})

test('the ageing of receivables adds up to their account', async (t) => {
  const ageing = await read('/reports/receivables-ageing.json')
  t.match(ageing, {
    asOf: FIRST,
    totals: { total: '50.00' },
    control: { account: '1122', balance: '50.00', difference: '0.00' },
  })
  t.match(
    listOf(ageing).map(({ dealerId, total }) => [dealerId, total]),
    [
      ['D2', '30.00'],
      ['E', '20.00'],
    ],
  )
  const later = await read('/reports/receivables-ageing?asOf=2026-08-01')
  t.match(later, { totals: { daysOver90: '50.00', current: '0.00' } })
})

test('the ageing as a file holds no formula', async (t) => {
  const answer = await finance.get('/reports/receivables-ageing.csv')
  t.match(answer.headers.get('content-type'), /^text\/csv/)
  const lines = answer.text.split('\r\n')
  t.equal(lines[0], 'dealerId,name,current,days1To30,days31To60,days61To90,daysOver90,total')
  t.match(lines[2], /^E,"'=cmd\|evil, ""Co""",.*,20\.00$/)
  const buyer = await system.person('dealer-buyer', 'E')
  const own = await buyer.get('/reports/receivables-ageing.csv')
  t.equal(own.text.trim().split('\r\n').length, 2, 'a dealer sees its own')
})

test('a period whose days are open does not close, and is told which', async (t) => {
  const { status, body } = await closePeriod(MARCH)
  t.equal(status, 409)
  t.match(body, {
    code: 'period-blocked',
    decision: {
      inputs: {
        blocks: [
          {
            check: 'days-open',
            count: 2,
            examples: [{ next: FIRST, last: LAST }],
            ways: [/close/],
          },
        ],
      },
    },
  })
  t.match(await closePeriod('2026-04'), { status: 409, body: { code: 'period-not-next' } })
  t.equal((await ops.post(`/periods/${MARCH}/close`)).status, 403)
  t.equal((await closePeriod('2026-13')).status, 400)
})

test('a refund that is on its way blocks the period of its day, until it is known what became of it', async (t) => {
  const refund = { refundId: 'RF', amount: '5.00', reason: 'as asked', to: 'bank' }
  const wait = { prefer: 'wait=10' }
  const asked = await finance.post(`/payments/${paid}/refunds`, refund, wait)
  t.match(asked.body, { status: 'due' })
  expectStatus(await close(FIRST), 200)
  expectStatus(await close(LAST), 200)
  const blocked = await closePeriod(MARCH)
  t.equal(blocked.status, 409)
  t.match(listOf(blocked.body, 'decision.inputs.blocks'), [
    { check: 'refunds-open', count: 1, examples: [{ refundId: 'RF', amount: '5.00' }] },
  ])
  expectStatus(await finance.post('/refunds/RF/fail', { reason: 'account closed' }), 200)
})

test('a statement line that nobody cleared up blocks its period, until somebody does', async (t) => {
  const file = [
    'date,amount,reference,payer name,payer account,bank id',
    `${LAST},77.00,who knows,Stranger,6222-9,B-1`,
  ].join('\n')
  const taken = await upload(system, finance, '/bank-statements', file, { name: 'march.csv' })
  t.match(expectStatus(taken, 201).body, { lines: 1, exceptions: 1 })
  const blocked = await closePeriod(MARCH)
  t.match(blocked, { status: 409, body: { code: 'period-blocked' } })
  const [block] = listOf(blocked.body, 'decision.inputs.blocks')
  t.match(block, {
    check: 'statement-lines-open',
    count: 1,
    examples: [{ amount: '77.00', date: LAST }],
    ways: [/match or \/ignore/],
  })
  const lineId = textOf(block, 'examples.0.lineId')
  const ignored = await finance.post(`/reconciliation/${lineId}/ignore`, { reason: 'sent back' })
  expectStatus(ignored, 200)
})

test('a period closes with its last day, once, with its totals', async (t) => {
  const { status, body } = await closePeriod(MARCH)
  t.equal(status, 200, JSON.stringify(body))
  t.match(body, {
    period: MARCH,
    status: 'closed',
    totals: { debit: '5385.00', credit: '5385.00' },
  })
  t.equal(total(listOf(body, 'totals.accounts'), 'debit'), '5385.00')
  t.match(await closePeriod(MARCH), { status: 409, body: { code: 'period-not-next' } })
  const { items } = await read('/periods')
  t.match(items, [
    { period: '2026-04', status: 'open', closedAt: null },
    { period: MARCH, status: 'closed', closedAt: /Z$/, totals: { debit: '5385.00' } },
  ])
})

test('what comes to be known later leaves closed books as they are', async (t) => {
  const [balances, sheet] = ['/ledger/trial-balance', '/ledger/balance-sheet']
  const [balancesThen, sheetThen] = [await read(balances), await read(sheet)]
  const known = new Date().toISOString()
  const asOf = `/ledger/trial-balance?asOf=${LAST}`
  const before = await read(asOf)
  const statement = await read(`/dealers/E/statement?to=${APRIL_1}`)
  await pay('E', '20', { effectiveOn: FIRST })
  t.same(await read(asOf), before)
  t.match((await read(`${asOf}&known=${known}`)).accounts, before.accounts as Body)
  t.match(await read(`${asOf}&known=2999-01-01`), { accounts: before.accounts })
  t.same(await read(`/dealers/E/statement?to=${APRIL_1}`), statement)
  t.match(await read('/ledger/trial-balance'), { asOf: APRIL_1, totalDebit: '5559.00' })
  t.match((await read(`${balances}?known=${known}`)).accounts, balancesThen.accounts as Body)
  t.match((await read(`${sheet}?known=${known}`)).assets, sheetThen.assets as Body)
  t.notSame((await read(sheet)).assets, sheetThen.assets)
  t.match(listOf(await read(`/dealers/E/statement?from=${APRIL_1}`)), [
    { bookedOn: APRIL_1, effectiveOn: FIRST, amount: '-20.00', balance: '0.00' },
  ])
})

test('what is backdated counts from its day in the ageing, which says by how much the books differ', async (t) => {
  t.match(await read(`/reports/receivables-ageing.json?asOf=${LAST}`), {
    totals: { total: '30.00' },
    control: { balance: '50.00', difference: '-20.00' },
  })
  t.match(await read('/reports/receivables-ageing.json'), {
    control: { balance: '30.00', difference: '0.00' },
  })
})
