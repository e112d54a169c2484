/** Structured logs: one JSON object a line; nothing secret in it. */
import { type DestinationStream, type Logger, pino, stdTimeFunctions } from 'pino'

const secrets = ['authorization', 'cookie', 'password', 'token', 'databaseUrl', '["set-cookie"]']
const places = ['', 'headers.', 'req.headers.', 'request.headers.', '*.', '*.headers.']

/** Writes to standard output unless another destination is given. */
export function createLogger(
  options: Readonly<{ level: string; name?: string }>,
  destination?: DestinationStream,
): Logger {
  const settings = {
    level: options.level,
    base: { name: options.name ?? 'tradeline', pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    redact: { paths: redactedPaths(), censor: '[redacted]' },
  }
  return destination === undefined ? pino(settings) : pino(settings, destination)
}

function redactedPaths(): string[] {
  return places.flatMap((place) => secrets.map((secret) => `${place}${secret}`.replace('.[', '[')))
}
