/** The simulated authority's memory: which number each document got, in Postgres, for good. */

import type pg from 'pg'
import type { Numbered } from '../../commands/tax-authority.ts'
import { inTransaction } from '../../projections/engine/transaction.ts'

const TABLES = `
  SELECT pg_advisory_xact_lock(hashtext('tradeline.tax_authority'));
  CREATE SCHEMA IF NOT EXISTS tax_authority;
  CREATE TABLE IF NOT EXISTS tax_authority.documents (
    document_id text PRIMARY KEY,
    code text NOT NULL, -- the series
    number bigint NOT NULL CHECK (number > 0),
    content_hash text NOT NULL,
    issued_at timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
    UNIQUE (code, number)
  )`

/** Makes the table unless it is there. */
export async function prepareRegister(pool: Pick<pg.Pool, 'query'>): Promise<void> {
  await pool.query(TABLES) // one message, so one transaction
}

/** A document that had a number before, under other content. */
export const CONFLICT = 'conflict'

type Wanted = Readonly<{ documentId: string; code: string; contentHash: string }>

type Row = Readonly<{ code: string; number: bigint; content_hash: string; issued_at: Date }>

const KNOWN = `
  SELECT code, number, content_hash, issued_at FROM tax_authority.documents WHERE document_id = $1`

/** One after another in a series, so that there is no gap. */
const NEXT = `
  INSERT INTO tax_authority.documents (document_id, code, number, content_hash)
  SELECT $1, $2, coalesce(max(number), 0) + 1, $3 FROM tax_authority.documents WHERE code = $2
  RETURNING code, number, content_hash, issued_at`

/** The document's number: the one it has, or else the next of its series. */
export async function numberOf(
  pool: pg.Pool,
  { documentId, code, contentHash }: Wanted,
): Promise<Numbered | typeof CONFLICT> {
  const row = await inTransaction(pool, 'BEGIN', async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('tradeline.tax_authority.' || $1))`, [
      code,
    ])
    const known = await client.query<Row>(KNOWN, [documentId])
    if (known.rows[0] !== undefined) return known.rows[0]
    const next = await client.query<Row>(NEXT, [documentId, code, contentHash])
    return next.rows[0]
  })
  if (row === undefined) throw new Error(`no number could be given to ${documentId}`)
  return row.content_hash === contentHash ? numbered(row) : CONFLICT
}

const LEAST_DIGITS = 8

function numbered({ code, number, issued_at }: Row): Numbered {
  const text = String(number).padStart(LEAST_DIGITS, '0')
  return { code, number: text, issuedAt: issued_at.toISOString() }
}

/** All numbers that were given, in order. */
export async function allNumbers(
  pool: pg.Pool,
): Promise<readonly (Numbered & Readonly<{ documentId: string }>)[]> {
  const { rows } = await pool.query<Row & Readonly<{ document_id: string }>>(
    'SELECT document_id, code, number, issued_at FROM tax_authority.documents ORDER BY code, number',
  )
  return rows.map((row) => ({ documentId: row.document_id, ...numbered(row) }))
}
