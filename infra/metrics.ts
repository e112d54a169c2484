/** What tradeline measures of itself, in Prometheus's form. Nothing personal is in a label. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export type Metrics = ReturnType<typeof createMetrics>

export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const http = new Histogram({
    name: 'tradeline_http_request_seconds',
    help: 'How long requests took, by route and status.',
    labelNames: ['route', 'status'],
    buckets: SECONDS,
    registers,
  })
  const commands = new Counter({
    name: 'tradeline_commands_total',
    help: 'Commands by name and outcome.',
    labelNames: ['command', 'outcome'],
    registers,
  })
  const projected = new Counter({
    name: 'tradeline_projected_events_total',
    help: 'Events that a read model has taken in.',
    labelNames: ['model'],
    registers,
  })
  const positions = new Gauge({
    name: 'tradeline_position',
    help: 'How far a follower of the log has come.',
    labelNames: ['follower'],
    registers,
  })
  return {
    http,
    commands,
    projected,
    positions,
    /** A gauge that is read when it is asked for. */
    gauge: (name: string, help: string, read: () => number) =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read())
        },
      }),
    text: async () => ({ contentType: registry.contentType, text: await registry.metrics() }),
  }
}
