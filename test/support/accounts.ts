import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

type OrdinaryAccount = Readonly<{ account?: { uid: number; gid: number }; skip: string | false }>

/** An account without rights to run a program of this clone as; or why there is none. */
export async function ordinaryAccount(): Promise<OrdinaryAccount> {
  if (process.getuid?.() !== 0) return { skip: false }
  const account = { uid: 65_534, gid: 65_534 } // nobody, on every system
  try {
    await run(process.execPath, ['--check', import.meta.filename], { ...account, cwd: '/' })
    return { account, skip: false }
  } catch {
    return { skip: 'only root can enter the folder of this clone' }
  }
}
