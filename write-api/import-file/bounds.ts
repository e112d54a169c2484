/** How much of a file is taken in: every one of these bounds memory or time. */

const MIB = 1024 * 1024

export const BOUNDS = {
  /** Of the file as it is sent. */
  fileBytes: 10 * MIB,
  /** Of one part of a workbook once it is unpacked. */
  partBytes: 64 * MIB,
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
