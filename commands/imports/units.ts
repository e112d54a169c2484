/** From the rows of a file to its units: what is wrong with a row is wrong with its whole unit. */

import type { z } from 'zod'
import type { Verdict } from '../../domain/fileImport/fileImport.ts'
import { EMPTY, type Fault } from './cells.ts'
import type { AnyFileImport, Columns, FileRow, RowOf } from './declaration.ts'
import type { Layout } from './headings.ts'

/** What one command is made of. */
export type Unit = Readonly<{
  /** Names the unit within the file: the same file gives the same. */
  key: string
  rows: readonly number[]
  /** Parsed by the command's schema. */
  input: unknown
}>

/** The units to send, and what is refused without asking further. */
export type Units = Readonly<{ units: readonly Unit[]; refused: readonly Verdict[] }>

type Values = RowOf<Columns>
type ReadRow = Readonly<{ row: number; values: Values; faults: readonly Fault[] }>

export type UnitReader = Readonly<{
  /** Takes a row with something in it. */
  add: (row: FileRow) => void
  rows: () => number
  end: () => Units
}>

/** Collects the rows of a file into units. */
export function unitReader(declared: AnyFileImport, layout: Layout): UnitReader {
  const groups = new Map<string, ReadRow[]>()
  const astray: Astray[] = []
  let above: string | undefined
  let count = 0

  function add(row: FileRow): void {
    count += 1
    const one = readRow(declared, layout, row)
    const key = keyOf(declared, one.values)
    if (key === undefined) {
      astray.push({ ...one, above })
      return
    }
    above = key
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }

  function end(): Units {
    const spoilt = spoiling(declared, groups, astray)
    const units: Unit[] = []
    const refused: Verdict[] = astray.map(refusedAlone)
    for (const [key, rows] of groups) {
      const judged = unitOf(declared, layout, key, rows, spoilt.get(key))
      if ('refused' in judged) refused.push(...judged.refused)
      else units.push(judged)
    }
    return { units, refused }
  }

  return { add, rows: () => count, end }
}

/** A row that names no unit, and the unit of the row above it. */
type Astray = ReadRow & Readonly<{ above: string | undefined }>

function readRow({ columns }: AnyFileImport, { places }: Layout, { row, cells }: FileRow): ReadRow {
  const values: Record<string, unknown> = {}
  const faults: Fault[] = []
  for (const [name, column] of Object.entries(columns)) {
    const place = places.get(name)
    const read = column.read((place && cells[place.at]) ?? EMPTY)
    if (read.ok) values[name] = read.value
    else {
      const { code, message } = read.fault
      faults.push({ code, message: `${place?.heading ?? name}: ${message}` })
    }
  }
  return { row, values, faults }
}

/** Undefined if one of the cells that name the unit can't be read. */
function keyOf({ unitedBy }: AnyFileImport, values: Values): string | undefined {
  const parts = unitedBy.map((name) => values[name])
  return parts.includes(undefined) ? undefined : JSON.stringify(parts)
}

/**
 * The units to which a row astray may belong, each with the first such row: those that agree with it as
 * far as it can be read; if its first name can't be read (a merged cell, say), the unit of the row above.
 */
function spoiling(
  declared: AnyFileImport,
  groups: ReadonlyMap<string, readonly ReadRow[]>,
  astray: readonly Astray[],
): ReadonlyMap<string, number> {
  const spoilt = new Map<string, number>()
  const [first = ''] = declared.unitedBy
  const byFirst = Map.groupBy(groups, ([, rows]) => rows[0]?.values[first])
  const spoil = (key: string, row: number) => spoilt.set(key, spoilt.get(key) ?? row)
  for (const { row, values, above } of astray) {
    if (values[first] !== undefined) {
      for (const [key] of byFirst.get(values[first]) ?? []) spoil(key, row)
      byFirst.delete(values[first]) // the next such row finds them spoilt
    } else if (above !== undefined) spoil(above, row)
  }
  return spoilt
}

function refusedAlone({ row, faults }: ReadRow): Verdict {
  return { rows: [row], ...together(faults) }
}

function together(faults: readonly Fault[]): Fault {
  return {
    code: faults[0]?.code ?? 'row-refused',
    message: faults.map(({ message }) => message).join('; '),
  }
}

type Refused = Readonly<{ refused: readonly Verdict[] }>

function unitOf(
  declared: AnyFileImport,
  { places }: Layout,
  key: string,
  rows: readonly ReadRow[],
  spoiltBy: number | undefined,
): Unit | Refused {
  const [first, ...others] = rows
  if (first === undefined) throw new Error('a unit without rows')
  const bad = rows.filter(({ faults }) => faults.length > 0)
  const badRow = bad[0]?.row ?? spoiltBy
  if (badRow !== undefined) return { refused: withBadRows(declared, rows, bad, badRow) }
  const numbers = rows.map(({ row }) => row)
  const differing = declared.alike.find(
    (name) => new Set(rows.map((one) => one.values[name])).size > 1,
  )
  if (differing !== undefined) {
    const heading = places.get(differing)?.heading ?? differing
    return { refused: [{ rows: numbers, ...rowsDiffer(declared, heading, differing, rows) }] }
  }
  const input = declared.input([first.values, ...others.map(({ values }) => values)])
  const parsed = declared.command.schema.safeParse(input)
  if (!parsed.success) return { refused: [{ rows: numbers, ...inputInvalid(parsed.error) }] }
  return { key, rows: numbers, input: parsed.data }
}

/** The bad rows each with their own fault, the others because of them. */
function withBadRows(
  { unit }: AnyFileImport,
  rows: readonly ReadRow[],
  bad: readonly ReadRow[],
  badRow: number,
): readonly Verdict[] {
  const good = rows.filter(({ faults }) => faults.length === 0).map(({ row }) => row)
  const verdicts = bad.map(refusedAlone)
  if (good.length === 0) return verdicts
  const message = `row ${badRow} of this ${unit.en} can't be read, so nothing of it is taken`
  return [...verdicts, { rows: good, code: 'unit-has-bad-row', message }]
}

const MOST_ROWS_NAMED = 20

function rowsDiffer(
  { unit }: AnyFileImport,
  heading: string,
  name: string,
  rows: readonly ReadRow[],
): Fault {
  const byValue = Map.groupBy(rows, ({ values }) => String(values[name]))
  const said = [...byValue].map(([value, of]) => `${value} in ${rowsNamed(of)}`)
  return {
    code: 'rows-differ',
    message: `${heading}: one ${unit.en} has one, but this has ${said.slice(0, MOST_ROWS_NAMED).join(', ')}`,
  }
}

function rowsNamed(rows: readonly ReadRow[]): string {
  const named = rows.slice(0, MOST_ROWS_NAMED).map(({ row }) => row)
  const more = rows.length > named.length ? ', …' : ''
  return `row${rows.length > 1 ? 's' : ''} ${named.join(', ')}${more}`
}

function inputInvalid(error: z.ZodError): Fault {
  const [issue] = error.issues
  const path = issue?.path.map(String).join('.') ?? ''
  return { code: 'invalid-request', message: `${path}: ${issue?.message ?? 'not valid'}` }
}
