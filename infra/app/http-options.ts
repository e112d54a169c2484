/** What both services are given alike. */

import type { FastifyBaseLogger } from 'fastify'
import type { Logger } from 'pino'
import type { ServerOptions } from '../../http/server.ts'
import type { Config } from '../config.ts'
import { verifier } from '../keys.ts'
import type { Metrics } from '../metrics.ts'
import { type Check, createReadiness } from './readiness.ts'
import { unavailable } from './unavailable.ts'

export type HttpOptions = Omit<ServerOptions, 'title' | 'description'>

export async function httpOptions(
  config: Config,
  logger: Logger,
  metrics: Metrics,
  checks: Readonly<Record<string, Check>>,
): Promise<HttpOptions> {
  return {
    version: '1',
    logger: logger as FastifyBaseLogger,
    verify: await verifier(config),
    readiness: createReadiness(checks),
    metrics: metrics.text,
    onAnswer: ({ route, status, seconds }) =>
      metrics.http.observe({ route, status: String(status) }, seconds),
    unavailable,
  }
}
