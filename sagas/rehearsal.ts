/**
 * What a saga would make of events that have not happened: its own reactions, its commands sent to a dry
 * run, and what these decide given to it again, until it waits for somebody else.
 */

import type { RecordedEvent } from '../domain/kernel/event.ts'
import { ABSENT, listenersOf, type Snapshot, step, targetsOf } from './runner/react.ts'
import type { Saga, SagaCommand } from './saga.ts'

/** Sends a command to a dry run; gives what it would write, and throws if it is refused. */
export type RehearsedSend = (command: SagaCommand) => Promise<readonly RecordedEvent[]>

export type Rehearsal = Readonly<{
  /** Plays on from some events; gives these and all that would follow, in order. */
  play: (events: readonly RecordedEvent[]) => Promise<readonly RecordedEvent[]>
}>

/** A play that goes on for longer has lost its way. */
const MOST_EVENTS = 500

/** Begins with no instances; those that exist already are not looked at. Time stands still: no timer fires. */
export function rehearse(saga: Saga, send: RehearsedSend): Rehearsal {
  const listeners = listenersOf([saga])
  const instances = new Map<string, Snapshot>()

  function commandsOn(event: RecordedEvent): readonly SagaCommand[] {
    return targetsOf(listeners, event).flatMap(({ listening, to }) => {
      if (typeof to !== 'string') return [] // a broadcast is for instances that exist already
      const stepped = step(listening, instances.get(to) ?? ABSENT, event, to)
      if (stepped === undefined) return []
      instances.set(to, stepped.after)
      return stepped.commands
    })
  }

  return {
    async play(events) {
      const played = [...events]
      for (let at = 0; at < played.length; at++) {
        const event = played[at]
        if (event === undefined || at >= MOST_EVENTS) throw new Error(`${saga.name} found no end`)
        for (const command of commandsOn(event)) played.push(...(await send(command)))
      }
      return played
    },
  }
}
