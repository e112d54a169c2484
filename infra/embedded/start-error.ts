/** Something outside keeps us from starting; the message is one sentence for the operator. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

/** The message of whatever was thrown, for building a sentence around it. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** The `code` of a Node system error (`ENOENT`, `EADDRINUSE`), or undefined. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
