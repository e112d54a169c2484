/** The table of an invoice's lines, on as many pages as it needs. Lengths are points, 1/72 inch. */

import type { PrintedLine } from './invoice-printed.ts'

/** A4 with its margins. */
export const PAGE = { margin: 36, width: 523, bottom: 780 } as const
export const FONT = 'text'

type Column = Readonly<{
  heading: string
  width: number
  align: 'left' | 'right'
  textOf: (line: PrintedLine, index: number) => string
}>

const COLUMNS: readonly Column[] = [
  { heading: '序号\nNo.', width: 30, align: 'left', textOf: (_, index) => String(index + 1) },
  { heading: '货物名称\nItem', width: 147, align: 'left', textOf: ({ name }) => name },
  { heading: '编码\nSKU', width: 72, align: 'left', textOf: ({ sku }) => sku },
  { heading: '数量\nQuantity', width: 54, align: 'right', textOf: ({ quantity }) => quantity },
  { heading: '单价\nUnit price', width: 64, align: 'right', textOf: (line) => line.unitPrice },
  { heading: '金额\nNet', width: 68, align: 'right', textOf: ({ net }) => net },
  { heading: '税率\nRate', width: 30, align: 'right', textOf: ({ taxRate }) => taxRate },
  { heading: '税额\nTax', width: 58, align: 'right', textOf: ({ tax }) => tax },
]

const GAP = 4
const BETWEEN_ROWS = 3
const TEXT_SIZE = 8

export function drawLines(document: PDFKit.PDFDocument, lines: readonly PrintedLine[]): void {
  document.fontSize(TEXT_SIZE)
  drawHeadings(document)
  for (const [index, line] of lines.entries()) {
    const texts = COLUMNS.map(({ textOf }) => textOf(line, index))
    const height = rowHeight(document, texts)
    if (document.y + height > PAGE.bottom) {
      document.addPage()
      drawHeadings(document)
    }
    drawRow(document, texts, height)
  }
}

function drawHeadings(document: PDFKit.PDFDocument): void {
  const texts = COLUMNS.map(({ heading }) => heading)
  drawRow(document, texts, rowHeight(document, texts))
  drawRules(document, document.y)
  document.y += BETWEEN_ROWS
}

/** A line across the page. */
export function drawRules(document: PDFKit.PDFDocument, y: number): void {
  document
    .moveTo(PAGE.margin, y)
    .lineTo(PAGE.margin + PAGE.width, y)
    .lineWidth(0.5)
    .stroke()
}

/** What is longer than its column goes on below: nothing of an invoice is left out. */
function rowHeight(document: PDFKit.PDFDocument, texts: readonly string[]): number {
  const heights = COLUMNS.map(({ width }, at) =>
    document.heightOfString(texts[at] ?? '', { width: width - GAP }),
  )
  return Math.max(...heights)
}

function drawRow(document: PDFKit.PDFDocument, texts: readonly string[], height: number): void {
  const y = document.y
  let x = PAGE.margin
  for (const [at, { width, align }] of COLUMNS.entries()) {
    const shifted = align === 'right' ? x + GAP : x
    const text = texts[at] ?? ''
    drawCell(document, { text, x: shifted, y, width: width - GAP, align })
    x += width
  }
  document.y = y + height + BETWEEN_ROWS
}

type Cell = Readonly<{
  text: string
  x: number
  y: number
  width: number
  align?: 'left' | 'right' | 'center'
}>

export function drawCell(document: PDFKit.PDFDocument, cell: Cell): void {
  const { text, x, y, width, align = 'left' } = cell
  document.text(text, x, y, { width, align })
}
