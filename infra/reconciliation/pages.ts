/** What the rules say of a statement's lines, page by page; it is matched once, for all its pages. */

import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import { pageOf } from '../../domain/bankStatement/events.ts'
import type { LineToClassify } from '../../domain/bankStatement/take.ts'
import {
  DEFAULT_LIMITS,
  type MatchResult,
  type StatementLine,
} from '../../domain/reconciliation/types.ts'
import { booksOf, linesOf } from './books.ts'
import { matched } from './matching.ts'

type Pages = ReadonlyMap<number, readonly LineToClassify[]>

/** Statements whose pages are kept until the last is asked for. */
const MOST_KEPT = 4

export type StatementPages = (
  statementId: string,
  page: number,
) => Promise<readonly LineToClassify[]>

/** `upToDate` resolves once the read models have seen all that is written. */
export function createStatementPages(pool: pg.Pool, upToDate: () => Promise<void>): StatementPages {
  const kept = new LRUCache<string, Promise<Pages>>({ max: MOST_KEPT })

  async function matchedPages(statementId: string): Promise<Pages> {
    await upToDate()
    const lines = await linesOf(pool, statementId)
    const [from = ''] = lines.map(({ date }) => date).sort()
    const books = await booksOf(pool, from)
    const results = await matched({ lines, books, limits: DEFAULT_LIMITS })
    return pagesOf(lines, results)
  }

  return async (statementId, page) => {
    const pages = kept.get(statementId) ?? matchedPages(statementId)
    kept.set(statementId, pages)
    try {
      const found = await pages
      if (page === Math.max(...found.keys())) kept.delete(statementId)
      return found.get(page) ?? []
    } catch (error) {
      kept.delete(statementId)
      throw error
    }
  }
}

function pagesOf(lines: readonly StatementLine[], results: readonly MatchResult[]): Pages {
  if (results.length !== lines.length) throw new Error('not every line has one result')
  const classified = results.map((result, at) => toClassify(lines[at] as StatementLine, result))
  return Map.groupBy(classified, ({ line }) => pageOf(line))
}

function toClassify(
  { date, valueOn, amount, bankId, settlement }: StatementLine,
  result: MatchResult,
): LineToClassify {
  if (result.class === 'matched' && result.counterpart === undefined) {
    throw new Error(`line ${result.line} is matched with nothing`)
  }
  const { candidates, message, ...said } = result
  return {
    ...said,
    date,
    amount,
    ...(valueOn === undefined ? {} : { valueOn }),
    ...(settlement && { settlement: { gross: settlement.gross, fee: settlement.fee } }),
    ...(bankId === undefined || bankId.trim() === '' ? {} : { reference: bankId.trim() }),
    ...(message === '' ? {} : { message }),
    ...(candidates === undefined ? {} : { candidates: [...candidates] }),
  }
}
