import { test } from 'tap'
import { duesOf, Terms } from '../../../domain/facility/terms.ts'
import { decimal, toAmount } from '../../../domain/kernel/money.ts'

function dues(terms: unknown, amount: string, shippedOn: string) {
  return duesOf(Terms.parse(terms), decimal(amount), shippedOn).map((due) => [
    toAmount(due.amount),
    due.dueOn,
  ])
}

test('net days count from the shipment, 30 if not given', async (t) => {
  t.strictSame(dues({ type: 'net', days: 45 }, '10', '2026-01-31'), [['10.00', '2026-03-17']])
  t.strictSame(dues({ type: 'net' }, '10', '2026-01-01'), [['10.00', '2026-01-31']])
})

test('end of month plus days counts from the last day of the month it shipped in', async (t) => {
  t.strictSame(dues({ type: 'end-of-month' }, '10', '2024-02-03'), [['10.00', '2024-02-29']])
  t.strictSame(dues({ type: 'end-of-month', plusDays: 5 }, '10', '2026-12-31'), [
    ['10.00', '2027-01-05'],
  ])
})

test('instalments that would be nothing are left out', async (t) => {
  const parts = [
    { share: '30', days: 10 },
    { share: '30', days: 20 },
    { share: '40', days: 30 },
  ]
  t.strictSame(dues({ type: 'instalments', parts }, '0.01', '2026-01-01'), [['0.01', '2026-01-31']])
  t.strictSame(dues({ type: 'instalments', parts }, '0', '2026-01-01'), [['0.00', '2026-01-11']])
})

test('terms that make no sense are refused by their schema', async (t) => {
  const wrong = [
    { type: 'net', days: -1 },
    { type: 'net', days: 1.5 },
    { type: 'instalments', parts: [] },
    { type: 'instalments', parts: [{ share: '0', days: 1 }] },
    { type: 'instalments', parts: [{ share: '1e9', days: 1 }] },
    { type: 'weekly' },
  ]
  for (const terms of wrong) t.notOk(Terms.safeParse(terms).success, JSON.stringify(terms))
})
