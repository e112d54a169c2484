/** Which events of the whole log a reader wants to see. */

export type EventFilter = Readonly<{
  subject: 'stream' | 'type'
  matches: (text: string) => boolean
  /** A subscriber hears where it stands after this many events, whether they match or not. */
  checkpointEvery: number
}>

/** Throws a SyntaxError for a regular expression that is none. Prefixes count when there is none. */
export function textMatcher(regex: string, prefixes: readonly string[]): EventFilter['matches'] {
  if (regex === '') return (text) => prefixes.some((prefix) => text.startsWith(prefix))
  const expression = new RegExp(regex)
  return (text) => expression.test(text)
}
