/**
 * Brings what npm can't: `nats-server`, from the system's packages. Nothing to do when it is there;
 * never asks, never takes long, and what it may not or can't do it says in one sentence, for
 * tradeline also runs without.
 */
import { spawnSync } from 'node:child_process'
import { natsMissing, natsProgram } from '../infra/embedded/nats.ts'

const networkLimitMs = 60_000
const aptOptions = [
  '-q',
  ...['-o', 'DPkg::Lock::Timeout=30'],
  ...['-o', 'Acquire::Retries=0'],
  ...['-o', 'Acquire::http::Timeout=10'],
]

if ((await natsProgram()) === undefined) {
  console.log(install() ? 'nats-server is installed.' : natsMissing)
}

function install(): boolean {
  const prefix = privilege()
  if (prefix === undefined || !works(['apt-get', '--version'])) return false
  console.log('Installing nats-server (for the ERP feed) with apt-get ...')
  const apt = (...words: string[]) => [...prefix, 'apt-get', ...aptOptions, ...words]
  const fetched =
    works(apt('install', '-y', '--download-only', 'nats-server'), networkLimitMs) ||
    (works(apt('update'), networkLimitMs) &&
      works(apt('install', '-y', '--download-only', 'nats-server'), networkLimitMs))
  // From here on nothing is fetched and nothing is cut short: half an installation is worse than none.
  if (!fetched || !works(apt('install', '-y', '--no-download', 'nats-server'))) return false
  // The package starts a server of its own, on the port of ours and without JetStream.
  works([...prefix, 'systemctl', 'disable', '--now', 'nats-server.service'], networkLimitMs)
  return true
}

/** What to put before a command that needs root: nothing, sudo that asks nothing, or no way. */
function privilege(): string[] | undefined {
  if (process.getuid?.() === 0) return []
  return works(['sudo', '-n', 'true'], networkLimitMs) ? ['sudo', '-n'] : undefined
}

/** Whether the command ends well; what it says is not shown. */
function works([program = '', ...words]: readonly string[], timeoutMs = 0): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { status } = spawnSync(program, words, { stdio: 'ignore', env, timeout: timeoutMs })
  return status === 0
}
