/** `tradeline verify ledger`: holds the laws of the books at every position of the log. */

import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { EventLog } from '../../domain/kernel/event-log.ts'
import { START } from '../../domain/kernel/position.ts'
import type { Chart } from '../../domain/ledger/chart.ts'
import { type Breach, type Held, ledgerLaws } from '../../domain/ledger/laws.ts'

const MOST_EXAMPLES = 20

export type VerifiedLedger = Held &
  Readonly<{
    events: number
    position: bigint
    breaches: number
    /** The first of them. */
    examples: readonly (Breach & Readonly<{ event: RecordedEvent }>)[]
  }>

/** Reads the whole log once; it may run while the system works. */
export async function verifyLedger(
  log: Pick<EventLog, 'readAll'>,
  chart: Chart,
): Promise<VerifiedLedger> {
  const laws = ledgerLaws(chart)
  const examples: (Breach & { event: RecordedEvent })[] = []
  let [events, breaches, position] = [0, 0, START]
  for await (const event of log.readAll({ after: START })) {
    const found = laws.take(event)
    events += 1
    breaches += found.length
    position = event.position
    if (examples.length < MOST_EXAMPLES) {
      examples.push(...found.map((breach) => ({ ...breach, event })))
    }
  }
  return { ...laws.held(), events, breaches, position, examples }
}
