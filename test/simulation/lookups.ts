/** What commands ask of the read models, answered by the model. */

import type { Lookups } from '../../commands/command.ts'
import type { World } from './world.ts'

export function lookupsOf(world: () => World): Lookups {
  return {
    bookedTotals: async (date) => world().model.dayTotals(date),
    dayFindings: async () => [],
    periodFigures: async () => undefined,
    missedDeliveries: async (date, after = '', most) =>
      world()
        .model.orders.missed(date)
        .filter(({ fulfilmentId }) => fulfilmentId > after)
        .sort((one, other) => (one.fulfilmentId < other.fulfilmentId ? -1 : 1))
        .slice(0, most),
    facilitiesDue: async (date, after = '', most) => {
      const ids = [...world().model.due(date)].map((stream) => stream.slice('facility-'.length))
      const left = ids.filter((id) => id > after).sort()
      return { facilityIds: left.slice(0, most), last: left.length <= most }
    },
    receivedBy: async (paymentId) => world().model.debts.receivedBy(paymentId),
    awaitReceipt: async () => undefined,
    statementPage: async () => [],
    shippedAs: async () => [],
    issuedWith: async () => [],
  }
}
