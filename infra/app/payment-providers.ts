/** The payment providers of this process: those that are configured, or else simulated ones of its own. */

import { randomBytes } from 'node:crypto'
import type { Provider } from '../../commands/providers.ts'
import type { Config } from '../config.ts'
import type { Log } from '../postgres/log.ts'
import { httpProvider } from '../providers/http-provider.ts'
import { type Simulator, startSimulator } from '../providers/simulator.ts'

export type Providers = Readonly<{
  byName: ReadonlyMap<string, Provider>
  /** Tells simulated ones where they call back: the write service. */
  callBackTo: (url: string) => void
}>

/** After what a simulated payer pays. */
const PAY_AFTER_MS = 3_000

/** Whoever stops the process ends the providers that were started with it. */
export async function openProviders(
  { providers, policy }: Config,
  logger: Log,
  ending: (() => Promise<unknown>)[],
): Promise<Providers> {
  const byName = new Map<string, Provider>()
  const simulators: Simulator[] = []
  for (const name of policy.onlineMethods) {
    const url = providers.urls.get(name)
    if (url !== undefined) {
      byName.set(name, httpProvider({ url, secrets: providers.secrets.get(name) ?? [] }))
      continue
    }
    const secret = randomBytes(32).toString('hex')
    const payAfterMs = providers.simulatedPayers === 'pay' ? PAY_AFTER_MS : undefined
    const simulator = await startSimulator({ provider: name, secret, payAfterMs })
    ending.push(simulator.stop)
    simulators.push(simulator)
    byName.set(name, httpProvider({ url: simulator.url, secrets: [secret] }))
    logger.info({ provider: name, url: simulator.url }, 'payments go to a simulated provider')
  }
  return {
    byName,
    callBackTo: (url) => {
      for (const simulator of simulators) simulator.callBackTo(url)
    },
  }
}
