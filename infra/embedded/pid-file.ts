/** Notes of the processes we started, so that the next start finds what a hard kill left over. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { endProcess, identityOf, isAlive, type StopStep } from './process-identity.ts'

const Note = z.object({ pid: z.int().positive(), began: z.string() })

/** Writes down a process just started; at once, so that no kill of ours comes in between. */
export function note(file: string, pid: number): void {
  writeFileSync(file, JSON.stringify(identityOf(pid) ?? { pid, began: '' }))
}

/** Forgets a process that has ended. */
export function forget(file: string): void {
  rmSync(file, { force: true })
}

/** Ends the process noted there if it still runs; says whether there was one. */
export async function endNoted(file: string, steps: readonly StopStep[]): Promise<boolean> {
  const noted = read(file)
  const leftOver = noted !== undefined && isAlive(noted)
  if (leftOver) await endProcess(noted, steps)
  forget(file)
  return leftOver
}

/** A note that is missing or cut short names nobody. */
function read(file: string) {
  try {
    return Note.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}
