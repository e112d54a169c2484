import { test } from 'tap'
import {
  ReceivableRecovered,
  ReceivableWrittenOff,
} from '../../../domain/facility/receivable-events.ts'
import { memberOf } from '../../../domain/facility/state.ts'
import { recovering, writingOff } from './money.ts'
import { closedThrough, owing } from './overdue.ts'
import { facilities, limits, receiving, shipping, tree } from './tree.ts'

test('a receivable is given up in parts, never more than is outstanding, and recovered, never more than was given up', async (t) => {
  const entry = { receivableId: 'ROOT.1', dealerId: 'A1', orderId: 'O1' }
  const { state } = facilities(t)
    .given(...tree, ...limits)
    .when(shipping('A1', 'O1', 'O1.1', { amount: '100' }))
    .accepted()
    .when(receiving('A1', 'P1', '20'))
    .accepted()
    .when(writingOff('ROOT.1', '80.01'))
    .refused('receivable-exceeded', { most: '80.00' })
    .when(writingOff('ROOT.1', '80'))
    .then(
      ReceivableWrittenOff({
        ...entry,
        amount: '80.00',
        reason: 'insolvent',
        journal: [
          { account: '6702', debit: '80.00' },
          { account: '1122', credit: '80.00', dealerId: 'A1' },
        ],
      }),
    )
    .when(writingOff('ROOT.1', '1'))
    .refused('receivable-exceeded')
    .when(recovering('ROOT.1', '30'))
    .then(
      ReceivableRecovered({
        ...entry,
        amount: '30.00',
        reason: 'a dividend',
        journal: [
          { account: '1002', debit: '30.00' },
          { account: '6702', credit: '30.00' },
        ],
      }),
    )
    .when(recovering('ROOT.1', '50.01'))
    .refused('receivable-exceeded', { most: '50.00' })
    .when(recovering('ROOT.9', '1'))
    .refused('receivable-unknown')
    .when(writingOff('ROOT.9', '1'))
    .refused('receivable-unknown')
  t.match(memberOf(state, 'A1').own, { owed: '0.00', unappliedCash: '0.00' })
})

test('what is given up bears no fees from then on, and freezes nobody', async (t) => {
  const late = closedThrough(owing(t), '2026-04-10')
  t.equal(memberOf(late.state, 'A1').own.owed, '100500.00')
  const half = late.when(writingOff('ROOT.1', '50000')).accepted()
  const next = closedThrough(half, '2026-04-11', '2026-04-11')
  t.equal(memberOf(next.state, 'A1').own.owed, '50525.00', 'one day of the half that is left')
  const { decision } = next
    .when(writingOff('ROOT.1', '50000'))
    .accepted()
    .when(writingOff('ROOT.2', '525'))
  t.match(decision, { events: [{}, { type: 'OrderingUnfrozen' }] })
})

test('a fee that was given up and is taken back is a smaller loss, and no cash', async (t) => {
  const late = closedThrough(owing(t), '2026-04-10')
  const lost = late.when(writingOff('ROOT.2', '450')).accepted()
  // All was paid in time, as is known now.
  const paid = lost.when(
    receiving('A1', 'P1', '100000', { receivableIds: ['ROOT.1'], effectiveOn: '2026-03-31' }),
  )
  const next = closedThrough(paid.accepted(), '2026-04-11', '2026-04-11')
  t.match(memberOf(next.state, 'A1').own, { owed: '0.00', unappliedCash: '0.00' })
  t.match(next.state.receivables.get('ROOT.2'), { amount: '0.00', loss: { writtenOff: '0.00' } })
})
