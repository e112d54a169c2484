/** Workbooks as programs write them, and as nobody should. */

import fc from 'fast-check'
import { strToU8, type Zippable, zipSync } from 'fflate'
import { test } from 'tap'
import writeWorkbook from 'write-excel-file/node'
import { OrdersImport } from '../../../commands/orders-import.ts'
import { Problem } from '../../../http/problem.ts'
import { importTemplate } from '../../../read-api/import-template.ts'
import { readImportFile } from '../../../write-api/import-file/read-file.ts'

const HEADINGS = ['order reference', 'dealer', 'region', 'sku', 'quantity', 'payment']

async function read(bytes: Uint8Array) {
  const { units, layout } = await readImportFile(OrdersImport, Buffer.from(bytes))
  return { ...units, ignored: layout.ignored }
}

type Parts = Readonly<Record<string, string>>

const RELATION = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

/** A workbook of hand-written parts; by default with one sheet and no more than it needs. */
function workbook(sheet: string, more: Parts = {}): Uint8Array {
  const relation = (id: string, kind: string, target: string) =>
    `<Relationship Id="${id}" Type="${RELATION}/${kind}" Target="${target}"/>`
  const parts: Parts = {
    '_rels/.rels': `<Relationships>${relation('r1', 'officeDocument', '/xl/workbook.xml')}</Relationships>`,
    'xl/workbook.xml': `<workbook xmlns:r="${RELATION}"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships>${[
      relation('r1', 'worksheet', 'worksheets/sheet1.xml'),
      relation('r2', 'sharedStrings', 'sharedStrings.xml'),
      relation('r3', 'styles', 'styles.xml'),
    ].join('')}</Relationships>`,
    'xl/worksheets/sheet1.xml': `<worksheet><sheetData>${sheet}</sheetData></worksheet>`,
    ...more,
  }
  const zipped: Zippable = Object.fromEntries(
    Object.entries(parts).map(([path, text]) => [path, strToU8(text)]),
  )
  return zipSync(zipped)
}

function inline(text: string): string {
  return `<c t="inlineStr"><is><t>${text}</t></is></c>`
}

const HEADING_ROW = `<row r="1">${HEADINGS.map(inline).join('')}</row>`

/** A workbook with one order whose quantity is this cell. */
function withQuantity(cell: string, more: Parts = {}): Uint8Array {
  const [reference, dealer, region, sku, payment] = ['A', 'D1', 'East', 'S1', 'term'].map(inline)
  const row = `<row r="2">${reference}${dealer}${region}${sku}${cell}${payment}</row>`
  return workbook(HEADING_ROW + row, more)
}

test('a workbook of a program is read', async (t) => {
  const bytes = await writeWorkbook([
    HEADINGS,
    ['A', 'D1', 'East', 'S1', 2, 'term'],
    [20260801001, 'D1', 'East', 123, 3, 'prepaid'],
  ]).toBuffer()
  const { units, refused } = await read(bytes)
  t.strictSame(refused, [])
  t.match(units, [
    { rows: [2], input: { orderNumber: 'A', lines: [{ sku: 'S1', quantity: 2 }] } },
    {
      rows: [3],
      input: { orderNumber: '20260801001', lines: [{ sku: '123' }], payment: 'prepaid' },
    },
  ])
})

test('the template holds what it explains', async (t) => {
  const { units, refused } = await read(await importTemplate(OrdersImport))
  t.strictSame(refused, [])
  t.match(units, [{ rows: [2], input: { dealerId: 'D-EAST-01', lines: [{ quantity: 120 }] } }])
})

test('shared and rich texts, prefixes, gaps and missing references are understood', async (t) => {
  const strings = `<x:sst>${[...HEADINGS, 'A', 'D1']
    .map((text) => `<x:si><x:t>${text}</x:t></x:si>`)
    .join(
      '',
    )}<x:si><x:r><x:t>Ea</x:t></x:r><x:r><x:t>st</x:t></x:r><x:rPh><x:t>yi</x:t></x:rPh></x:si></x:sst>`
  const shared = (at: number, r = '') => `<x:c ${r} t="s"><x:v>${at}</x:v></x:c>`
  const headings = HEADINGS.map((_, at) => shared(at)).join('')
  const cells = `${shared(6, 'r="A7"')}${shared(7, 'r="B7"')}${shared(8, 'r="C7"')}
    <x:c r="D7" t="str"><x:f>B1</x:f><x:v>S1</x:v></x:c><x:c r="E7"><x:v>1.2E1</x:v></x:c>
    <x:c r="F7" t="inlineStr"><x:is><x:t>term</x:t></x:is></x:c>`
  const { units } = await read(
    workbook(`<x:row>${headings}</x:row><x:row r="5"/><x:row r="7">${cells}</x:row>`, {
      'xl/sharedStrings.xml': strings,
    }),
  )
  t.match(units, [
    { rows: [7], input: { shipTo: { region: 'East' }, lines: [{ sku: 'S1', quantity: 12 }] } },
  ])
})

test('a quantity that is no whole number is refused, whatever it looks like', async (t) => {
  const styles = `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy&quot;年&quot;m"/></numFmts>
    <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
    <cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="3"/></cellXfs></styleSheet>`
  const refusedBy: readonly (readonly [string, string])[] = [
    ['<c><v>1.5</v></c>', 'number-not-whole'],
    ['<c s="1"><v>45000</v></c>', 'cell-is-date'],
    ['<c s="2"><v>45000</v></c>', 'cell-is-date'],
    ['<c t="d"><v>2026-08-01</v></c>', 'cell-is-date'],
    ['<c t="b"><v>1</v></c>', 'cell-is-boolean'],
    ['<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', 'cell-is-error'],
    ['<c><f>A1</f></c>', 'cell-uncalculated'],
    ['<c/>', 'cell-empty'],
  ]
  for (const [cell, code] of refusedBy) {
    const { refused } = await read(withQuantity(cell, { 'xl/styles.xml': styles }))
    t.match(refused, [{ rows: [2], code }], cell)
  }
  const { units } = await read(
    withQuantity('<c s="3"><v>1200</v></c>', { 'xl/styles.xml': styles }),
  )
  t.match(units, [{ input: { lines: [{ quantity: 1200 }] } }])
})

test('the first sheet that is shown is taken', async (t) => {
  const { units } = await read(
    withQuantity('<c><v>1</v></c>', {
      'xl/workbook.xml': `<workbook xmlns:r="${RELATION}"><sheets>
        <sheet name="hidden" state="hidden" r:id="r9"/><sheet name="S" r:id="r1"/></sheets></workbook>`,
    }),
  )
  t.equal(units.length, 1)
})

async function statusOf(bytes: Uint8Array): Promise<number> {
  try {
    await read(bytes)
    return 200
  } catch (error) {
    if (error instanceof Problem) return error.status
    throw error
  }
}

test('what is no workbook, or no honest one, is a problem', async (t) => {
  const wrong: readonly (readonly [string, Uint8Array, number])[] = [
    ['another archive', zipSync({ 'word/document.xml': strToU8('<a/>') }), 415],
    ['broken XML', workbook('<row></c>'), 400],
    ['a document type', withQuantity('', { 'xl/styles.xml': '<!DOCTYPE a><a/>' }), 400],
    ['a text that is not there', withQuantity('<c t="s"><v>7</v></c>'), 400],
    ['a row beyond the end', workbook('<row r="1048577"/>'), 413],
    ['a row that is none', workbook('<row r="-1"/>'), 400],
  ]
  for (const [name, bytes, status] of wrong) t.equal(await statusOf(bytes), status, name)
})

/** The same workbook, whose archive states another size of its sheet. */
function statingSize(bytes: Uint8Array, size: number): Uint8Array {
  const forged = Buffer.from(bytes)
  const entry = forged.lastIndexOf('xl/worksheets/sheet1.xml') - 46
  forged.writeUInt32LE(size, entry + 24)
  return forged
}

test('what unpacks to too much is refused, and a size that is understated is found out', async (t) => {
  const bytes = workbook(`${HEADING_ROW}<row r="2">${' '.repeat(100_000)}</row>`)
  t.equal(await statusOf(statingSize(bytes, 65 * 1024 * 1024)), 413)
  t.equal(await statusOf(statingSize(bytes, 1_000)), 400)
})

test('a workbook made to fill memory or time is refused, or read like another', async (t) => {
  const part = (path: string, text: string) => workbook(HEADING_ROW, { [path]: text })
  const styles = `<styleSheet>${'<xf/>'.repeat(1_700_000)}</styleSheet>`
  t.equal(await statusOf(part('xl/styles.xml', styles)), 413)
  t.equal(
    await statusOf(part('xl/sharedStrings.xml', `<sst>${'<si/>'.repeat(1_000_001)}</sst>`)),
    413,
  )
  const format = `<numFmts><numFmt numFmtId="164" formatCode="${'['.repeat(500_000)}"/></numFmts>`
  const slow = withQuantity('<c><v>1</v></c>', { 'xl/styles.xml': format })
  const begun = performance.now()
  t.equal(await statusOf(slow), 200)
  t.ok(performance.now() - begun < 15_000, 'not the square of its length')
})

test('a workbook with some bytes changed is read or refused, never an error of ours', async (t) => {
  const whole = await importTemplate(OrdersImport)
  const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255))
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
      const bytes = Buffer.from(whole)
      for (const [at, byte] of changes) bytes[at] = byte
      return (await statusOf(bytes)) < 500
    }),
    { numRuns: 60 },
  )
  t.pass()
})
