/** How a call ends when it does not end well. */
import { Metadata, status } from '@grpc/grpc-js'

/** A gRPC status that a handler throws or emits. */
export class CallError extends Error {
  override readonly name = 'CallError'
  readonly code: status
  readonly metadata: Metadata

  constructor(code: status, message: string, trailers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.code = code
    this.metadata = new Metadata()
    for (const [key, value] of Object.entries(trailers)) this.metadata.set(key, value)
  }
}

/** For what EventStoreDB offers and this node does not. */
export const unimplemented = (what: string) =>
  new CallError(status.UNIMPLEMENTED, `The embedded event store does not implement ${what}.`)

export const unavailable = (why: string) => new CallError(status.UNAVAILABLE, why)

export const overloaded = (why: string) => new CallError(status.RESOURCE_EXHAUSTED, why)

/** EventStoreDB answers requests it can't make sense of with this, whatever is wrong with them. */
export const unintelligible = () =>
  new CallError(status.UNKNOWN, 'Exception was thrown by handler.')

/** EventStoreDB's answer to a read of a stream that asks for nothing. */
export const unknownResult = () =>
  new CallError(status.UNKNOWN, 'Unexpected ReadStreamResult: Error')

/** Whatever a handler threw, as the status its call ends with. */
export function asCallError(error: unknown): CallError {
  if (error instanceof CallError) return error
  const reason = error instanceof Error ? error.message : String(error)
  return unavailable(`The event log can't be reached: ${reason}`)
}
