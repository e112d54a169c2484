/** The workbook that people fill in for an import: one sheet of rows, one that explains. */

import writeWorkbook, { type CellObject, type Row } from 'write-excel-file/node'
import type { AnyFileImport, Columns } from '../commands/imports/declaration.ts'

const HEADING: CellObject = { fontWeight: 'bold', backgroundColor: '#DDEBF7', wrap: true }
/** Rows below the headings in which ids stay the text that they are typed as. */
const PREPARED_ROWS = 500
const WIDTH = 22

/** The bytes of the workbook (.xlsx). */
export function importTemplate(declared: AnyFileImport): Promise<Buffer> {
  const columns = Object.values(declared.columns)
  const rows = {
    sheet: '数据 Data',
    data: [columns.map(heading), columns.map(example), ...prepared(columns)],
    columns: columns.map(() => ({ width: WIDTH })),
    stickyRowsCount: 1,
  }
  const explanation = {
    sheet: '说明 Explanation',
    data: explained(declared),
    columns: [{ width: WIDTH }, { width: WIDTH }, { width: 70 }, { width: 70 }],
    stickyRowsCount: 1,
  }
  return writeWorkbook([rows, explanation]).toBuffer()
}

type AnyColumn = Columns[string]

function heading({ headings: { en, zh } }: AnyColumn): CellObject {
  return { ...HEADING, value: `${zh} / ${en}` }
}

function example({ example: value }: AnyColumn): CellObject {
  return typeof value === 'number' ? { value } : { value, format: '@' }
}

function prepared(columns: readonly AnyColumn[]): Row[] {
  const row = columns.map(({ example: value }): CellObject | null =>
    typeof value === 'number' ? null : { value: '', type: String, format: '@' },
  )
  return Array.from({ length: PREPARED_ROWS }, () => row)
}

function explained({ columns, unit, unitedBy }: AnyFileImport): Row[] {
  const names = unitedBy.flatMap((name) => columns[name] ?? []).map(({ headings }) => headings)
  const united = {
    en: names.map(({ en }) => en).join(' + '),
    zh: names.map(({ zh }) => zh).join('＋'),
  }
  return [
    ['列', 'Column', '中文说明', 'In English'].map((value) => ({ ...HEADING, value })),
    ...Object.values(columns).map(({ headings, explained: { en, zh } }) =>
      [headings.zh, headings.en, zh, en].map((value) => ({ value, wrap: true })),
    ),
    ...GENERAL.map(({ en, zh }) =>
      ['', '', zh, en].map((value) => ({
        value: value
          .replaceAll('{unit}', value === zh ? unit.zh : unit.en)
          .replaceAll('{united}', value === zh ? united.zh : united.en),
        wrap: true,
      })),
    ),
  ]
}

const GENERAL = [
  {
    en: 'Replace the example row by your own rows. The columns may stand in any order; further columns are passed over and named in the answer.',
    zh: '请用自己的数据替换示例行。列的顺序不限；多余的列会被忽略，并在结果中列出。',
  },
  {
    en: 'Rows with the same {united} form one {unit}. If one of its rows is refused, nothing of that {unit} is taken; the others are.',
    zh: '{united}相同的行合并为一张{unit}。其中任一行有误，该{unit}整单不导入；其他{unit}不受影响。',
  },
  {
    en: 'The answer gives a verdict on each row. The same file sent again answers the same and doubles nothing.',
    zh: '结果逐行给出判定。重复上传同一文件，结果相同，不会重复下单。',
  },
]
