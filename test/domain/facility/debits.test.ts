import { test } from 'tap'
import {
  DebitMandateGiven,
  DebitMandateRevoked,
  DebitsDue,
} from '../../../domain/facility/debit-events.ts'
import { giveDebitMandate, revokeDebitMandate } from '../../../domain/facility/debits.ts'
import { FacilityDayClosed } from '../../../domain/facility/receivable-events.ts'
import { DEFAULT_POLICY } from '../../../domain/policy.ts'
import { closing, owing } from './overdue.ts'
import { type Asking, facilities, receiving, shipping, tree } from './tree.ts'

const mandate = { dealerId: 'A1', method: 'wechat', mandateReference: 'M-1' } as const

const giving: Asking = (state, context) => giveDebitMandate(state, mandate, context)
const revoking: Asking = (state) => revokeDebitMandate(state, { dealerId: 'A1' })

function due(date: string, amount: string, ...receivableIds: readonly string[]) {
  const debit = { debitId: 'command-debit/A1', ...mandate, amount }
  return DebitsDue({ date, debits: [{ ...debit, receivableIds: [...receivableIds] }] })
}

const closed = (date: string) => FacilityDayClosed({ date, more: false })

test('a mandate is given and revoked, each once', async (t) => {
  facilities(t)
    .given(...tree)
    .when(revoking)
    .changesNothing()
    .when(giving)
    .then(DebitMandateGiven(mandate))
    .when(giving)
    .changesNothing()
    .when(revoking)
    .then(DebitMandateRevoked({ dealerId: 'A1' }))
    .when(revoking)
    .changesNothing()
})

test('a mandate of a provider that is not available is refused', async (t) => {
  facilities(t, { policy: { ...DEFAULT_POLICY, onlineMethods: ['alipay'] } })
    .given(...tree)
    .when(giving)
    .refused('payment-method-unavailable', { method: 'wechat' })
})

test('what falls due is debited once, as the day before closes', async (t) => {
  owing(t)
    .when(giving)
    .accepted()
    .in({ today: '2026-03-29' })
    .when(closing('2026-03-29'))
    .then(closed('2026-03-29'))
    .in({ today: '2026-03-30' })
    .when(closing('2026-03-30'))
    .then(due('2026-03-31', '100000.00', 'ROOT.1'), closed('2026-03-30'))
    .in({ today: '2026-03-31' })
    .when(closing('2026-03-31'))
    .then(closed('2026-03-31'))
})

test('only what is still owed is debited, in one debit, by who has a mandate', async (t) => {
  owing(t)
    .when(giving)
    .accepted()
    .when(shipping('A1', 'O2', 'O2.1', { amount: '500.00' }))
    .accepted()
    .when(shipping('A1', 'O3', 'O3.1', { amount: '70.00' }))
    .accepted()
    .when(shipping('B', 'O4', 'O4.1', { amount: '9.00' }))
    .accepted()
    .when(receiving('A1', 'P1', '100070', { receivableIds: ['ROOT.1', 'ROOT.3'] }))
    .accepted()
    .in({ today: '2026-03-30' })
    .when(closing('2026-03-30'))
    .then(due('2026-03-31', '500.00', 'ROOT.2'), closed('2026-03-30'))
})

test('what a revoked mandate was for is not debited', async (t) => {
  owing(t)
    .when(giving)
    .accepted()
    .when(revoking)
    .accepted()
    .in({ today: '2026-03-30' })
    .when(closing('2026-03-30'))
    .then(closed('2026-03-30'))
})

test('more than one write takes is debited by the next', async (t) => {
  let given = owing(t, '1.00').when(giving).accepted()
  for (let n = 2; n <= 1_001; n++) {
    given = given.when(shipping('A1', `O${n}`, `O${n}.1`, { amount: '1.00' })).accepted()
  }
  const half = given.in({ today: '2026-03-30' }).when(closing('2026-03-30'))
  t.match(half.decision, {
    events: [
      { data: { debits: [{ amount: '1000.00' }] } },
      { data: { date: '2026-03-30', more: true } },
    ],
  })
  t.match(half.accepted().when(closing('2026-03-30')).decision, {
    events: [
      { data: { debits: [{ amount: '1.00', receivableIds: ['ROOT.1001'] }] } },
      { data: { more: false } },
    ],
  })
})
