/** What a cell of a file holds, and how it is read as a value. */

/** As the file's own program would show it; `text` of a number is how it was written down. */
export type Cell =
  | Readonly<{ kind: 'empty' }>
  | Readonly<{ kind: 'text'; text: string }>
  | Readonly<{ kind: 'number'; number: number }>
  | Readonly<{ kind: 'date' }>
  | Readonly<{ kind: 'boolean' }>
  /** A formula's error, such as `#N/A`. */
  | Readonly<{ kind: 'error'; text: string }>
  /** A formula whose result was never stored. */
  | Readonly<{ kind: 'uncalculated' }>
  | Readonly<{ kind: 'too-long' }>

export const EMPTY: Cell = { kind: 'empty' }

/** The most characters a cell may have. */
export const MOST_CELL_LENGTH = 1_000

/** A cell of text; blanks at its ends do not count. */
export function textCell(text: string): Cell {
  const trimmed = text.trim()
  if (trimmed === '') return EMPTY
  return trimmed.length > MOST_CELL_LENGTH ? { kind: 'too-long' } : { kind: 'text', text: trimmed }
}

/** Why a cell can't be read; the message continues the column's heading. */
export type Fault = Readonly<{ code: string; message: string }>

export type Read<Value> =
  | Readonly<{ ok: true; value: Value }>
  | Readonly<{ ok: false; fault: Fault }>

/** How the cells of a column become values. */
export type Reader<Value> = (cell: Cell) => Read<Value>

function read<Value>(value: Value): Read<Value> {
  return { ok: true, value }
}

function fault(code: string, message: string): Read<never> {
  return { ok: false, fault: { code, message } }
}

/** What may be checked further: a zod schema, say. */
type Schema<Value> = Readonly<{
  safeParse: (
    value: unknown,
  ) =>
    | Readonly<{ success: true; data: Value }>
    | Readonly<{ success: false; error: { issues: readonly { message: string }[] } }>
}>

/** Text as it stands, such as a name. */
export function asText(schema: Schema<string>): Reader<string> {
  return (cell) => checked(plainText(cell), schema)
}

/** An id: full-width letters, digits and signs mean their common forms. */
export function asId(schema: Schema<string>): Reader<string> {
  return (cell) => {
    const text = plainText(cell)
    return checked(text.ok ? read(text.value.normalize('NFKC').trim()) : text, schema)
  }
}

function checked(text: Read<string>, schema: Schema<string>): Read<string> {
  if (!text.ok) return text
  const parsed = schema.safeParse(text.value)
  if (parsed.success) return read(parsed.data)
  const [issue] = parsed.error.issues
  return fault('cell-invalid', `${shown(text.value)} ${issue?.message ?? 'is not valid'}`)
}

/** Digits with an optional sign, thousands parted by commas, and no decimals but zeros. */
const WHOLE = /^[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.0+)?$/
const DECIMAL = /^[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)\.\d+$/

/** A whole number, as a number or typed as text, in full-width digits too. */
export function asWholeNumber(schema: Schema<number>): Reader<number> {
  return (cell) => {
    const number = wholeNumber(cell)
    if (!number.ok) return number
    const parsed = schema.safeParse(number.value)
    if (parsed.success) return read(parsed.data)
    const [issue] = parsed.error.issues
    return fault('number-out-of-range', `${number.value} ${issue?.message ?? 'is not valid'}`)
  }
}

function wholeNumber(cell: Cell): Read<number> {
  if (cell.kind === 'number') {
    return Number.isInteger(cell.number)
      ? read(cell.number)
      : fault('number-not-whole', `${cell.number} must be a whole number`)
  }
  const given = plainText(cell)
  if (!given.ok) return given
  const text = given.value.normalize('NFKC').replaceAll(/\s/g, '')
  if (WHOLE.test(text)) return read(Number(text.replaceAll(',', '')))
  return DECIMAL.test(text)
    ? fault('number-not-whole', `${text} must be a whole number`)
    : fault('not-a-number', `${shown(given.value)} is not a number`)
}

/** One of some values, each by any of its names, whatever their case. */
export function asChoice<Value extends string>(
  names: Readonly<Record<Value, readonly string[]>>,
): Reader<Value> {
  const choices = Object.entries(names) as [Value, readonly string[]][]
  const byName = new Map(
    choices.flatMap(([value, also]) => [value, ...also].map((name) => [folded(name), value])),
  )
  const all = choices.map(([value, also]) => [value, ...also].join(' / ')).join(', or ')
  return (cell) => {
    const text = plainText(cell)
    if (!text.ok) return text
    const value = byName.get(folded(text.value))
    return value === undefined
      ? fault('choice-unknown', `${shown(text.value)} must be ${all}`)
      : read(value)
  }
}

/** Text for comparing: common forms, lower case, no blanks. */
export function folded(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll(/\s/g, '')
}

function plainText(cell: Cell): Read<string> {
  switch (cell.kind) {
    case 'text':
      return read(cell.text)
    case 'number':
      return digits(cell.number)
    case 'empty':
      return fault('cell-empty', 'is empty')
    case 'date':
      return fault('cell-is-date', 'is a date: format the column as text')
    case 'boolean':
      return fault('cell-is-boolean', 'is true or false: format the column as text')
    case 'error':
      return fault('cell-is-error', `is ${cell.text}: the formula has no result`)
    case 'uncalculated':
      return fault('cell-uncalculated', 'is a formula without a stored result: save its value')
    case 'too-long':
      return fault('cell-too-long', `has more than ${MOST_CELL_LENGTH} characters`)
  }
}

/** Programs keep 15 digits of a number: of a longer one the rest is lost. */
const EXACT_UNTIL = 1e15

function digits(number: number): Read<string> {
  return Math.abs(number) < EXACT_UNTIL
    ? read(number.toString())
    : fault('number-inexact', 'has more than 15 digits, of which some are lost: write it as text')
}

const SHOWN = 40

function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text)
}
