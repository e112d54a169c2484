/**
 * Which process a pid means. A pid alone may have been given to a stranger since it was written
 * down; a pid together with the moment its process began can't.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { codeOf } from './start-error.ts'

const pollMs = 20
const ticksPerSecond = 100 // USER_HZ, the same on every Linux that Node runs on

export type ProcessIdentity = Readonly<{ pid: number; began: string }>

/** What tells this pid's process from any other that had or will have the pid; undefined if none. */
export function identityOf(pid: number): ProcessIdentity | undefined {
  const began = process.platform === 'linux' ? beganOnLinux(pid) : beganByPs(pid)
  return began === undefined ? undefined : { pid, began }
}

/** Whether exactly this process still runs. */
export function isAlive(process: ProcessIdentity): boolean {
  return identityOf(process.pid)?.began === process.began
}

/** When the process began, in seconds since 1970 (Linux only; right to a few seconds). */
export function beganAtSeconds(pid: number): number | undefined {
  const fields = statOf(pid)
  if (fields === undefined) return undefined
  const boot = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]
  return boot === undefined ? undefined : Number(boot) + Number(fields.ticks) / ticksPerSecond
}

/** The name of the program the process runs (Linux only), at most 15 characters. */
export function programOf(pid: number): string | undefined {
  return statOf(pid)?.program
}

/** Sends a signal; a process that is gone by now is fine. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error
  }
}

export type StopStep = Readonly<{ signal: NodeJS.Signals; waitMs: number }>

/** Ends a process by milder signals first; returns when it is gone. */
export async function endProcess(target: ProcessIdentity, steps: readonly StopStep[]) {
  for (const step of steps) {
    if (!isAlive(target)) return
    signal(target.pid, step.signal)
    const deadline = performance.now() + step.waitMs
    while (isAlive(target) && performance.now() < deadline) await delay(pollMs)
  }
}

function beganOnLinux(pid: number): string | undefined {
  const stat = statOf(pid)
  if (stat === undefined || stat.state === 'Z' || stat.state === 'X') return undefined
  return `${bootId()}/${stat.ticks}`
}

function beganByPs(pid: number): string | undefined {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
  } catch {
    return undefined // ps fails for a pid that does not exist
  }
}

function statOf(pid: number) {
  const text = readIfThere(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  const nameEnd = text.lastIndexOf(')') // the name may itself hold blanks and brackets
  const program = text.slice(text.indexOf('(') + 1, nameEnd)
  const fields = text.slice(nameEnd + 2).split(' ')
  return { program, state: fields[0] ?? '', ticks: fields[19] ?? '' } // field 22 of the file
}

function bootId(): string {
  return readIfThere('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
