import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'tap'
import { DEFAULT_CHART } from '../../domain/ledger/chart.ts'
import { readConfig } from '../../infra/config.ts'
import { temporaryFolder } from '../support/folders.ts'

type Test = Parameters<typeof temporaryFolder>[0]

async function chartIn(t: Test, text: string) {
  const path = join(await temporaryFolder(t), 'chart.json')
  await writeFile(path, text)
  return readConfig({ CHART_OF_ACCOUNTS: path }).policy.chart
}

test('a business gives accounts its own codes and names; the others stay', async (t) => {
  const chart = await chartIn(
    t,
    '{ "receivable": { "code": "1131", "name": { "zh": "应收账款-经销商" } } }',
  )
  const { receivable, ...others } = chart
  t.same(receivable, {
    code: '1131',
    name: { en: 'Trade receivables', zh: '应收账款-经销商' },
    class: 'asset',
  })
  const { receivable: _, ...standard } = DEFAULT_CHART
  t.same(others, standard)
})

const refusals: readonly (readonly [string, RegExp])[] = [
  ['{ "receivable": { "code": "1002" } }', /bank and receivable have the same code, 1002\.$/],
  ['{ "receivables": { "code": "1131" } }', /Unrecognized key: "receivables"/],
  ['{ "receivable": { "code": "1" } }', /must be 4 to 16 letters, digits.*receivable\.code/s],
  ['{ "receivable": { "class": "income" } }', /Unrecognized key: "class"/],
  ['receivable: 1131', /is no chart of accounts: .*JSON/],
]

for (const [text, reason] of refusals) {
  test(`the start is refused with ${text}`, async (t) => {
    await t.rejects(chartIn(t, text), { name: 'StartError', message: reason })
  })
}

test('a file that is not there is named', async (t) => {
  t.throws(() => readConfig({ CHART_OF_ACCOUNTS: '/nowhere/chart.json' }), {
    name: 'StartError',
    message: /^CHART_OF_ACCOUNTS: \/nowhere\/chart\.json .*ENOENT/,
  })
})
