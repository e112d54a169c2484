/** The simulated tax authority, and how it is asked, over HTTP. */

import tap, { test } from 'tap'
import { TaxAuthoritySilent, type TaxDocument } from '../../../commands/tax-authority.ts'
import { createLogger } from '../../../infra/logger.ts'
import { createPool } from '../../../infra/postgres/pool.ts'
import { createTaxAuthority } from '../../../infra/tax-authority/client.ts'
import { invoiceExecutor } from '../../../infra/tax-authority/executor.ts'
import { allNumbers } from '../../../infra/tax-authority/register.ts'
import {
  type Misbehaviour,
  startTaxAuthority,
  WELL_BEHAVED,
} from '../../../infra/tax-authority/server.ts'
import { testDatabase } from '../../support/postgres.ts'

const pool = createPool(await testDatabase(tap), {
  ...{ max: 4, statementTimeoutMs: 5_000, applicationName: 'authority' },
  log: createLogger({ level: 'silent' }),
})
const running: (() => Promise<void>)[] = []
tap.teardown(async () => {
  for (const stop of running) await stop()
  await pool.end()
})

async function authority(misbehaviour: Partial<Misbehaviour> = {}) {
  const whole = { ...WELL_BEHAVED, most: 1, ...misbehaviour }
  const { url, stop } = await startTaxAuthority({ pool, port: 0, misbehaviour: whole })
  running.push(stop)
  return { url, asked: createTaxAuthority(url) }
}

const soon = () => AbortSignal.timeout(10_000)

function documentOf(documentId: string, more: Partial<TaxDocument> = {}): TaxDocument {
  const sums = { amount: '11.30', net: '10.00', tax: '1.30' }
  return {
    ...{ documentId, kind: 'electronic', ...sums },
    seller: { name: '极品', taxId: '91310000000000000X' },
    buyer: { title: '上海', taxId: '91310000MA1FL0000X' },
    lines: [{ sku: 'S', name: '茶', quantity: 1, taxRate: '0.13', ...sums }],
    ...more,
  }
}

test('a document is numbered once, in its kind’s series, however many ask at once', async (t) => {
  const { asked } = await authority()
  const ids = Array.from({ length: 30 }, (_, at) => `many-${at % 10}`)
  const kindOf = (id: string) => (id.endsWith('3') ? 'paper' : 'electronic')
  const answers = await Promise.all(
    ids.map((id) => asked.number(documentOf(id, { kind: kindOf(id) }), soon())),
  )
  const byId = Map.groupBy(answers, (_, at) => ids[at])
  for (const same of byId.values()) t.equal(new Set(same.map((one) => JSON.stringify(one))).size, 1)
  for (const series of Map.groupBy(await allNumbers(pool), ({ code }) => code).values()) {
    t.same(
      series.map(({ number }) => Number(number)),
      series.map((_, at) => at + 1),
    )
  }
})

test('what is away, or lost after it was numbered, is silence; asked again, the number is told', async (t) => {
  for (const misbehaviour of [{ away: 1 }, { lost: 1 }] as const) {
    const { asked } = await authority(misbehaviour)
    const document = documentOf(`bad-${Object.keys(misbehaviour)}`)
    await t.rejects(asked.number(document, soon()), TaxAuthoritySilent)
    t.match(await asked.number(document, soon()), { outcome: 'numbered' })
  }
  const { asked } = await authority({ silent: 1 })
  const document = documentOf('silent')
  const ending = AbortSignal.timeout(200)
  await t.rejects(asked.number(document, ending), { message: 'no answer in time' })
  t.match(await asked.number(document, soon()), { outcome: 'numbered' })
})

test('nobody there, and what can’t be understood, is silence too', async (t) => {
  await t.rejects(
    createTaxAuthority('http://127.0.0.1:9').number(documentOf('x'), soon()),
    TaxAuthoritySilent,
  )
  const { asked } = await authority()
  await asked.number(documentOf('other'), soon())
  const changed = { ...documentOf('other'), buyer: { title: '北京', taxId: '91310000MA1FL0000X' } }
  await t.rejects(asked.number(changed, soon()), /409/, 'it was numbered with other content')
})

test('it refuses tax ids that can be nobody’s, and sums that are none', async (t) => {
  const { asked } = await authority()
  const nobody = documentOf('nobody', { buyer: { title: 'x', taxId: '0'.repeat(18) } })
  t.match(await asked.number(nobody, soon()), { outcome: 'refused', code: 'tax-id-invalid' })
  const wrong = documentOf('wrong', { amount: '11.31' })
  t.match(await asked.number(wrong, soon()), { outcome: 'refused', code: 'sums-differ' })
  t.notOk((await allNumbers(pool)).some(({ documentId }) => /nobody|wrong/.test(documentId)))
})

test('what is no document is answered, and numbers nothing', async (t) => {
  const { url } = await authority()
  const put = (path: string, body: string) => fetch(`${url}${path}`, { method: 'PUT', body })
  t.equal((await put('/documents/x', '{')).status, 400)
  t.equal((await put('/documents/x', JSON.stringify(documentOf('y')))).status, 400)
  t.equal((await put('/documents/%', JSON.stringify(documentOf('%')))).status, 400)
  t.equal((await put('/documents/x', 'x'.repeat(3 * 1024 * 1024))).status, 400)
  t.equal((await fetch(`${url}/documents/x`)).status, 404)
})

test('the desk learns the number, the refusal, or that there was no answer', async (t) => {
  const of = { subjectId: 'O.i1', kind: 'invoice', counterparty: 'tax-authority' }
  const { asked } = await authority({ away: 1 })
  const perform = (documentId: string, more: Partial<TaxDocument> = {}, attempt = 0) =>
    invoiceExecutor(asked).perform(
      {
        ...{ ...of, requestId: documentId, attempt },
        data: {
          invoiceId: 'O.i1',
          redLetterId: documentId,
          document: documentOf(documentId, more),
        },
      },
      soon(),
    )
  const input = { invoiceId: 'O.i1', redLetterId: 'O.i1.r1' }
  t.match(await perform('O.i1.r1', {}, 4), {
    command: 'RecordInvoiceAttempt',
    input: { ...input, attempt: 4, reason: /503/ },
  })
  t.match(await perform('O.i1.r1'), {
    command: 'RecordInvoiceNumber',
    input: { ...input, code: String },
  })
  const refused = await perform('O.i1.r2', { amount: '1.00' }).then(() =>
    perform('O.i1.r2', { amount: '1.00' }),
  )
  t.match(refused, { command: 'RecordInvoiceRefusal', input: { code: 'sums-differ' } })
})
