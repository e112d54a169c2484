/** What the parts that talk to Postgres need of a logger; pino's fits. */

type Line = (fields: Readonly<Record<string, unknown>>, message: string) => void

export type Log = Readonly<{ info: Line; warn: Line; error: Line }>
