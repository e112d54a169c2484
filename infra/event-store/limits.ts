/** The bounds within which the client of the event store works. */

/** Events a batch, where a follower asks for no other bound. */
export const DEFAULT_BATCH = 512

export type Limits = Readonly<{
  /** How long one attempt of an append may take. */
  appendTimeoutMs: number
  /** How long an append is tried again before the store counts as unavailable. */
  appendPatienceMs: number
  /** How long a read may stay without its next event. */
  readTimeoutMs: number
  /** How long a read without progress is tried again before the store counts as unavailable. */
  readPatienceMs: number
  /** The first pause between two attempts; doubled each time. */
  backoffMs: number
  maxBackoffMs: number
  /** The store takes no more in one append: data, metadata and ids of all its events. */
  maxAppendBytes: number
  /** Appends sent and not yet answered; a further one is turned away as unavailable. */
  maxInFlight: number
  maxInFlightBytes: number
  /** Recent events kept for the followers at the live end; who falls further behind reads again. */
  maxHubEvents: number
}>

export const defaultLimits: Limits = {
  appendTimeoutMs: 3_000,
  appendPatienceMs: 10_000,
  readTimeoutMs: 5_000,
  readPatienceMs: 15_000,
  backoffMs: 50,
  maxBackoffMs: 1_000,
  maxAppendBytes: 1_048_576,
  maxInFlight: 4_096,
  maxInFlightBytes: 64 * 1_048_576,
  maxHubEvents: 4_096,
}
