import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'tap'
import { decimal } from '../../../domain/kernel/money.ts'
import { DEFAULT_CHART as chart } from '../../../domain/ledger/chart.ts'
import { ledgerLaws } from '../../../domain/ledger/laws.ts'
import { postShipment } from '../../../domain/ledger/sales.ts'
import { everything, histories, play } from '../facility/histories.ts'
import { days, lived } from '../facility/money-history.ts'
import { agreement, begun, closed } from '../facility/overdue-history.ts'

test('in any history of a facility the laws hold at every event', async () => {
  fc.assert(
    fc.property(histories(everything), (commands) => {
      const laws = ledgerLaws(chart)
      let taken = 0
      play(commands, ({ events }) => {
        for (const event of events.slice(taken)) {
          assert.deepEqual(laws.take({ ...event, category: 'facility' }), [], event.type)
        }
        taken = events.length
      })
      assert.ok(laws.held().sum.isZero())
    }),
    { numRuns: 60 },
  )
})

test('they hold for all that may happen to money, from day to day', async () => {
  const money = fc.property(agreement, days, (set, lives) => {
    const laws = ledgerLaws(chart)
    let taken = 0
    lives.reduce((history, day) => {
      const after = closed(lived(history, day))
      for (const { event } of after.log.slice(taken)) {
        assert.deepEqual(laws.take({ ...event, category: 'facility' }), [], event.type)
      }
      taken = after.log.length
      return after
    }, begun(set))
  })
  fc.assert(money, { numRuns: 60 })
})

const shipped = (receivable: string) => ({
  category: 'facility',
  type: 'ReceivableRecognised',
  data: {
    dealerId: 'D',
    amount: receivable,
    journal: postShipment(chart, 'D', {
      gross: decimal('113.00'),
      net: decimal('100.00'),
      tax: decimal('13.00'),
    }),
  },
})

const ofPart = "each dealer's part of an account is what its facts say"

test('an entry that says something else than its fact is found', async (t) => {
  const laws = ledgerLaws(chart)
  t.same(laws.take(shipped('113.00')), [])
  t.same(laws.take(shipped('112.00')), [
    {
      law: ofPart,
      figures: { account: '1122', dealerId: 'D', entries: '226.00', facts: '225.00' },
    },
  ])
})

test('an entry on the account of no dealer is found', async (t) => {
  const laws = ledgerLaws(chart)
  const journal = [
    { account: '1122', debit: '1.00' },
    { account: '6001', credit: '1.00' },
  ]
  t.match(laws.take({ category: 'stock', type: 'Wrong', data: { journal } }), [
    { law: ofPart, figures: { dealerId: '' } },
  ])
})

test('an entry that does not balance is found, and so is an account that nobody knows', async (t) => {
  const laws = ledgerLaws(chart)
  const journal = [
    { account: '1405', debit: '1.00' },
    { account: '9999', credit: '0.99' },
  ]
  t.match(laws.take({ category: 'stock', type: 'Wrong', data: { journal } }), [
    { law: 'accounts are in the chart', figures: { account: '9999' } },
    { law: 'every entry balances', figures: { difference: '0.01' } },
    { law: 'all accounts add up to nothing', figures: { sum: '0.01' } },
  ])
})
