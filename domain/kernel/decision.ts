/** What deciding a command gives: events, or a refusal that explains itself. */

import type { DecidedEvent } from './event.ts'

/** The rule that refused, its figures, and what would have made it pass. */
export type Explanation = Readonly<{
  rule: string
  ruleVersion: number
  inputs: Readonly<Record<string, unknown>>
  ways: readonly string[]
}>

/** Why: a business rule (422), the state (409), nothing there (404), no right (403), a moved revision (412). */
export type RefusalKind = 'rule' | 'state' | 'unknown' | 'forbidden' | 'precondition'

export type Refusal = Readonly<{
  kind: RefusalKind
  code: string
  message: string
  decision: Explanation
}>

export type Decision =
  | Readonly<{ accepted: true; events: readonly DecidedEvent[] }>
  | Readonly<{ accepted: false; refusal: Refusal }>

/** Accepts; with no events, the command asks for what is already so. */
export function accept(...events: readonly DecidedEvent[]): Decision {
  return { accepted: true, events }
}

type Details = Readonly<{
  message: string
  inputs?: Readonly<Record<string, unknown>>
  ways?: readonly string[]
  rule?: string
  ruleVersion?: number
  kind?: RefusalKind
}>

export function refusal(code: string, details: Details): Refusal {
  return {
    kind: details.kind ?? 'rule',
    code,
    message: details.message,
    decision: {
      rule: details.rule ?? code,
      ruleVersion: details.ruleVersion ?? 1,
      inputs: details.inputs ?? {},
      ways: details.ways ?? [],
    },
  }
}

/** Refuses; nothing is written. `code` is the public problem code, such as `credit-insufficient`. */
export function refuse(code: string, details: Details): Decision {
  return { accepted: false, refusal: refusal(code, details) }
}
