/** What is checked before a day or a period closes, and what is said of that which blocks it. */

import { z } from 'zod'

/** Examples of one finding at most. */
export const MOST_EXAMPLES = 10

type Check = Readonly<{
  /** What is wrong, for so many. */
  says: (count: number) => string
  ways: readonly string[]
}>

const mended = ['ask support: the books themselves are wrong', 'close once that is mended']

/** Whatever may block a closing, by its name. */
const CHECKS = {
  'trial-balance': {
    says: () => 'debits and credits differ',
    ways: mended,
  },
  'receivables-by-dealer': {
    says: (count) => `of ${count} dealers the receivables are not what the ledger holds`,
    ways: mended,
  },
  'unapplied-cash-by-dealer': {
    says: (count) => `of ${count} dealers the unapplied cash is not what the ledger holds`,
    ways: mended,
  },
  'parked-sagas': {
    says: (count) => `${count} processes that move money stand still`,
    ways: ['mend what stopped them, then resume them: POST /v1/sagas/{id}/resume'],
  },
  'days-open': {
    says: (count) => `${count} days of the period are not closed`,
    ways: ['close them: POST /v1/business-days/{date}/close'],
  },
  'accounts-unknown': {
    says: (count) => `${count} accounts with entries are not in the chart`,
    ways: ['give their roles the codes that they had before'],
  },
  'payments-unknown': {
    says: (count) => `of ${count} payments nobody knows whether their money came`,
    ways: ['ask the provider, then POST /v1/payments/{id}/capture or /fail'],
  },
  'refunds-open': {
    says: (count) => `${count} refunds of the period are neither paid nor failed`,
    ways: ['POST /v1/refunds/{id}/paid or /fail'],
  },
  'statement-lines-open': {
    says: (count) => `${count} statement lines of the period are not cleared up`,
    ways: ['POST /v1/reconciliation/{lineId}/match or /ignore'],
  },
} as const satisfies Readonly<Record<string, Check>>

export const CheckName = z.enum(Object.keys(CHECKS) as (keyof typeof CHECKS)[])
export type CheckName = z.output<typeof CheckName>

/** What a check found: how many, and the first of them with their figures. */
export const Finding = z.strictObject({
  check: CheckName,
  count: z.number().int().min(0),
  examples: z.array(z.json()).max(MOST_EXAMPLES),
})
export type Finding = z.output<typeof Finding>

export const Findings = z.array(Finding)

export type Block = Finding & Readonly<{ message: string; ways: readonly string[] }>

/** Those findings that are any, each with what it means and what ends it. */
export function blocksOf(findings: readonly Finding[]): readonly Block[] {
  return findings
    .filter(({ count }) => count > 0)
    .map((finding) => {
      const { says, ways }: Check = CHECKS[finding.check]
      return { ...finding, message: says(finding.count), ways }
    })
}
