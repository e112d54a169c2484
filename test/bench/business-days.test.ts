import { test } from 'tap'
import { daysClosed } from '../../bench/business-days.ts'

test('a week of days closes in a system as it is started, and its books balance', async (t) => {
  const { debit, credit, seconds } = await daysClosed({ days: 7, dealers: 12, overdue: 3 })
  t.equal(debit, credit)
  // 100,000,000 pieces at 5.00 came in; three dealers were sent 1,000 each, and owe 35.00 of fees.
  t.equal(debit, '500045105.00')
  t.ok(seconds < 60, `${seconds} s`)
})
