/** Which styles of a workbook show a number as a date or a time. */

import { readPart, type Workbook } from './workbook.ts'

/** The number formats that every program knows by number; 27 to 36 and 50 to 58 are East Asian dates. */
const BUILT_IN_DATES = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
] as const

/** As many characters as programs let a format have; matching takes the square of their number. */
const MOST_FORMAT_LENGTH = 255

/** A format with a day, month, year, hour or second outside of texts, colours and escapes. */
function isDateFormat(code: string): boolean {
  if (code.length > MOST_FORMAT_LENGTH) return false
  const bare = code.replaceAll(/"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '')
  return /[dmyhs年月日]/i.test(bare)
}

/** The numbers of the cell styles that mean a date. */
export async function dateStyles({ part, styles }: Workbook): Promise<ReadonlySet<number>> {
  const stream = styles === undefined ? undefined : await part(styles)
  const dates = new Set<number>()
  if (stream === undefined) return dates
  const custom = new Map<number, boolean>()
  let inCellFormats = false
  let style = 0
  await readPart(stream, {
    open: (name, { numFmtId = '0', formatCode = '' }) => {
      if (name === 'numFmt') custom.set(Number(numFmtId), isDateFormat(formatCode))
      else if (name === 'cellXfs') inCellFormats = true
      else if (name === 'xf' && inCellFormats) {
        if (isDate(Number(numFmtId), custom)) dates.add(style)
        style += 1
      }
    },
    close: (name) => {
      if (name === 'cellXfs') inCellFormats = false
    },
  })
  return dates
}

function isDate(format: number, custom: ReadonlyMap<number, boolean>): boolean {
  return (
    custom.get(format) ?? BUILT_IN_DATES.some(([first, last]) => format >= first && format <= last)
  )
}
