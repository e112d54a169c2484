/**
 * Outside systems that send commands by calling back: carriers, payment providers. They carry no token but
 * sign what they send, each in its own words; a port of ours per system tells theirs from others', and
 * puts what they say into ours.
 */

import type { z } from 'zod'

/** A message in our words; its id is the sender's, the same whenever it is sent. */
export type Translated<Message = unknown> = Readonly<{ messageId: string; message: Message }>

export type Received = Readonly<{
  headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** The body, byte by byte. */
  raw: Buffer
}>

/** An outside system that calls back. */
export interface Correspondent<Message = unknown> {
  /** Whether it was they who sent this, and lately. */
  isTheirs(received: Received, now: Date): boolean
  /** What a body says; the error names what is not as it has to be. */
  read(body: unknown): z.ZodSafeParseResult<Translated<Message>>
}

/** Those that may call: by kind, then by name. */
export type Correspondents = ReadonlyMap<string, ReadonlyMap<string, Correspondent>>
