/** The folder that holds all of one tradeline's data, and what lies where in it. */
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { codeOf, reasonOf, StartError } from './start-error.ts'

const words: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'it lies on a read-only file system',
  ENOSPC: 'the disk is full',
  EEXIST: 'a file of that name is in the way',
  ENOTDIR: 'a file of that name is in the way',
}

export type DataFolder = Readonly<{
  root: string
  postgres: string
  nats: string
  keys: string
  logs: string
  /** The lock and the notes of running processes. */
  run: string
}>

/** Makes what is missing, readable by its owner alone; refuses a folder that can't be written. */
export async function openDataFolder(dataDir: string): Promise<DataFolder> {
  const path = resolve(dataDir)
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    const root = await realpath(path)
    const under = (name: string) => join(root, name)
    for (const name of ['run', 'logs', 'keys'])
      await mkdir(under(name), { recursive: true, mode: 0o700 })
    await proveWritable(under('run'))
    return {
      root,
      postgres: under('postgres'),
      nats: under('nats'),
      keys: under('keys'),
      logs: under('logs'),
      run: under('run'),
    }
  } catch (error) {
    const why = words[codeOf(error) ?? ''] ?? reasonOf(error)
    throw new StartError(
      `The data folder ${path} can't be written: ${why}; give a folder of yours with --data.`,
    )
  }
}

async function proveWritable(folder: string): Promise<void> {
  const probe = join(folder, `probe-${process.pid}`)
  await writeFile(probe, '')
  await rm(probe)
}
