/** How much of a file is taken in: every one of these bounds memory or time. */

const MIB = 1024 * 1024

export const BOUNDS = {
  /** Of the file as it is sent. */
  fileBytes: 10 * MIB,
  /** Of a sheet, or of the texts that its cells refer to, once it is unpacked. */
  sheetBytes: 64 * MIB,
  /** Of any other part of a workbook once it is unpacked: what it holds is kept in memory whole. */
  partBytes: 8 * MIB,
  /** Texts that the cells of a workbook refer to. */
  texts: 1_000_000,
  /** Parts of a workbook: sheets, styles, pictures. */
  parts: 2_000,
  /** Rows with something in them, headings left out. */
  rows: 50_000,
  /** Rows a sheet can have at all, blank ones included. */
  sheetRows: 1_048_576,
  /** Columns that are looked at. */
  columns: 256,
  /** Of one record of a CSV file. */
  recordBytes: 256 * 1024,
} as const
