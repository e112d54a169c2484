/** What the demo asks of the write service, and under which keys. */

import type { Role } from '../domain/kernel/roles.ts'

/** A write: the same key always goes with the same body, so that sending it again changes nothing. */
export type WriteRequest = Readonly<{
  /** Below `/v1`. */
  path: string
  body: Readonly<Record<string, unknown>>
  key: string
  role: Role
}>

/** The idempotency key of a fact of the data: `northwind/order/10248`. */
export function keyOf(...parts: readonly string[]): string {
  return ['northwind', ...parts].join('/')
}
