/** What a decision may look at beyond its state and its command: nothing else reaches the domain. */

import type { Actor } from './kernel/event.ts'
import type { Instant, LocalDate } from './kernel/values.ts'
import type { Policy } from './policy.ts'
import type { Reference } from './reference/reference.ts'

export type DecisionContext = Readonly<{
  commandId: string
  now: Instant
  /** The open business day: in its books the decided events will be. */
  today: LocalDate
  actor: Actor
  reference: Reference
  policy: Policy
  /** An id that follows from the command's id: the same command gives the same. */
  newId: (purpose: string) => string
  /** What the command's `lookup` gave; undefined for a command that declares none. */
  lookup?: unknown
}>
