/** A file is one idempotent unit, whatever breaks meanwhile. */

import fc from 'fast-check'
import { test } from 'tap'
import { z } from 'zod'
import { EventStoreUnavailable } from '../../../commands/event-store.ts'
import type { CommandHandler } from '../../../commands/handler/handler.ts'
import { thisMachine } from '../../../commands/handler/machine.ts'
import { asId, asWholeNumber } from '../../../commands/imports/cells.ts'
import { fileImport } from '../../../commands/imports/declaration.ts'
import { createImporter, type Imported, type SentFile } from '../../../commands/imports/importer.ts'
import { rowVerdicts } from '../../../commands/imports/report.ts'
import type { Units } from '../../../commands/imports/units.ts'
import { fileImport as aggregate } from '../../../domain/fileImport/fileImport.ts'
import { createMemoryStore, type MemoryStore } from '../../../infra/event-store/memory-store.ts'
import { Count, Counted, over } from '../handler/tally.ts'

const text = { en: '', zh: '' }

const Tallies = fileImport({
  kind: 'tallies',
  path: '/tallies',
  summary: 'Count by file',
  unit: { en: 'tally', zh: '' },
  idName: 'tallyId',
  columns: {
    tally: { headings: text, read: asId(z.string()), example: '', explained: text },
    by: { headings: text, read: asWholeNumber(z.number()), example: 1, explained: text },
  },
  unitedBy: ['tally'],
  alike: [],
  command: Count,
  input: (rows) => ({ tallyId: rows[0].tally, by: rows.reduce((sum, { by }) => sum + by, 0) }),
})

/** One unit for each tally, named by its row; above 1,000 a tally is refused. */
function unitsOf(counts: readonly number[]): Units {
  const units = counts.map((by, at) => ({
    key: `T${at}`,
    rows: [at + 2],
    input: { tallyId: `T${at}`, by },
  }))
  return { units, refused: [] }
}

const ACTOR = { user: 'ann', role: 'brand-ops' }

function fileOf(counts: readonly number[], more: Partial<SentFile> = {}): SentFile {
  const contentHash = Buffer.from(JSON.stringify(counts)).toString('base64url')
  return {
    declared: Tallies,
    units: unitsOf(counts),
    contentHash: contentHash.slice(0, 43).padEnd(43, '_'),
    actor: ACTOR,
    ...more,
  }
}

function storeOf(): MemoryStore {
  const events = [Counted, ...aggregate.events]
  return createMemoryStore({ registry: new Map(events.map((one) => [one.eventType, one])) })
}

type Handle = CommandHandler['handle']

function soon(work: () => void): () => void {
  thisMachine.soon(work)
  return () => undefined
}

/** An importer as a process of its own has it; `around` stands between it and its handler. */
function importerOver(store: MemoryStore, around: (handle: Handle) => Handle = (handle) => handle) {
  const { handler } = over(store)
  return createImporter({
    handler: { handle: around(handler.handle) },
    store,
    machine: { ...thisMachine, later: soon },
    isTransient: (error) => error instanceof EventStoreUnavailable,
  })
}

async function totals(store: MemoryStore, counts: readonly number[]): Promise<readonly number[]> {
  return await Promise.all(
    counts.map(async (_, at) => {
      const events = await Array.fromAsync(store.readStream(`tally-T${at}`))
      return events.reduce((sum, { data }) => sum + (data as { by: number }).by, 0)
    }),
  )
}

function verdictsOf(imported: Imported) {
  if (!imported.accepted) throw new Error(imported.refusal.message)
  return rowVerdicts(imported.outcome.completed?.verdicts ?? [], Tallies.idName)
}

test('each unit is sent once, and answered again as the first time', async (t) => {
  const store = storeOf()
  const counts = [5, 2000, 7]
  const first = await importerOver(store).take(fileOf(counts))
  t.match(verdictsOf(first), [
    { row: 2, verdict: 'accepted', tallyId: 'T0' },
    { row: 3, verdict: 'refused', code: 'over-cap', message: 'Too much.' },
    { row: 4, verdict: 'accepted', tallyId: 'T2' },
  ])
  const again = await importerOver(store).take(fileOf(counts))
  t.match(again, { accepted: true, replayed: true })
  t.strictSame(verdictsOf(again), verdictsOf(first))
  t.strictSame(await totals(store, counts), [5, 0, 7])
})

test('the same key with another file is refused', async (t) => {
  const store = storeOf()
  const idempotencyKey = 'k'
  await importerOver(store).take(fileOf([1], { idempotencyKey }))
  const other = await importerOver(store).take(fileOf([2], { idempotencyKey }))
  t.match(other, { accepted: false, refusal: { code: 'idempotency-key-reused' } })
})

test('other callers have imports of their own', async (t) => {
  const store = storeOf()
  await importerOver(store).take(fileOf([1]))
  const other = await importerOver(store).take(fileOf([1], { actor: { ...ACTOR, user: 'ben' } }))
  t.match(other, { accepted: true, replayed: false })
  t.strictSame(await totals(store, [1]), [2])
})

/** Lets so many commands through, then ends as a process that dies. */
function dyingAfter(commands: number) {
  let left = commands
  return (handle: Handle): Handle =>
    async (request) => {
      left -= 1
      if (left < 0) throw new Error('the process died')
      return await handle(request)
    }
}

test('wherever it is cut short, sending it again finishes it with nothing doubled', async (t) => {
  const counts = [5, 2000, 7, 1, 2, 3, 4, 900]
  const deaths = fc.array(fc.nat(counts.length + 3), { maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(deaths, async (commands) => {
      const store = storeOf()
      for (const after of commands) {
        await importerOver(store, dyingAfter(after))
          .take(fileOf(counts))
          .catch(() => undefined)
      }
      const verdicts = verdictsOf(await importerOver(store).take(fileOf(counts)))
      t.strictSame(
        verdicts.map(({ verdict }) => verdict),
        counts.map((by) => (by > 1000 ? 'refused' : 'accepted')),
      )
      t.strictSame(
        await totals(store, counts),
        counts.map((by) => (by > 1000 ? 0 : by)),
      )
    }),
    { numRuns: 25 },
  )
})

test('two processes that take the same file give the same verdicts', async (t) => {
  const store = storeOf()
  const counts = [5, 2000, 7, 1]
  const answers = await Promise.allSettled([
    importerOver(store).take(fileOf(counts)),
    importerOver(store).take(fileOf(counts)),
  ])
  const last = verdictsOf(await importerOver(store).take(fileOf(counts)))
  for (const answer of answers) {
    if (answer.status === 'fulfilled') t.strictSame(verdictsOf(answer.value), last)
    else t.match(answer.reason, { name: 'Overloaded' })
  }
  t.strictSame(await totals(store, counts), [5, 0, 7, 1])
})

test('what is away for a moment is tried again; what stays away ends the request, not the import', async (t) => {
  const store = storeOf()
  let failures = 0
  const shaky =
    (handle: Handle): Handle =>
    (request) => {
      failures += 1
      if (failures % 3 !== 0) return Promise.reject(new EventStoreUnavailable('a test'))
      return handle(request)
    }
  t.equal(verdictsOf(await importerOver(store, shaky).take(fileOf([1, 2, 3]))).length, 3)
  const away =
    (handle: Handle): Handle =>
    (request) =>
      request.command === Count
        ? Promise.reject(new EventStoreUnavailable('a test'))
        : handle(request)
  await t.rejects(importerOver(store, away).take(fileOf([4, 5])), { name: 'EventStoreUnavailable' })
  t.equal(verdictsOf(await importerOver(store).take(fileOf([4, 5]))).length, 2)
})

test('many verdicts are recorded in pages that an append can take', async (t) => {
  const store = storeOf()
  const refused = Array.from({ length: 5_000 }, (_, at) => ({
    rows: [at + 2],
    code: 'cell-empty',
    message: 'm'.repeat(200),
  }))
  const sent = fileOf([], { units: { units: [], refused } })
  const first = await importerOver(store).take(sent)
  t.strictSame(verdictsOf(await importerOver(store).take(sent)), verdictsOf(first))
  const importId = first.accepted ? first.outcome.importId : ''
  const events = await Array.fromAsync(store.readStream(`fileImport-${importId}`))
  t.ok(events.length > 8, `${events.length} events`)
  t.ok(events.every(({ data }) => JSON.stringify(data).length < 256 * 1024))
})
