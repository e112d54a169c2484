import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import { feeStep, lateFeeThrough, type Principal } from '../../../domain/facility/late-fees.ts'
import { addDays } from '../../../domain/kernel/dates.ts'
import { decimal, netOf, toAmount } from '../../../domain/kernel/money.ts'

const worked: Principal = {
  amount: '100000.00',
  dueOn: '2026-03-31',
  graceDays: 3,
  dailyRate: '0.0005',
  reductions: [],
}

function paid(on: string, amount = '40000.00'): Principal {
  return { ...worked, reductions: [{ amount: decimal(amount), on }] }
}

test('the worked figures: received on the 10th, on the 5th, and not at all', async (t) => {
  t.equal(toAmount(lateFeeThrough(paid('2026-04-10'), '2026-04-20')), '780.00')
  t.equal(toAmount(lateFeeThrough(paid('2026-04-05'), '2026-04-20')), '680.00')
  t.equal(toAmount(lateFeeThrough(worked, '2026-04-20')), '1000.00')
})

test('once grace has passed, the fee counts from the day after the due date', async (t) => {
  t.equal(toAmount(lateFeeThrough(worked, '2026-04-03')), '0.00')
  t.equal(toAmount(lateFeeThrough(worked, '2026-04-04')), '200.00')
})

test('whoever pays the whole within grace pays no fee; a part paid within it does not help', async (t) => {
  const whole = paid('2026-04-03', '100000.00')
  t.equal(toAmount(lateFeeThrough(whole, '2026-05-01')), '0.00')
  t.equal(toAmount(lateFeeThrough(paid('2026-04-03', '99999.00'), '2026-04-04')), '100.00')
})

test('money that came before the due date counts for every day', async (t) => {
  t.equal(toAmount(lateFeeThrough(paid('2026-01-01'), '2026-04-04')), '120.00')
})

test('VAT is in the fee, and its parts add up over any steps', async (t) => {
  const step = feeStep(decimal('0'), decimal('113.00'), '0.13')
  t.same([step.net, step.tax].map(toAmount), ['100.00', '13.00'])
  const back = feeStep(decimal('113.00'), decimal('0'), '0.13')
  t.same([back.net, back.tax].map(toAmount), ['-100.00', '-13.00'])
  fc.assert(
    fc.property(fc.array(fc.nat(100_000)), (cents) => {
      const totals = [0, ...cents].map((cent) => decimal(cent).dividedBy(100))
      const net = totals
        .slice(1)
        .reduce(
          (sum, after, index) => sum.plus(feeStep(totals[index] ?? after, after, '0.06').net),
          decimal(0),
        )
      assert.ok(net.equals(netOf(totals.at(-1) ?? decimal(0), decimal('0.06'))))
    }),
  )
})

/** The plainest way: one day after another. */
function dayByDay(principal: Principal, date: string): string {
  const at = (day: string) =>
    principal.reductions
      .filter(({ on }) => on <= day)
      .reduce((left, { amount }) => left.minus(amount), decimal(principal.amount))
  const free = addDays(principal.dueOn, principal.graceDays)
  let total = decimal(0)
  if (date <= free || !at(free).greaterThan(0)) return '0.00'
  for (let day = addDays(principal.dueOn, 1); day <= date; day = addDays(day, 1)) {
    total = total.plus(at(day).times(principal.dailyRate))
  }
  return total.toFixed(2, 4)
}

test('the fee is what one adds up day by day', async () => {
  const day = fc.nat(60).map((days) => addDays('2026-03-01', days))
  const reduction = fc.record({ amount: fc.nat(2_500).map((n) => decimal(n)), on: day })
  const principal = fc.record({
    amount: fc.constant('10000.00'),
    dueOn: day,
    graceDays: fc.nat(10),
    dailyRate: fc.constantFrom('0', '0.0005', '0.00033333', '1'),
    reductions: fc.array(reduction, { maxLength: 4 }),
  })
  fc.assert(
    fc.property(principal, day, (owed, date) => {
      assert.equal(toAmount(lateFeeThrough(owed, date)), dayByDay(owed, date))
    }),
    { numRuns: 500 },
  )
})
