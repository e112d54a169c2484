/** What is to be debited on its due date becomes a payment by mandate. */

import { DebitsDue } from '../domain/facility/debit-events.ts'
import { listen, saga } from './saga.ts'

/** The event says all that is needed: there is nothing to remember. */
type Nothing = Readonly<Record<string, never>>

export const automaticDebit = saga<Nothing>({
  name: 'automatic-debit',
  version: 1,
  movesMoney: true,
  listens: [
    listen(
      DebitsDue,
      ({ id }) => id,
      (_, { data: { debits } }) => ({
        state: null,
        commands: debits.map((debit) => ({ command: 'StartDebit', input: debit })),
      }),
    ),
  ],
})
