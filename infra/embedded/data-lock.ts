/**
 * One process per data folder. The lock is the kernel's, taken through SQLite: it ends with its
 * holder however that dies, so that a stale lock can't exist, and it isn't inherited by children.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { reasonOf, StartError } from './start-error.ts'

const sqliteBusy = 5

export type DataLock = Readonly<{ release: () => void }>

/** Garbage collection closes a database that nobody refers to, and its lock would go with it. */
const held = new Set<DatabaseSync>()

/** Takes the folder for this process, or returns undefined when another one has it. */
export function tryLock(folder: string): DataLock | undefined {
  const database = openLock(folder)
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (isBusy(error)) return undefined
    throw new StartError(`The folder ${folder} can't be locked: ${reasonOf(error)}.`)
  }
  held.add(database)
  writeFileSync(holderFile(folder), `${process.pid}\n`)
  return {
    release: () => {
      rmSync(holderFile(folder), { force: true })
      held.delete(database)
      database.close()
    },
  }
}

/** Takes the folder for this process; refuses with a sentence naming `data` when another has it. */
export function lock(folder: string, data: string): DataLock {
  const taken = tryLock(folder)
  if (taken !== undefined) return taken
  throw new StartError(
    `Another tradeline${holderOf(folder)} is running on ${data}; stop it first, or choose another folder with --data.`,
  )
}

function openLock(folder: string): DatabaseSync {
  try {
    return new DatabaseSync(join(folder, 'lock'), { timeout: 0 })
  } catch (error) {
    throw new StartError(`The folder ${folder} can't be locked: ${reasonOf(error)}.`)
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy
}

/** The holder's pid is only for the message, so a missing one is no trouble. */
function holderOf(folder: string): string {
  try {
    return ` (process ${readFileSync(holderFile(folder), 'utf8').trim()})`
  } catch {
    return ''
  }
}

function holderFile(folder: string): string {
  return join(folder, 'lock.pid')
}
