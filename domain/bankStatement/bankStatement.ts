/**
 * One file of a bank's or a provider's lines: what its lines stand for, and what became of them. Money
 * that another stream owns is booked there, and answered there; here is what no other stream books:
 * suspense and the bank's charges. Stream: `bankStatement-<statementId>`.
 */

import { aggregate } from '../kernel/aggregate.ts'
import { BANK_STATEMENT_EVENTS } from './events.ts'
import { type BankStatementState, evolve } from './state.ts'

export const bankStatement = aggregate<BankStatementState>({
  category: 'bankStatement',
  version: 1,
  events: BANK_STATEMENT_EVENTS,
  initial: null,
  evolve,
})
