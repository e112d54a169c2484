/**
 * Takes a file in as one idempotent unit: it is recorded, each of its units is sent as a command under a
 * key of the import, and the verdicts are recorded. Sent again it is answered as the first time; after a
 * crash, sending it again finishes it, with nothing doubled.
 */

import { fileImport, type Verdict } from '../../domain/fileImport/fileImport.ts'
import { streamName } from '../../domain/kernel/aggregate.ts'
import type { Refusal } from '../../domain/kernel/decision.ts'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { Position } from '../../domain/kernel/position.ts'
import type { AnyCommand } from '../command.ts'
import { AppendTooLarge, type EventStore } from '../event-store.ts'
import { CompleteImport, JudgeRows, ReceiveFile } from '../file-imports.ts'
import { Overloaded } from '../handler/errors.ts'
import type { CommandHandler } from '../handler/handler.ts'
import { commandIdOf } from '../handler/identity.ts'
import type { Machine } from '../handler/machine.ts'
import { type Accepted, type Request, SAGA_ROLE, type Sender } from '../handler/request.ts'
import type { AnyFileImport } from './declaration.ts'
import { type ImportOutcome, importOutcome, totalsOf } from './report.ts'
import type { Unit, Units } from './units.ts'

export type ImporterPorts = Readonly<{
  handler: Pick<CommandHandler, 'handle'>
  store: Pick<EventStore, 'readStream'>
  machine: Machine
  /** Whether an error says that something is away or too much waits: then it is tried again. */
  isTransient: (error: unknown) => boolean
}>

export type SentFile = Readonly<{
  declared: AnyFileImport
  units: Units
  /** SHA-256 of its bytes, base64url. */
  contentHash: string
  actor: Sender
  /** Without one, the same bytes by the same caller are the same import. */
  idempotencyKey?: string | undefined
  traceparent?: string | undefined
}>

export type Imported =
  | Readonly<{
      accepted: true
      outcome: ImportOutcome
      revision: bigint
      position: Position
      replayed: boolean
    }>
  | Readonly<{ accepted: false; refusal: Refusal }>

export type Importer = Readonly<{
  /** Throws what `isTransient` knows if it could not be finished: the file may be sent again. */
  take: (file: SentFile) => Promise<Imported>
}>

const IN_FLIGHT = 64
const PATIENCE = { tries: 6, firstPauseMs: 100 }
/** Verdicts of one event; the store takes 1 MiB an append. */
const PAGE_BYTES = 128 * 1024

export function createImporter(ports: ImporterPorts): Importer {
  const { handler, store } = ports
  const underWay = new Map<string, Promise<Imported>>()

  async function take(file: SentFile): Promise<Imported> {
    const received = await patiently(ports, () => handler.handle(receiving(file)))
    if (!received.accepted) return received
    const { streamId } = received
    const before = received.replayed ? await recorded(streamId) : undefined
    if (before !== undefined) return before
    const other = underWay.get(streamId)
    if (other !== undefined) return asReplayed(await other)
    const finishing = finish(file, received).finally(() => underWay.delete(streamId))
    underWay.set(streamId, finishing)
    return await finishing
  }

  /** The answer of an import that was completed before; read from its stream, and only then. */
  async function recorded(importId: string): Promise<Imported | undefined> {
    const events = await patiently(ports, () => eventsOf(store, importId))
    const outcome = importOutcome(events)
    const last = events.at(-1)
    if (outcome?.completed === undefined || last === undefined) return undefined
    const { revision, position } = last
    return { accepted: true, outcome, revision, position, replayed: true }
  }

  async function finish(file: SentFile, received: Accepted): Promise<Imported> {
    const importId = received.streamId
    const { refused, units } = file.units
    const sent = await sendAll(ports, units, (unit) => requestOf(file, received, unit))
    const verdicts = [...refused, ...sent]
    const completing = await complete(importId, verdicts, received)
    if (!completing.accepted) {
      const other = await recorded(importId)
      if (other === undefined) throw new Overloaded('the same file is being taken in elsewhere')
      return other
    }
    const { revision, position } = completing
    const outcome = importOutcome(received.events)
    if (outcome === undefined) throw new Error('a file was received without an event')
    const completed = { totals: totalsOf(verdicts), verdicts }
    return {
      accepted: true,
      outcome: { ...outcome, completed },
      revision,
      position,
      replayed: false,
    }
  }

  /** Records the verdicts page by page, then that they are final. */
  async function complete(importId: string, verdicts: readonly Verdict[], received: Accepted) {
    const attempt = ports.machine.randomId()
    const pages = pagesOf(verdicts)
    const record = (command: AnyCommand, step: string, input: object) => {
      const commandId = commandIdOf(`import\n${importId}`, `${attempt}\n${step}`)
      const request = { ...recording(received), command, commandId, input }
      return patiently(ports, () => handler.handle(request))
    }
    for (const [page, some] of pages.entries()) {
      const input = { importId, attempt, page, verdicts: some }
      const answer = await record(JudgeRows, String(page), input)
      if (!answer.accepted) return answer
    }
    const input = { importId, attempt, pages: pages.length, totals: totalsOf(verdicts) }
    return await record(CompleteImport, 'end', input)
  }

  return { take }
}

function receiving({
  declared,
  contentHash,
  actor,
  idempotencyKey,
  traceparent,
}: SentFile): Request {
  const { dealerId } = actor
  return {
    command: ReceiveFile,
    input: { kind: declared.kind, contentHash, ...(dealerId === undefined ? {} : { dealerId }) },
    actor,
    idempotencyKey: idempotencyKey ?? `file:${contentHash}`,
    ...(traceparent === undefined ? {} : { traceparent }),
  }
}

/** The command of one unit: its id follows from the import and the unit's name in the file. */
function requestOf(
  { declared: { command }, actor, traceparent }: SentFile,
  { streamId: importId, events, position }: Accepted,
  { key, input }: Unit,
): Request {
  const causationId = events[0]?.id
  return {
    command,
    input,
    actor,
    commandId: commandIdOf(`import\n${importId}`, key),
    after: position,
    ...(causationId === undefined ? {} : { causationId }),
    ...(traceparent === undefined ? {} : { traceparent }),
  }
}

/** What the system itself records about an import. */
function recording({ events, position }: Accepted) {
  const cause = events[0]
  return {
    actor: { user: 'import', role: SAGA_ROLE },
    after: position,
    ...(cause && { causationId: cause.id, correlationId: cause.metadata.correlationId }),
  }
}

/** Sends so many at a time; the first that can't be sent ends the sending of all. */
async function sendAll(
  ports: ImporterPorts,
  units: readonly Unit[],
  requestFor: (unit: Unit) => Request,
): Promise<readonly Verdict[]> {
  const verdicts: Verdict[] = []
  const rest = units.values()
  let hasFailed = false
  const worker = async () => {
    for (const unit of rest) {
      if (hasFailed) return
      try {
        verdicts.push(await verdictOn(ports, unit, requestFor(unit)))
      } catch (error) {
        hasFailed = true
        throw error
      }
    }
  }
  const workers = Array.from({ length: IN_FLIGHT }, worker)
  const [failure] = (await Promise.allSettled(workers)).filter(
    ({ status }) => status === 'rejected',
  )
  if (failure?.status === 'rejected') throw failure.reason
  return verdicts
}

async function verdictOn(ports: ImporterPorts, unit: Unit, request: Request): Promise<Verdict> {
  const rows = [...unit.rows]
  try {
    const outcome = await patiently(ports, () => ports.handler.handle(request))
    if (outcome.accepted) return { rows, id: outcome.streamId }
    const { code, message } = outcome.refusal
    return { rows, code, message: message.slice(0, MOST_MESSAGE_LENGTH) }
  } catch (error) {
    if (!(error instanceof AppendTooLarge)) throw error
    const message = `it would write ${error.bytes} bytes, above ${error.mostBytes}: divide it`
    return { rows, code: 'command-too-large', message }
  }
}

const MOST_MESSAGE_LENGTH = 1_000

/** Tries again, with growing pauses, while what is needed is away or too much waits. */
async function patiently<Result>(
  { machine, isTransient }: ImporterPorts,
  work: () => Promise<Result>,
): Promise<Result> {
  let pauseMs = PATIENCE.firstPauseMs
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work()
    } catch (error) {
      if (attempt === PATIENCE.tries || !isTransient(error)) throw error
    }
    const ms = pauseMs
    await new Promise<void>((resolve) => void machine.later(resolve, ms))
    pauseMs *= 2
  }
}

async function eventsOf(store: ImporterPorts['store'], importId: string): Promise<RecordedEvent[]> {
  return await Array.fromAsync(store.readStream(streamName(fileImport.category, importId)))
}

function asReplayed(imported: Imported): Imported {
  return imported.accepted ? { ...imported, replayed: true } : imported
}

function pagesOf(verdicts: readonly Verdict[]): readonly (readonly Verdict[])[] {
  const pages: Verdict[][] = []
  let bytes = PAGE_BYTES
  for (const verdict of verdicts) {
    const size = Buffer.byteLength(JSON.stringify(verdict))
    if (bytes + size > PAGE_BYTES) {
      pages.push([])
      bytes = 0
    }
    pages.at(-1)?.push(verdict)
    bytes += size
  }
  return pages
}
