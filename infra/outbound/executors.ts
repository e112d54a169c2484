/** Who asks outside systems, by kind of request. Whoever adds a kind adds its executor here. */

/** A row of the read model `outbound_requests` that is due. */
export type OutboundRequest = Readonly<{
  requestId: string
  kind: string
  subjectId: string
  counterparty: string
  data: Readonly<Record<string, unknown>>
  /** How often it was asked before. */
  attempt: number
}>

/** The command that records what was learnt. */
export type Learnt = Readonly<{ command: string; input: Readonly<Record<string, unknown>> }>

export type Executor = Readonly<{
  /** Whom it can ask; a request for another waits. */
  counterparties: readonly string[]
  /**
   * Asks, under our own id, so that asking twice does no harm. No answer is something learnt as well: its
   * command has the domain say when to ask again. The signal ends a call that takes too long. An error
   * that is thrown is a bug, or a matter of our own: the request stays, and is performed again later.
   */
  perform: (request: OutboundRequest, signal: AbortSignal) => Promise<Learnt | undefined>
}>

export type Executors = ReadonlyMap<string, Executor>

export const NO_EXECUTORS: Executors = new Map()
