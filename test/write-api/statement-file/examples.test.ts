/** The examples of docs/statement-files.md are statements. */

import { readFile } from 'node:fs/promises'
import { test } from 'tap'
import { readStatementFile } from '../../../write-api/statement-file/read-statement.ts'

test('each example of the documents is taken as what it stands for', async (t) => {
  const page = await readFile(new URL('../../../docs/statement-files.md', import.meta.url), 'utf8')
  const examples = [...page.matchAll(/^```(?:csv|xml)\n(.+?)^```/gms)].map(([, text = '']) => text)
  const files = await Promise.all(
    examples.map((text) => readStatementFile(Buffer.from(text), { currency: 'CNY' })),
  )
  t.strictSame(
    files.map(({ format, lines }) => [format, lines.map(({ amount }) => amount).join(' ')]),
    [
      ['csv', '1000.00 -25.00'],
      ['csv', '12345.60 -25.00'],
      ['camt.053', '1000.00'],
      ['settlement', '99.40 -50.00 0.30'],
    ],
  )
  const [one, , xml] = files
  t.equal(one?.lines[0]?.text, xml?.lines[0]?.text)
})
