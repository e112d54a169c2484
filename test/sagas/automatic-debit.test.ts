import { test } from 'tap'
import { StartDebit } from '../../commands/payment-steps.ts'
import { DebitsDue } from '../../domain/facility/debit-events.ts'
import { automaticDebit } from '../../sagas/automatic-debit.ts'
import { recorded } from '../support/recorded.ts'

test('each debit that is due becomes a payment by mandate', async (t) => {
  const debit = (debitId: string) => ({
    ...{ debitId, dealerId: 'A1', method: 'wechat' as const, mandateReference: 'M-1' },
    ...{ amount: '12.50', receivableIds: ['ROOT.1'] },
  })
  const event = recorded(
    'facility-ROOT',
    DebitsDue({ date: '2026-01-06', debits: [debit('D1'), debit('D2')] }),
  )
  const listening = automaticDebit.listens.get('DebitsDue')
  const reaction = listening?.react(undefined, event as never, 'key')
  t.strictSame(reaction, {
    state: null,
    commands: [
      { command: 'StartDebit', input: debit('D1') },
      { command: 'StartDebit', input: debit('D2') },
    ],
  })
  t.ok(StartDebit.schema.safeParse(reaction?.commands?.[0]?.input).success)
})
