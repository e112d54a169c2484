/** Where the servers are that a process stands on. */

export type Servers = Readonly<{
  databaseUrl: string
  eventStoreUrl: string
  natsUrl: string | undefined
  /** What could not be brought up, in sentences. */
  missing: readonly string[]
}>
