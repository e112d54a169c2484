/** Who asks which outside system: an executor for each kind of request. */

import type pg from 'pg'
import type { Provider } from '../../commands/providers.ts'
import type { Config } from '../config.ts'
import type { Executors } from '../outbound/executors.ts'
import { PAYMENT_REQUESTS, paymentExecutor } from '../outbound/payments.ts'
import { REFUND_REQUESTS, refundExecutor } from '../outbound/refunds.ts'
import type { Log } from '../postgres/log.ts'
import { INVOICE_REQUESTS, invoiceExecutor } from '../tax-authority/executor.ts'
import { openTaxAuthority } from './tax-authority.ts'

type Parts = Readonly<{
  config: Config
  providers: ReadonlyMap<string, Provider>
  pool: pg.Pool
  logger: Log
}>

/** `ending` takes what has to be ended with the process. */
export async function openExecutors(
  { config, providers, pool, logger }: Parts,
  ending: (() => Promise<unknown>)[],
): Promise<Executors> {
  const url = config.urls.taxAuthority
  const authority = await openTaxAuthority({ url, pool, logger }, ending)
  return new Map([
    [INVOICE_REQUESTS, invoiceExecutor(authority)],
    [PAYMENT_REQUESTS, paymentExecutor(providers)],
    [REFUND_REQUESTS, refundExecutor(providers)],
  ])
}
