/** Why something was not granted, as events keep it and answers tell it. */

import { z } from 'zod'

/** A public problem code, such as `stock-insufficient`. */
export const Code = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'must be a code such as no-longer-needed')

/** The rule that decided, its figures, and what would have made it pass. */
export const StoredExplanation = z.strictObject({
  rule: z.string().min(1),
  ruleVersion: z.number().int(),
  inputs: z.record(z.string(), z.json()),
  ways: z.array(z.string()),
})
export type StoredExplanation = z.output<typeof StoredExplanation>

/** A refusal that an event records, since others wait for it. */
export const StoredRefusal = z.strictObject({
  code: Code,
  message: z.string(),
  decision: StoredExplanation,
})
export type StoredRefusal = z.output<typeof StoredRefusal>

/** As an answer tells it: its figures are of any kind. */
export const ToldExplanation = z.object({
  rule: z.string(),
  ruleVersion: z.number().int(),
  inputs: z.record(z.string(), z.unknown()),
  ways: z.array(z.string()),
})
