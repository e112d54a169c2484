/** The index of command ids, read from its read model together with its checkpoint. */

import type pg from 'pg'
import { Overloaded } from '../../commands/handler/errors.ts'
import type { CommandIndex, IndexedCommand } from '../../commands/handler/ports.ts'
import { START } from '../../domain/kernel/position.ts'

type Row = Readonly<{
  checkpoint: bigint | null
  command_id: string | null
  stream: string
  payload_hash: string
  last_revision: bigint
  events: number
}>

/** One statement, and so one snapshot: the rows are never older than the checkpoint says. */
const LOOKUP = `
  select build.position as checkpoint, found.*
  from projections.build
  left join read.command_index found on found.command_id = any($1)
  where build.model = 'command_index' and build.serving`

const UNDEFINED_TABLE = '42P01'

export function createCommandIndex(pool: pg.Pool): CommandIndex {
  return {
    async lookup(commandIds) {
      const rows = await query(pool, commandIds)
      const found = new Map<string, IndexedCommand>()
      for (const row of rows) {
        if (row.command_id !== null) found.set(row.command_id, indexed(row.command_id, row))
      }
      return { checkpoint: rows[0]?.checkpoint ?? START, found }
    },
  }
}

async function query(pool: pg.Pool, commandIds: readonly string[]): Promise<readonly Row[]> {
  try {
    return (await pool.query<Row>({ name: 'command-index', text: LOOKUP, values: [commandIds] }))
      .rows
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === UNDEFINED_TABLE) throw new Overloaded('the command index is not there yet')
    throw error
  }
}

function indexed(commandId: string, row: Row): IndexedCommand {
  return {
    commandId,
    stream: row.stream,
    payloadHash: row.payload_hash,
    firstRevision: row.last_revision - BigInt(row.events) + 1n,
    lastRevision: row.last_revision,
  }
}
