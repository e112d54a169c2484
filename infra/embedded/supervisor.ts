/** Starts a part, starts it again whenever it ends, until it is stopped. */
import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type BoundedLog, boundedLog } from './bounded-log.ts'
import { ended, hasEnded, type Part } from './part.ts'
import { endNoted, note } from './pid-file.ts'
import { signal as send } from './process-identity.ts'
import { reasonOf, StartError } from './start-error.ts'

const firstPauseMs = 50
const longestPauseMs = 5_000
const steadyMs = 30_000 // a part that ran this long begins with the short pause again

export type Files = Readonly<{ pid: string; log: string }>

export type Supervised = Readonly<{
  /** The process that runs now; undefined while it is being started again. */
  pid: () => number | undefined
  /** Ends the part, and the supervision with it. */
  stop: () => Promise<void>
}>

/** Resolves when the part is ready; throws a `StartError` when its first start fails. */
export async function supervise(part: Part, files: Files, logger: Logger, abort?: AbortSignal) {
  const log = openLog(files.log)
  const stopping = new AbortController()
  let child: ChildProcess | undefined
  const attempt = async (signal: AbortSignal) => {
    child = begin(part, files, log)
    await untilReady(part, child, signal, files)
  }
  const farewell = () => {
    const first = part.stopSteps[0]
    if (child?.pid !== undefined && first !== undefined) send(child.pid, first.signal)
  }
  process.on('exit', farewell) // however we end, short of SIGKILL, the part ends too
  const finish = () => {
    process.off('exit', farewell)
    log.close()
  }
  try {
    await attempt(AbortSignal.any([stopping.signal, ...(abort === undefined ? [] : [abort])]))
  } catch (error) {
    finish()
    throw new StartError(didNotStart(part, files, log, error))
  }
  const keeping = keepRunning(() => child, attempt, part, logger, stopping.signal)
  const supervised: Supervised = {
    pid: () => (child !== undefined && !hasEnded(child) ? child.pid : undefined),
    stop: async () => {
      stopping.abort()
      await endNoted(files.pid, part.stopSteps)
      await keeping
      finish()
    },
  }
  return supervised
}

function openLog(file: string): BoundedLog {
  try {
    return boundedLog(file)
  } catch (error) {
    throw new StartError(`The log ${file} can't be written: ${reasonOf(error)}.`)
  }
}

function begin(part: Part, files: Files, log: BoundedLog): ChildProcess {
  const child = part.spawn()
  if (child.pid !== undefined) note(files.pid, child.pid)
  child.on('error', (error) => log.write(Buffer.from(`${reasonOf(error)}\n`)))
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => log.write(chunk))
  }
  return child
}

/** A part that does not become ready is ended, so that the next attempt finds its port free. */
async function untilReady(part: Part, child: ChildProcess, signal: AbortSignal, files: Files) {
  try {
    await part.ready(child, AbortSignal.any([signal, AbortSignal.timeout(part.readyMs)]))
  } catch (error) {
    await endNoted(files.pid, part.stopSteps)
    throw error
  }
}

/** Says once that the part is gone and once that it is back, however often it had to be tried. */
async function keepRunning(
  current: () => ChildProcess | undefined,
  attempt: (signal: AbortSignal) => Promise<void>,
  part: Part,
  logger: Logger,
  stopping: AbortSignal,
): Promise<void> {
  let pauseMs = firstPauseMs
  for (;;) {
    const child = current()
    const since = performance.now()
    if (child !== undefined) await ended(child)
    if (stopping.aborted) return
    const how = { part: part.name, exitCode: child?.exitCode, signal: child?.signalCode }
    logger.warn(how, `${part.name} ended; starting it again`)
    if (performance.now() - since > steadyMs) pauseMs = firstPauseMs
    pauseMs = await retry(attempt, pauseMs, stopping)
    if (stopping.aborted) return
    logger.info({ part: part.name, pid: current()?.pid }, `${part.name} is back`)
  }
}

/** Tries until it works or we stop; returns the pause before the next try. */
async function retry(
  attempt: (signal: AbortSignal) => Promise<void>,
  firstMs: number,
  stopping: AbortSignal,
): Promise<number> {
  for (let pauseMs = firstMs; ; ) {
    await delay(pauseMs, undefined, { signal: stopping }).catch(() => undefined)
    if (stopping.aborted) return pauseMs
    pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    const works = await attempt(stopping).then(
      () => true,
      () => false, // why is in the part's log
    )
    if (works) return pauseMs
  }
}

function didNotStart(part: Part, files: Files, log: BoundedLog, error: unknown): string {
  const lines = log.tail()
  const fatal = lines.findLast((line) => /FATAL|PANIC|\[FTL\]|Error:/.test(line)) ?? lines.at(-1)
  const why = fatal ?? reasonOf(error)
  return `${part.name} did not start: ${why.trim().replace(/\.$/, '')} (its log is ${files.log}).`
}
