/** What carriers say of parcels: where they are, that they are late, that they arrived; twice, and in any order. */

import { addDays } from '../../../domain/kernel/dates.ts'
import type { Data } from '../model/law.ts'
import { DAY, HOUR, type Stage } from './stage.ts'

export function carrying(stage: Stage): void {
  const { random, on } = stage
  on('FulfilmentShipped', ({ fulfilmentId, carrier, trackingNumber }) => {
    const parcel = { fulfilmentId, carrier, trackingNumber }
    for (let reports = random.between(0, 3); reports > 0; reports--) say(stage, parcel)
  })
}

/** Something that happened to the parcel, told some time after; what was told before may come later. */
function say(stage: Stage, parcel: Data): void {
  const { random, later, world, brand, today } = stage
  later(0, 3 * DAY, () => {
    const at = new Date(world.scheduler.now()).toISOString()
    const what = random.pick(['in-transit', 'in-transit', 'delayed', 'delivered'])
    const expectedOn = addDays(today(), random.between(0, 4))
    const more = what === 'delivered' ? { place: 'at the door' } : { expectedOn }
    const message = { ...parcel, what, at, ...more }
    for (let copies = random.pick([1, 1, 2]); copies > 0; copies--) {
      later(0, random.pick([HOUR, DAY]), async () => {
        await brand('carrier', 'HearCarrier', message, { user: `carrier:${parcel.carrier}` })
      })
    }
  })
}
