/** Which lines of statements stand for what in the books. Pure: the same input gives the same answer. */

import type { Books, Limits, MatchResult, StatementLine } from './types.ts'

/** One result for each line, in their order. No item stands for two lines. */
export function match(
  lines: readonly StatementLine[],
  _books: Books,
  _limits: Limits,
): readonly MatchResult[] {
  return lines.map(({ line, lineKey }) => ({
    line,
    lineKey,
    class: 'exception',
    rule: 'none',
    code: 'no-counterpart',
    message: 'Nothing open is like it.',
  }))
}
