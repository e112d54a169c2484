/** What lines stand for, rule by rule. */

import { test } from 'tap'
import type { StatementLine } from '../../../domain/reconciliation/types.ts'
import { line, matched, payment, receivable, refund } from '../../support/statement-lines.ts'

/** Lines of dealer A. */
function byA(amount: string, said: Partial<StatementLine> = {}): StatementLine {
  return line(amount, { payerName: 'NINGBO FOODS', ...said })
}

test('a payment that the text names is matched if the amount is its own, whoever paid', async (t) => {
  const items = [payment('PAY-1', '1000.00', { reference: 'TL20260331ABC' })]
  for (const text of [
    '货款PAY-1',
    'inv. pay-1, thanks',
    '支付TL20260331ABC款',
    'TL-2026 0331 ABC',
    'ＰＡＹ－１',
  ]) {
    t.match(matched([line('1000.00', { text })], items), [
      { class: 'matched', rule: 'named', counterpart: { paymentId: 'PAY-1' }, dealerId: 'A' },
    ])
  }
  for (const text of ['PAY-11', 'XPAY-1', 'PAY-1-2', 'PAY.1']) {
    t.match(matched([line('1000.00', { text })], items), [{ code: 'unknown-payer' }], text)
  }
})

test('words and short numbers name nothing by themselves, but with their payer they do', async (t) => {
  for (const reference of ['货款', '2026', 'rent']) {
    const items = [payment('P1', '1000.00', { reference, on: '2026-01-01' })]
    const said = { text: `${reference} March` }
    t.match(matched([line('1000.00', said)], items), [{ class: 'exception' }], reference)
    t.match(matched([byA('1000.00', said)], items), [{ class: 'matched', rule: 'named' }])
  }
})

test('an order in the text stands for its payment, its receivable, or all of its receivables', async (t) => {
  const said = { text: 'order ORD-7' }
  const due = [
    receivable('F.1', '300.00', { orderId: 'ORD-7' }),
    receivable('F.2', '700.00', { orderId: 'ORD-7' }),
  ]
  t.match(matched([line('700.00', said)], due), [{ counterpart: { receivableIds: ['F.2'] } }])
  t.match(matched([line('1000.00', said)], due), [
    { class: 'matched', rule: 'named', counterpart: { receivableIds: ['F.1', 'F.2'] } },
  ])
  const announced = payment('P1', '1000.00', { orderIds: ['ORD-7'] })
  t.match(matched([line('1000.00', said)], [...due, announced]), [
    { class: 'matched', counterpart: { paymentId: 'P1' } },
  ])
})

test('equal instalments of one order: that which is due about now, or else a choice', async (t) => {
  const instalment = (id: string, dueOn: string) =>
    receivable(id, '300.00', { orderId: 'ORD-7', dueOn })
  const items = [instalment('F.1', '2026-03-30'), instalment('F.2', '2026-04-30')]
  t.match(matched([line('300.00', { text: 'ORD-7' })], items), [
    { class: 'matched', counterpart: { receivableIds: ['F.1'] } },
  ])
  t.match(matched([line('300.00', { text: 'ORD-7', date: '2026-06-01' })], items), [
    { class: 'suggested', candidates: [{ receivableIds: ['F.1'] }, { receivableIds: ['F.2'] }] },
  ])
})

test('a known payer and one item of the amount within three days are a match', async (t) => {
  const due = (dueOn: string) => [receivable('F.1', '1000.00', { dueOn })]
  const match = { class: 'matched', rule: 'payer-amount', counterpart: { receivableIds: ['F.1'] } }
  const far = { class: 'suggested', rule: 'payer-amount', counterpart: { receivableIds: ['F.1'] } }
  t.match(matched([byA('1000.00')], due('2026-03-28')), [match])
  t.match(matched([byA('1000.00')], due('2026-04-03')), [match])
  t.match(matched([byA('1000.00')], due('2026-03-27')), [far])
  t.match(matched([byA('1000.00')], due('2026-04-04')), [far])
  t.match(matched([line('1000.00', { payerAccount: '622201' })], due('2026-03-31')), [match])
  t.match(matched([byA('1000.00', { valueOn: '2026-04-06' })], due('2026-04-06')), [match])
})

test('two items that are equally good are a choice, for every line', async (t) => {
  const items = [receivable('F.1', '50.00'), receivable('F.2', '50.00')]
  t.match(matched([byA('50.00'), byA('50.00')], items), [
    { class: 'suggested', candidates: [{ receivableIds: ['F.1'] }, { receivableIds: ['F.2'] }] },
    { class: 'suggested' },
  ])
})

test('of lines that stand for the same, the first gets it', async (t) => {
  const items = [receivable('F.1', '50.00'), payment('PAY-2', '70.00')]
  const lines = [byA('50.00'), byA('50.00'), line('70.00', { text: 'PAY-2' }), byA('70.00')]
  t.match(matched(lines, items), [
    { class: 'matched', counterpart: { receivableIds: ['F.1'] } },
    { class: 'exception', code: 'duplicate', candidates: [{ receivableIds: ['F.1'] }] },
    { class: 'matched', counterpart: { paymentId: 'PAY-2' } },
    { class: 'exception', code: 'duplicate', candidates: [{ paymentId: 'PAY-2' }] },
  ])
})

test('a name wins over an amount, wherever in the file it stands', async (t) => {
  const items = [receivable('F.1', '50.00', { orderId: 'ORD-7' })]
  t.match(matched([byA('50.00'), line('50.00', { text: 'ORD-7' })], items), [
    { class: 'exception', code: 'duplicate' },
    { class: 'matched', rule: 'named' },
  ])
})

test('what is on a statement already is a duplicate', async (t) => {
  const items = [payment('PAY-1', '50.00', { state: 'reconciled' })]
  t.match(matched([line('50.00', { text: 'PAY-1' })], items), [{ code: 'duplicate' }])
  t.match(matched([byA('50.00')], items), [{ code: 'duplicate' }])
  const other = [...items, receivable('F.1', '50.00')]
  t.match(matched([byA('50.00')], other), [{ counterpart: { receivableIds: ['F.1'] } }])
})

test('a payment that was booked by hand is found on the statement', async (t) => {
  const items = [payment('PAY-1', '50.00', { state: 'captured' })]
  t.match(matched([byA('50.00')], items), [
    { class: 'matched', counterpart: { paymentId: 'PAY-1' } },
  ])
})

test('what a payment had brought before it bounced may be new money, so that a person has to say', async (t) => {
  const bounced = payment('PAY-1', '50.00', { state: 'bounced', orderIds: ['ORD-7'] })
  const items = [bounced, receivable('F.1', '50.00', { orderId: 'ORD-7', dueOn: '2026-04-20' })]
  for (const said of [line('50.00', { text: 'PAY-1' }), byA('50.00')]) {
    t.match(matched([said], items), [{ class: 'suggested', counterpart: { paymentId: 'PAY-1' } }])
  }
  t.match(matched([line('50.00', { text: 'ORD-7' })], items), [
    { class: 'suggested', candidates: [{ paymentId: 'PAY-1' }, { receivableIds: ['F.1'] }] },
  ])
  t.match(matched([line('-50.00', { text: 'PAY-1' })], items), [
    { counterpart: { bounce: 'PAY-1' } },
  ])
})

test('a receivable that a payment of the same amount is announced for stands for that payment', async (t) => {
  const due = receivable('F.1', '50.00', { orderId: 'ORD-7' })
  for (const named of [{ orderIds: ['ORD-7'] }, { receivableIds: ['F.1'] }]) {
    const items = [due, payment('PAY-1', '50.00', named)]
    t.match(matched([byA('50.00')], items), [{ counterpart: { paymentId: 'PAY-1' } }])
    const early = [due, payment('PAY-1', '50.00', { ...named, on: '2026-03-01' })]
    t.match(matched([byA('50.00')], early), [{ counterpart: { paymentId: 'PAY-1' } }])
  }
  const other = [due, payment('PAY-1', '50.00')]
  t.match(matched([byA('50.00')], other), [{ class: 'suggested' }])
})

test('the one combination of what is due about now is a match; with two it is a choice', async (t) => {
  const items = [
    receivable('F.1', '100.00'),
    receivable('F.2', '250.00', { dueOn: '2026-04-02' }),
    receivable('F.3', '320.00'),
  ]
  t.match(matched([byA('350.00')], items), [
    { class: 'matched', rule: 'combination', counterpart: { receivableIds: ['F.1', 'F.2'] } },
  ])
  t.match(matched([byA('670.00')], items), [
    { class: 'matched', counterpart: { receivableIds: ['F.1', 'F.2', 'F.3'] } },
  ])
  t.match(matched([byA('350.00')], [...items, receivable('F.4', '30.00')]), [
    {
      class: 'suggested',
      candidates: [{ receivableIds: ['F.1', 'F.2'] }, { receivableIds: ['F.3', 'F.4'] }],
    },
  ])
  const far = items.map((item) => ({ ...item, dueOn: '2026-04-20' }))
  t.match(matched([byA('350.00')], far), [{ class: 'suggested', rule: 'combination' }])
})

test('where so many combinations are possible that one may come by chance, it is suggested', async (t) => {
  const items = Array.from({ length: 20 }, (_, at) =>
    receivable(`F.${at}`, `${2 ** at / 100}`.slice(0, 8)),
  )
  const amounts = items.map(({ amount }) => amount)
  t.equal(new Set(amounts).size, 20)
  const [result] = matched([byA('6.99')], items)
  t.match(result, { class: 'suggested', rule: 'combination' })
})

test('what the text names is not left out of a match', async (t) => {
  const items = [
    receivable('F.1', '100.00', { orderId: 'ORD-1' }),
    receivable('F.2', '250.00', { orderId: 'ORD-2' }),
    receivable('F.3', '900.00', { orderId: 'ORD-3' }),
  ]
  t.match(matched([byA('350.00', { text: 'ORD-1' })], items), [{ class: 'matched' }])
  t.match(matched([byA('350.00', { text: 'ORD-3' })], items), [{ class: 'suggested' }])
  t.match(matched([byA('250.00', { text: 'ORD-3' })], items), [{ class: 'suggested' }])
})

test('up to half a percent and five yuan less or more is suggested', async (t) => {
  const suggested = { class: 'suggested', rule: 'tolerance', counterpart: { paymentId: 'PAY-1' } }
  const small = [payment('PAY-1', '200.00')]
  t.match(matched([byA('199.00'), byA('201.00')], small), [suggested, suggested])
  t.match(matched([byA('198.99')], small), [{ class: 'exception' }])
  const large = [payment('PAY-1', '100000.00')]
  t.match(matched([line('99995.00', { text: 'PAY-1' })], large), [suggested])
  t.match(matched([line('99994.99', { text: 'PAY-1' })], large), [{ code: 'partial' }])
})

test('each kind of exception says what is wrong, and what may be meant', async (t) => {
  const items = [payment('PAY-1', '100.00'), receivable('F.9', '70.00', { dueOn: '2026-08-01' })]
  const named = (amount: string) => matched([line(amount, { text: 'PAY-1' })], items)
  t.match(named('60.00'), [{ code: 'partial', candidates: [{ paymentId: 'PAY-1' }] }])
  t.match(named('160.00'), [{ code: 'over-paid', candidates: [{ paymentId: 'PAY-1' }] }])
  t.match(matched([line('33.00', { payerName: 'Nobody' })], items), [{ code: 'unknown-payer' }])
  t.match(matched([byA('33.00')], items), [{ code: 'no-counterpart', dealerId: 'A' }])
  t.match(matched([byA('333.00')], items), [{ code: 'over-paid', dealerId: 'A' }])
  t.match(matched([byA('33.00')], [receivable('F.1', '70.00')]), [
    { code: 'partial', candidates: [{ receivableIds: ['F.1'] }] },
  ])
})

test('a name that two dealers bear, or that an account gives the lie, is no match', async (t) => {
  const payers = [
    { dealerId: 'A', names: ['Same Ltd'], accounts: ['111111'] },
    { dealerId: 'B', names: ['Same Ltd'], accounts: ['222222'] },
    { dealerId: 'C', names: ['Other Ltd'], accounts: [] },
  ]
  const items = [receivable('F.1', '50.00'), receivable('F.2', '70.00', { dealerId: 'B' })]
  const of = (amount: string, payerName: string, payerAccount?: string) =>
    matched([line(amount, { payerName, ...(payerAccount && { payerAccount }) })], items, payers)
  t.match(of('50.00', 'Same Ltd'), [{ class: 'suggested', dealerId: 'A' }])
  t.match(of('33.00', 'Same Ltd'), [{ code: 'unknown-payer' }])
  t.match(of('50.00', 'Same Ltd', '111111'), [{ class: 'matched', dealerId: 'A' }])
  t.match(of('50.00', 'Other Ltd', '111111'), [{ class: 'suggested', dealerId: 'A' }])
})

test('money that goes out pays refunds, which the text names or the payee tells', async (t) => {
  const items = [refund('REF-1', '80.00', { paymentId: 'PAY-9' }), refund('REF-2', '90.00')]
  t.match(
    matched(
      [
        line('-80.00', { text: 'refund REF-1' }),
        byA('-90.00'),
        line('-80.00', { text: 'REF-1' }),
        line('80.00', { text: 'REF-1' }),
      ],
      items,
    ),
    [
      { class: 'matched', rule: 'named', counterpart: { refundId: 'REF-1' } },
      { class: 'matched', rule: 'payer-amount', counterpart: { refundId: 'REF-2' } },
      { code: 'duplicate' },
      { class: 'exception' },
    ],
  )
  t.match(matched([line('-80.00', { text: 'PAY-9' })], items), [
    { class: 'matched', counterpart: { refundId: 'REF-1' } },
  ])
})

test('a charge is one by the code of the bank, and may be one by its words', async (t) => {
  const charge = { counterpart: { charge: true } }
  t.match(matched([line('-3.00', { kind: 'charge' })], []), [{ class: 'matched', ...charge }])
  for (const text of ['网银手续费', 'monthly fee', 'Bank charges March']) {
    t.match(matched([line('-3.00', { text })], []), [{ class: 'suggested', ...charge }], text)
  }
  t.match(matched([line('3.00', { text: '结息' })], []), [{ class: 'suggested', ...charge }])
  t.match(matched([line('-3.00', { text: 'coffee' })], []), [{ code: 'unknown-payer' }])
})

test('money that goes back is suggested as the bounce of a payment, and settles nothing', async (t) => {
  const items = [payment('PAY-1', '50.00', { state: 'reconciled' }), receivable('F.1', '60.00')]
  const bounce = { class: 'suggested', counterpart: { bounce: 'PAY-1' } }
  t.match(matched([line('-50.00', { text: '退票 PAY-1' })], items), [bounce])
  t.match(matched([byA('-50.00', { kind: 'bounce' })], items), [bounce])
  t.match(matched([byA('60.00', { text: '退汇' })], items), [{ class: 'suggested' }])
  t.match(matched([byA('60.00', { kind: 'bounce' })], items), [{ code: 'no-counterpart' }])
})

test('a settlement settles the payment that it names, once, for what was collected', async (t) => {
  const items = [payment('PAY-1', '100.00', { via: 'provider', state: 'captured' })]
  const of = (paymentId: string, gross: string) =>
    line('1.00', { settlement: { paymentId, gross, fee: '0.60' } })
  t.match(matched([of('PAY-1', '100.00'), of('PAY-1', '100.00')], items), [
    { class: 'matched', counterpart: { settles: 'PAY-1', gross: '100.00', fee: '0.60' } },
    { code: 'duplicate' },
  ])
  t.match(matched([of('PAY-1', '90.00')], items), [{ code: 'partial' }])
  t.match(matched([of('PAY-1', '110.00')], items), [{ code: 'over-paid' }])
  t.match(matched([of('PAY-2', '100.00')], items), [{ code: 'no-counterpart' }])
  t.match(matched([byA('100.00')], items), [{ class: 'exception' }], 'a bank pays no such payment')
})

test('what a provider pays out in one sum stands for its settlement', async (t) => {
  const names = ['S20260331']
  const items = [
    {
      kind: 'settlement',
      statementId: 'abc123',
      amount: '994.00',
      on: '2026-03-30',
      names,
    } as const,
  ]
  const found = { class: 'matched', counterpart: { settlement: 'abc123' } }
  t.match(matched([line('994.00', { text: 'T+1 S20260331' })], items), [found])
  t.match(matched([line('994.00', { payerName: '财付通支付科技有限公司' })], items), [found])
  t.match(matched([line('994.00', { payerName: 'Nobody' })], items), [{ code: 'unknown-payer' }])
  const other = (amount: string) => matched([line(amount, { text: 'T+1 S20260331' })], items)
  const candidates = [{ settlement: 'abc123' }]
  t.match(
    other('397.60'),
    [{ code: 'partial', candidates }],
    'the file holds more than this payout',
  )
  t.match(other('1000.00'), [{ code: 'over-paid', candidates }])
  t.match(other('-994.00'), [{ code: 'unknown-payer' }])
})

test('a search that is cut short says so, and is never a match', async (t) => {
  const items = Array.from({ length: 60 }, (_, at) =>
    receivable(`F.${at}`, `${1_000 + 7 * at * at}.03`),
  )
  t.match(matched([byA('77777.77')], items), [{ class: 'exception', gaveUp: true }])
})
