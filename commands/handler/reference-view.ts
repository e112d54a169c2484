/** Keeps the reference view: follows the log from its start and folds what commands look up. */

import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { EventLog } from '../../domain/kernel/event-log.ts'
import type { Position } from '../../domain/kernel/position.ts'
import {
  emptyReference,
  evolveReference,
  HINTED_CATEGORIES,
  REFERENCE_CATEGORIES,
} from '../../domain/reference/evolve.ts'
import type { Reference } from '../../domain/reference/reference.ts'
import { Overloaded } from './errors.ts'
import { type Machine, thisMachine } from './machine.ts'
import type { Logger, ReferenceView } from './ports.ts'
import { type ViewAge, watchAge } from './view-age.ts'
import { createWaiters } from './waiters.ts'

export type RunningReferenceView = ReferenceView &
  Readonly<{
    /** Resolves once the view has reached the end the log had when it started. */
    ready: Promise<void>
    stop: () => Promise<void>
  }>

type Options = Readonly<{
  log: EventLog
  logger: Logger
  /** Called with every event; for those who wait for an outcome. */
  onEvents?: (events: readonly RecordedEvent[]) => void
  machine?: Machine
  /** Above `maxMs` nothing is decided on the view; not watched if not given. */
  age?: Readonly<{ maxMs: number; checkEveryMs: number }>
}>

const MOST_WAITERS = 20_000

/**
 * Starts the view. Until it is ready, and while it is too old, `current` refuses with `Overloaded`:
 * nothing is decided on half a view, or on yesterday's. After a failure of the log the subscription
 * resumes by itself.
 */
export function followReference(options: Options): RunningReferenceView {
  const { log, logger, onEvents, age, machine = thisMachine } = options
  const waiters = createWaiters(MOST_WAITERS, machine)
  let reference: Reference = emptyReference
  let isReady = false
  let watch: ViewAge | undefined
  const { promise: ready, resolve: becomeReady, reject: fail } = Promise.withResolvers<void>()

  async function follow(): Promise<() => Promise<void>> {
    const target = await log.head()
    const arrived = () => {
      isReady = true
      if (age) watch ??= watchAge({ ...age, head: () => log.head(), seen, machine })
      becomeReady()
    }
    if (target <= reference.position) arrived()
    const subscription = log.follow({
      after: reference.position,
      // Of all categories: who waits until the view has seen an event may mean one it does not fold.
      onBatch: async ({ events, position, live }) => {
        reference = { ...events.filter(isFolded).reduce(evolveReference, reference), position }
        waiters.advance(position)
        onEvents?.(events)
        if (!isReady && (live || position >= target)) arrived()
      },
    })
    subscription.ended.catch((error: unknown) => {
      logger.error({ error }, 'the reference view stopped')
      isReady = false
      fail(error)
    })
    return subscription.stop
  }

  function seen(position: Position, withinMs: number): Promise<boolean> {
    if (reference.position >= position) return Promise.resolve(true)
    return waiters.wait(position, withinMs)
  }

  const started = follow()
  started.catch((error: unknown) => fail(error))
  ready.catch(() => undefined)

  return {
    ready,
    current() {
      if (!isReady) throw new Overloaded('the reference view is not ready')
      if (age && watch && watch.ageMs() > age.maxMs) {
        throw new Overloaded('the reference view is too old')
      }
      return reference
    },
    seen,
    async stop() {
      watch?.stop()
      waiters.end()
      const stop = await started.catch(() => undefined) // a start that failed leaves nothing to stop
      await stop?.()
    },
  }
}

const folded = new Set([...REFERENCE_CATEGORIES, ...HINTED_CATEGORIES])

function isFolded({ category }: RecordedEvent): boolean {
  return folded.has(category)
}
