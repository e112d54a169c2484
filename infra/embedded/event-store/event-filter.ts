/** Which events of the whole log a reader wants to see. */

export type FilterSubject = 'stream' | 'type'

export type EventFilter = Readonly<{
  subject: FilterSubject
  regex: string // empty when prefixes are given
  prefixes: readonly string[]
  /** A subscriber hears where it stands after this many events, whether they match or not. */
  checkpointEvery: number
}>

type Filtered = Readonly<{ stream: string; type: string }>

/** Throws a SyntaxError for a regular expression that is none. */
export function matcher(filter: EventFilter | undefined): (event: Filtered) => boolean {
  if (filter === undefined) return () => true
  const { subject, prefixes } = filter
  if (filter.regex === '') {
    return (event) => prefixes.some((prefix) => event[subject].startsWith(prefix))
  }
  const regex = new RegExp(filter.regex)
  return (event) => regex.test(event[subject])
}
