/** Whom invoices are numbered by: the authority that was configured, or else one of our own to try things with. */

import type pg from 'pg'
import type { TaxAuthority } from '../../commands/tax-authority.ts'
import type { Log } from '../postgres/log.ts'
import { createTaxAuthority } from '../tax-authority/client.ts'
import { startTaxAuthority } from '../tax-authority/server.ts'

type Parts = Readonly<{ url: string | undefined; pool: pg.Pool; logger: Log }>

/** Whoever stops the process ends the authority that was started with it. */
export async function openTaxAuthority(
  { url, pool, logger }: Parts,
  ending: (() => Promise<unknown>)[],
): Promise<TaxAuthority> {
  if (url !== undefined) return createTaxAuthority(url)
  const simulated = await startTaxAuthority({ pool, port: 0 })
  ending.push(simulated.stop)
  logger.info({ url: simulated.url }, 'invoices get numbers of a simulated tax authority')
  return createTaxAuthority(simulated.url)
}
