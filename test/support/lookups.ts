/** Look-ups for tests whose commands ask none of them, or only those that are given. */

import type { Lookups, OtherStreams } from '../../commands/command.ts'

export function testLookups(given: Partial<Lookups & OtherStreams> = {}): Lookups & OtherStreams {
  return {
    bookedTotals: async () => undefined,
    dayFindings: async () => [],
    periodFigures: async () => ({
      totals: { debit: '0.00', credit: '0.00', accounts: [] },
      findings: [],
    }),
    facilitiesDue: async () => ({ facilityIds: [], last: true }),
    receivedBy: async () => undefined,
    awaitReceipt: async () => undefined,
    statementPage: async () => [],
    missedDeliveries: async () => [],
    shippedAs: async () => [],
    issuedWith: async () => [],
    stateOf: async (aggregate) => aggregate.initial,
    ...given,
  }
}
