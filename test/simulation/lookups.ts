/** What commands ask of the read models, answered by the model. */

import type { Lookups } from '../../commands/command.ts'
import type { World } from './world.ts'

export function lookupsOf(world: () => World): Lookups {
  return {
    bookedTotals: async (date) => world().model.dayTotals(date),
    missedDeliveries: async () => [],
    shippedAs: async () => [],
  }
}
