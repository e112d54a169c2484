/**
 * One file of orders through HTTP on the whole system: seconds until every row has its verdict, beside
 * the same orders one request each; the same file again; and the process's peak memory.
 *
 * `--rows <n>` and `--orders <n>` are the size of the file; `--format xlsx|csv`.
 */

import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import writeWorkbook, { type SheetData } from 'write-excel-file/node'
import { round } from './figures.ts'
import { type Business, registerBusiness } from './load.ts'
import { type BenchSystem, benchSystem, caller } from './system.ts'

const DEALERS = 50
const SKUS = 500
const AT_ONCE = 64
const HEADINGS = ['order reference', 'dealer', 'region', 'sku', 'quantity', 'payment']

export async function bench(options: readonly string[]): Promise<Record<string, unknown>> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      rows: { type: 'string', default: '10000' },
      orders: { type: 'string', default: '2000' },
      format: { type: 'string', default: 'xlsx' },
    },
  })
  await using system = await benchSystem()
  const process = await system.start('all')
  const business = await registerBusiness(system, DEALERS)
  const before = await memoryOf(process.pid)
  const rows = rowsOf(Number(values.rows), Number(values.orders), business)
  const file = await fileOf(rows, values.format)
  const first = await send(system, file, values.format)
  const peak = await memoryOf(process.pid)
  const again = await send(system, file, values.format)
  const single = await oneByOne(system, rows)
  const result = {
    rows: rows.length,
    orders: first.body.orders,
    accepted: first.body.accepted,
    'file KiB': round(file.length / 1024),
    seconds: first.seconds,
    'seconds again': again.seconds,
    'seconds one by one': single,
    'import ÷ one by one': round(first.seconds / single),
    'RSS before, MiB': before.now,
    'peak RSS, MiB': peak.most,
  }
  console.table(result)
  console.log(JSON.stringify({ bench: 'import', format: values.format, result }))
  return result
}

/** An order's rows lie as far from each other as they can. */
function rowsOf(rows: number, orders: number, { dealers }: Business): SheetData {
  return Array.from({ length: rows }, (_, at) => {
    const order = at % orders
    const line = Math.floor(at / orders)
    const dealer = dealers[order % dealers.length]?.dealerId ?? ''
    return [`PO-${order}`, dealer, 'East', `SKU-${(order * 7 + line) % SKUS}`, 1 + line, 'term']
  })
}

async function fileOf(rows: SheetData, format: string): Promise<Buffer> {
  const all = [HEADINGS, ...rows]
  if (format === 'csv') return Buffer.from(all.map((cells) => cells.join(',')).join('\n'))
  return await writeWorkbook(all).toBuffer()
}

async function send(system: BenchSystem, file: Buffer, format: string) {
  const form = new FormData()
  form.append('file', new Blob([Buffer.from(file)]), `orders.${format}`)
  const token = await system.tokenFor('brand-ops')
  const started = performance.now()
  const response = await fetch(`${system.writeUrl}/v1/orders/import`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  })
  const body = (await response.json()) as Readonly<Record<string, unknown>>
  if (response.status !== 200) throw new Error(`${response.status}: ${JSON.stringify(body)}`)
  return { seconds: round((performance.now() - started) / 1000), body }
}

/** The same orders once more, each by a request of its own. */
async function oneByOne(system: BenchSystem, rows: SheetData): Promise<number> {
  const orders = [...Map.groupBy(rows, ([reference]) => reference).values()].map((lines) => ({
    dealerId: lines[0]?.[1],
    shipTo: { region: 'East' },
    lines: lines.map(([, , , sku, quantity]) => ({ sku, quantity })),
    payment: 'term',
  }))
  const token = await system.tokenFor('brand-ops')
  const calls = caller(system.writeUrl, AT_ONCE)
  const rest = orders.values()
  const started = performance.now()
  const worker = async () => {
    for (const order of rest) {
      const { status } = await calls.post('/v1/orders', token, order)
      if (status !== 201) throw new Error(`an order was answered with ${status}`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  await calls.close()
  return round((performance.now() - started) / 1000)
}

/** The resident memory of a process in MiB, and the most it ever had (Linux). */
async function memoryOf(pid: number | undefined): Promise<Readonly<{ now: number; most: number }>> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const mib = (name: string) => {
    const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]
    return round(Number(kib) / 1024)
  }
  return { now: mib('VmRSS'), most: mib('VmHWM') }
}
