/** What a carrier says by calling back, in our words, whatever its own are. */

import { z } from 'zod'
import { Instant, LocalDate, Name, Text } from '../domain/kernel/values.ts'
import type { Correspondent } from './correspondents.ts'

export const CarrierMessage = z.strictObject({
  trackingNumber: Name,
  what: z.enum(['in-transit', 'delayed', 'delivered']),
  /** By the carrier's clock. */
  at: Instant,
  place: Name.optional(),
  reason: Text.optional(),
  expectedOn: LocalDate.optional(),
})
export type CarrierMessage = z.output<typeof CarrierMessage>

export type Carrier = Correspondent<CarrierMessage>
