/** An invoice as a PDF on A4: as many pages as its lines need, the same bytes for the same invoice. */

import { createRequire } from 'node:module'
import { join } from 'node:path'
import PDFDocument from 'pdfkit'
import { drawCell, drawLines, drawRules, FONT, PAGE } from './invoice-layout.ts'
import type { Party, PrintedInvoice } from './invoice-printed.ts'

const require = createRequire(import.meta.url)

/** Latin and simplified Chinese; embedded, as far as it is used. */
const FONT_FILE = join(
  require.resolve('@embedpdf/fonts-sc'),
  '..',
  '..',
  'fonts',
  'NotoSansHans-Regular.otf',
)

export async function invoicePdf(invoice: PrintedInvoice): Promise<Buffer> {
  const document = new PDFDocument({
    size: 'A4',
    margin: PAGE.margin,
    bufferPages: true,
    font: FONT_FILE,
    lang: 'zh-CN',
    info: {
      Title: `${titleOf(invoice)} ${invoice.number}`,
      Author: invoice.seller.name,
      Subject: invoice.id,
      CreationDate: new Date(invoice.issuedAt),
      ModDate: new Date(invoice.issuedAt),
    },
  })
  const bytes = collected(document)
  document.registerFont(FONT, FONT_FILE).font(FONT)
  drawHead(document, invoice)
  drawLines(document, invoice.lines)
  drawSums(document, invoice)
  numberPages(document, invoice)
  document.end()
  return await bytes
}

function collected(document: PDFKit.PDFDocument): Promise<Buffer> {
  const chunks: Buffer[] = []
  return new Promise((resolve, reject) => {
    document.on('data', (chunk: Buffer) => chunks.push(chunk))
    document.on('end', () => resolve(Buffer.concat(chunks)))
    document.on('error', reject)
  })
}

const KINDS = { electronic: '电子 Electronic', paper: '纸质 Paper' } as const
const RED = '#c00000'
const BLACK = '#000000'

function titleOf({ of }: PrintedInvoice): string {
  return of === undefined ? '发票 Invoice' : '红字发票 Red-letter invoice'
}

function drawHead(document: PDFKit.PDFDocument, invoice: PrintedInvoice): void {
  const { kind, code, number, issuedOn, of, buyer, seller } = invoice
  document
    .fontSize(20)
    .fillColor(of === undefined ? BLACK : RED)
    .text(titleOf(invoice), PAGE.margin, PAGE.margin, { width: PAGE.width, align: 'center' })
    .fillColor(BLACK)
    .fontSize(9)
  const facts = [
    `种类 Kind: ${KINDS[kind]}`,
    `发票代码 Code: ${code}`,
    `发票号码 No.: ${number}`,
    `开票日期 Date: ${issuedOn}`,
    ...(of === undefined ? [] : [`对应蓝字发票 Takes back: ${of.code} ${of.number}`]),
  ]
  let y = document.y + 8
  for (const fact of facts) {
    drawCell(document, { text: fact, x: PAGE.margin + PAGE.width / 2, y, width: PAGE.width / 2 })
    y = document.y + 2
  }
  const half = PAGE.width / 2 - 6
  const top = y + 6
  const ends = [
    drawParty(document, '购买方 Buyer', buyer, { x: PAGE.margin, y: top, width: half }),
    drawParty(document, '销售方 Seller', seller, {
      x: PAGE.margin + PAGE.width / 2 + 6,
      y: top,
      width: half,
    }),
  ]
  document.y = Math.max(...ends) + 10
}

type Box = Readonly<{ x: number; y: number; width: number }>

/** Gives where it ends. */
function drawParty(
  document: PDFKit.PDFDocument,
  heading: string,
  { name, taxId }: Party,
  { x, y, width }: Box,
): number {
  let at = y
  for (const text of [heading, `名称 Name: ${name}`, `税号 Tax id: ${taxId}`]) {
    drawCell(document, { text, x, y: at, width })
    at = document.y + 2
  }
  return at
}

const SUMS_HEIGHT = 120

function drawSums(document: PDFKit.PDFDocument, invoice: PrintedInvoice): void {
  const { net, tax, amount, capitals, remarks } = invoice
  if (document.y + SUMS_HEIGHT > PAGE.bottom) document.addPage()
  drawRules(document, document.y)
  const sums = [
    `合计 Net: ¥${net}`,
    `税额 Tax: ¥${tax}`,
    `价税合计（小写）Total: ¥${amount}`,
    `价税合计（大写）In words: ${capitals}`,
    ...remarks.map((text) => `备注 Remark: ${text}`),
  ]
  let y = document.y + 6
  for (const text of sums) {
    drawCell(document, { text, x: PAGE.margin, y, width: PAGE.width })
    y = document.y + 3
  }
}

function numberPages(document: PDFKit.PDFDocument, { number }: PrintedInvoice): void {
  const { start, count } = document.bufferedPageRange()
  for (let page = 0; page < count; page++) {
    document.switchToPage(start + page)
    // Below the margin: else it would make a page of its own.
    document.page.margins.bottom = 0
    const text = `${number} · ${page + 1} / ${count}`
    const at = { x: PAGE.margin, y: PAGE.bottom + 10, width: PAGE.width }
    drawCell(document, { text, ...at, align: 'center' })
  }
}
