/** What the node needs of a logger; pino's fits. */
export type Logger = Readonly<{
  info: (fields: object, message: string) => void
  warn: (fields: object, message: string) => void
}>
