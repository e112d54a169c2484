/**
 * The read models' tables as the read service queries them: views in the schema `read`. Their rows are
 * typed by the read models' declarations.
 */

import type { ColumnType, Kysely } from 'kysely'
import type { audit } from '../projections/audit.ts'
import type { catalogue } from '../projections/catalogue.ts'
import type { credit } from '../projections/credit.ts'
import type { invoices } from '../projections/invoices.ts'
import type { ledger } from '../projections/ledger.ts'
import type { orders } from '../projections/orders.ts'
import type { payments } from '../projections/payments.ts'
import type { Column, ReadModel, Table } from '../projections/read-model.ts'
import type { receivables } from '../projections/receivables.ts'
import type { refunds } from '../projections/refunds.ts'
import type { returns } from '../projections/returns.ts'
import type { reviews } from '../projections/reviews.ts'
import type { statements } from '../projections/statements.ts'
import type { stock } from '../projections/stock.ts'

/** Read exactly: int8 as bigint, numeric and date as text. */
type Cells = {
  text: string
  integer: number
  bigint: bigint
  numeric: ColumnType<string, string, string>
  boolean: boolean
  date: string
  timestamptz: Date
  jsonb: ColumnType<unknown, string, string>
  'text[]': string[]
}

type CellOf<Of extends Column> =
  | Cells[Of['type']]
  | (Of extends Readonly<{ nullable: true }> ? null : never)

type RowOf<Of extends Table> = { [Name in keyof Of['columns']]: CellOf<Of['columns'][Name]> }

type TablesOf<Model> =
  Model extends ReadModel<infer Declared>
    ? { [Name in keyof Declared]: RowOf<Declared[Name]> }
    : never

export type Tables = TablesOf<typeof audit> &
  TablesOf<typeof catalogue> &
  TablesOf<typeof credit> &
  TablesOf<typeof invoices> &
  TablesOf<typeof ledger> &
  TablesOf<typeof orders> &
  TablesOf<typeof payments> &
  TablesOf<typeof receivables> &
  TablesOf<typeof refunds> &
  TablesOf<typeof returns> &
  TablesOf<typeof reviews> &
  TablesOf<typeof statements> &
  TablesOf<typeof stock>

/** Bound to the schema `read`. */
export type ReadDatabase = Kysely<Tables>
