/**
 * One bank statement through HTTP on the whole system: seconds until its lines are classified and booked,
 * facilities included, beside the raw appends of the very same events to an empty event store, in the same
 * run: in the same groups, and one by one, as the other benchmarks take the raw limit.
 *
 * `--lines <n>` are the lines, each naming a payment that was announced; `--dealers <n>` whose they are.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { EventStoreDBClient, FORWARDS, jsonEvent, START } from '@eventstore/db-client'
import { startServers } from './event-store.ts'
import { round } from './figures.ts'
import { registerDealers } from './load.ts'
import { type BenchSystem, benchSystem, caller } from './system.ts'

const DAY = '2026-03-02'
const RAW_IN_FLIGHT = 256
const ANNOUNCED_AT_ONCE = 64
/** What the booking of a line writes. */
const BOOKING = new Set([
  'StatementLinesClassified',
  'PaymentCaptured',
  'PaymentReceived',
  'StatementLinesBooked',
  'BankStatementReconciled',
])

type Written = Readonly<{
  stream: string
  type: string
  data: Record<string, unknown>
  metadata: Record<string, unknown>
}>

export async function bench(options: readonly string[]): Promise<Record<string, unknown>> {
  const { values } = parseArgs({
    args: [...options],
    options: {
      lines: { type: 'string', default: '3000' },
      dealers: { type: 'string', default: '50' },
    },
  })
  const written = await booked(Number(values.lines), Number(values.dealers))
  const raw = await appendedRaw(groupsOf(written.events))
  const oneByOne = await appendedRaw(written.events.map((event) => [event]))
  const { events, seconds, answer, untilBooked, again } = written
  const result = {
    lines: Number(values.lines),
    matched: answer.matched,
    events: events.length,
    'taken, classified and booked, s': untilBooked,
    'booking, s': seconds,
    'booked lines/s': round(Number(values.lines) / seconds),
    'raw appends, s': raw,
    'booking ÷ raw appends': round(seconds / raw),
    'raw appends of single events, s': oneByOne,
    'booking ÷ those': round(seconds / oneByOne),
    'same file again, s': again,
  }
  console.table(result)
  console.log(JSON.stringify({ bench: 'statements', result }))
  return result
}

async function booked(lines: number, dealers: number) {
  await using system = await benchSystem()
  await system.start('all', [], ['--business-date', DAY])
  const business = await registerDealers(system, { prefix: 'D', dealers })
  const references = await announced(
    system,
    lines,
    business.dealers.map(({ dealerId }) => dealerId),
  )
  const file = fileOf(references)
  const client = EventStoreDBClient.connectionString(system.eventStoreUrl)
  const started = performance.now()
  const { statementId } = await sent(system, file)
  await settled(system, String(statementId))
  const events = await eventsOf(client)
  const untilBooked = round((performance.now() - started) / 1_000)
  const answer = await statementOf(system, String(statementId))
  const before = performance.now()
  await sent(system, file)
  const again = round((performance.now() - before) / 1_000)
  await client.dispose()
  const instants = events.map(({ metadata }) => Date.parse(String(metadata.recordedAt)))
  const [first = 0, last = 0] = [Math.min(...instants), Math.max(...instants)]
  return { events, seconds: round((last - first) / 1_000), untilBooked, again, answer }
}

/** Starts a payment for each line, and gives what their payers write on the transfers. */
async function announced(
  system: BenchSystem,
  lines: number,
  dealers: readonly string[],
): Promise<readonly string[]> {
  const token = await system.tokenFor('brand-finance')
  const calls = caller(system.writeUrl, ANNOUNCED_AT_ONCE)
  const references: string[] = []
  const numbers = Array.from({ length: lines }, (_, number) => number).values()
  const worker = async () => {
    for (const number of numbers) {
      const dealerId = dealers[number % dealers.length]
      const payment = { dealerId, amount: amountOf(number), method: 'bank-transfer' }
      const { status, body } = await calls.post('/v1/payments', token, payment)
      if (status !== 201) throw new Error(`a payment was answered with ${status}`)
      references[number] = String(body.reference)
    }
  }
  await Promise.all(Array.from({ length: ANNOUNCED_AT_ONCE }, worker))
  await calls.close()
  return references
}

function amountOf(number: number): string {
  return `${100 + (number % 9_000)}.${String(number % 100).padStart(2, '0')}`
}

function fileOf(references: readonly string[]): string {
  const rows = references.map((reference, number) =>
    [DAY, amountOf(number), reference, '', '', `BENCH-${String(number).padStart(9, '0')}`].join(),
  )
  return ['date,amount,reference,payer name,payer account,bank id', ...rows].join('\n')
}

async function sent(system: BenchSystem, file: string): Promise<Readonly<Record<string, unknown>>> {
  const form = new FormData()
  form.append('file', new Blob([file]), 'bench.csv')
  const token = await system.tokenFor('brand-finance')
  const response = await fetch(`${system.writeUrl}/v1/bank-statements`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, prefer: 'wait=0' },
    body: form,
  })
  const body = (await response.json()) as Readonly<Record<string, unknown>>
  if (response.status !== 201) throw new Error(`${response.status}: ${JSON.stringify(body)}`)
  return body
}

async function statementOf(
  system: BenchSystem,
  statementId: string,
): Promise<Readonly<Record<string, unknown>>> {
  const token = await system.tokenFor('brand-finance')
  const reads = caller(system.readUrl, 1)
  const query = `statementId=${statementId}&class=matched&limit=1`
  const { body } = await reads.get(`/v1/reconciliation?${query}`, token)
  await reads.close()
  const classes = body.classes as readonly Readonly<{ class: string; lines: number }>[]
  const matched = classes.find((one) => one.class === 'matched')?.lines
  return { matched }
}

/** Asks now and then, so as not to be in the way of what is measured. */
async function settled(system: BenchSystem, statementId: string): Promise<void> {
  const token = await system.tokenFor('brand-finance')
  const reads = caller(system.readUrl, 1)
  for (;;) {
    const { body } = await reads.get(`/v1/bank-statements/${statementId}`, token)
    if (body.status === 'reconciled') break
    await delay(500)
  }
  await reads.close()
}

/** Resolves once the statement is reconciled, and all that was captured is received by a facility. */
async function eventsOf(client: EventStoreDBClient): Promise<readonly Written[]> {
  for (;;) {
    const written: Written[] = []
    for await (const { event } of client.readAll({ direction: FORWARDS, fromPosition: START })) {
      if (event === undefined || !BOOKING.has(event.type)) continue
      const { streamId: stream, type, data, metadata } = event
      written.push({ stream, type, data, metadata } as Written)
    }
    const has = (of: string) => written.filter(({ type }) => type === of).length
    const isReceived = has('PaymentReceived') === has('PaymentCaptured')
    if (isReceived && has('BankStatementReconciled') > 0) return written
    await delay(1_000)
  }
}

/** Seconds until all are appended to an empty event store, each group at once. */
async function appendedRaw(groups: readonly (readonly Written[])[]): Promise<number> {
  await using servers = await startServers()
  const client = EventStoreDBClient.connectionString(servers.connectionString)
  const rest = groups.values()
  const started = performance.now()
  const worker = async () => {
    for (const [first, ...others] of rest) {
      if (first === undefined) continue
      const some = [first, ...others].map(({ type, data, metadata }) =>
        jsonEvent({ type, data: data as never, metadata: metadata as never }),
      )
      await client.appendToStream(first.stream, some)
    }
  }
  await Promise.all(Array.from({ length: RAW_IN_FLIGHT }, worker))
  const seconds = round((performance.now() - started) / 1_000)
  await client.dispose()
  return seconds
}

/** Events that followed each other in one stream within a decision's instant go together, as they did. */
function groupsOf(events: readonly Written[]): readonly Written[][] {
  const groups = new Map<string, Written[]>()
  for (const event of events) {
    const key = `${event.stream} ${event.metadata.recordedAt}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [event])
    else group.push(event)
  }
  return [...groups.values()]
}
