/** How much a command handler keeps, and lets wait. */
export type HandlerLimits = Readonly<{
  /** Streams kept in memory. */
  cachedStreams: number
  /** Commands waiting, over all mailboxes. */
  waiting: number
  /** Commands taken into one append. */
  perAppend: number
  /** Streams being loaded at once. */
  loading: number
  /** How often a turn is decided again after another writer came first. */
  tries: number
  /** Command ids a stream keeps in memory before it leaves older ones to the index. */
  knownCommands: number
  /** Events between two snapshots of a stream. */
  snapshotEvery: number
  /** Accepted commands remembered over all streams, to know a key used on another one. */
  rememberedCommands: number
}>

export const DEFAULT_LIMITS: HandlerLimits = {
  cachedStreams: 20_000,
  waiting: 20_000,
  perAppend: 256,
  loading: 64,
  tries: 8,
  knownCommands: 20_000,
  snapshotEvery: 2_000,
  rememberedCommands: 50_000,
}
