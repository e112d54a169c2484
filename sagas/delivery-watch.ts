/** Warns of goods that are not there by the end of the day they were expected on. */

import { BusinessDayClosed, DeliveriesMissed } from '../domain/businessDay/businessDay.ts'
import type { SagaCommand } from './saga.ts'
import { listen, saga } from './saga.ts'

/** Each event says all that is needed: there is nothing to remember from one to the next. */
type Nothing = Readonly<Record<string, never>>

export const deliveryWatch = saga<Nothing>({
  name: 'delivery-watch',
  version: 1,
  listens: [
    listen(
      BusinessDayClosed,
      ({ data }) => data.date,
      (_, { data: { date } }) => ({ state: null, commands: [find(date)] }),
    ),
    listen(
      DeliveriesMissed,
      ({ data }) => data.date,
      (_, { data: { date, fulfilments, more } }) => ({
        state: null,
        commands: [
          ...fulfilments.map((missed) => ({ command: 'WarnLate', input: missed })),
          ...(more ? [find(date, fulfilments.at(-1)?.fulfilmentId)] : []),
        ],
      }),
    ),
  ],
})

function find(date: string, after?: string): SagaCommand {
  const input = after === undefined ? { date } : { date, after }
  return { command: 'FindMissedDeliveries', input }
}
