/** Carriers that call back with signed JSON, in the words of `docs/carriers.md`. */

import { z } from 'zod'
import type { Carrier, CarrierMessage } from '../../commands/carriers.ts'
import type { Correspondent } from '../../commands/correspondents.ts'
import { LocalDate, line, Name, Text } from '../../domain/kernel/values.ts'
import { isSigned } from '../callbacks/signature.ts'

const OccurredAt = z.iso
  .datetime({ offset: true, error: 'must be an instant, RFC 3339' })
  .refine((instant) => instant >= '1970', 'must be in the year 1970 or later')
  .transform((instant) => new Date(instant).toISOString())

/** What such a carrier sends. */
export const CarrierEvent = z.strictObject({
  eventId: line(128),
  trackingNumber: Name,
  event: z.enum(['in-transit', 'delayed', 'delivered']),
  occurredAt: OccurredAt,
  location: Name.optional(),
  reason: Text.optional(),
  expectedOn: LocalDate.optional(),
})
export type CarrierEvent = z.input<typeof CarrierEvent>

const Translated = CarrierEvent.transform(
  ({ eventId, event, occurredAt, location, trackingNumber, reason, expectedOn }) => ({
    messageId: eventId,
    message: {
      ...{ trackingNumber, what: event, at: occurredAt },
      ...(location && { place: location }),
      ...(reason && { reason }),
      ...(expectedOn && { expectedOn }),
    } satisfies CarrierMessage,
  }),
)

/** A carrier with its secrets: more than one while they are being changed. */
function signedJsonCarrier(secrets: readonly string[]): Carrier {
  return {
    isTheirs: (received, now) => isSigned(secrets, received, now),
    read: (body) => Translated.safeParse(body),
  }
}

/** The carriers that are configured, by name. */
export function carriersOf(
  secrets: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, Correspondent> {
  return new Map([...secrets].map(([name, theirs]) => [name, signedJsonCarrier(theirs)]))
}
