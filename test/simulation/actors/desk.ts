/**
 * The outbound desk: it asks providers what the log says they are to be asked, with the product's own
 * executors, when it is due in virtual time, and now and then twice.
 */

import type { Provider } from '../../../commands/providers.ts'
import type { Executor, Learnt } from '../../../infra/outbound/executors.ts'
import { paymentExecutor } from '../../../infra/outbound/payments.ts'
import { refundExecutor } from '../../../infra/outbound/refunds.ts'
import { commandIdOf } from '../../../sagas/runner/react.ts'
import type { Data } from '../model/law.ts'
import { ASKING_EVENTS, type Asking } from '../model/money.ts'
import { OUTSIDE } from '../scheduler.ts'
import type { Executors } from '../world.ts'
import { DAY, MINUTE, SECOND, type Stage } from './stage.ts'

/** How long one asking may take. */
const TIMEOUT_MS = 15 * SECOND
const TWICE = 0.04

export function outboundDesk(stage: Stage, providers: ReadonlyMap<string, Provider>): void {
  const { world, random } = stage
  const executors = world.outbound({
    payment: paymentExecutor(providers),
    refund: refundExecutor(providers),
  })
  const wake = ({ paymentId, refundId }: Data) => {
    const id = refundId === undefined ? `payment/${paymentId}` : `refund/${refundId}`
    const asking = world.model.money.asking(id)
    if (asking === undefined) return
    for (let desks = random.chance(TWICE) ? 2 : 1; desks > 0; desks--) {
      const waitMs = Math.max(0, Date.parse(asking.dueAt) - world.scheduler.now())
      stage.later(waitMs, waitMs + 500, () => work(stage, executors, asking))
    }
  }
  for (const type of ASKING_EVENTS) stage.on(type, wake)
}

/** Asks until what was learnt is written, or is needed no more. */
async function work(stage: Stage, executors: Executors, asking: Asking): Promise<void> {
  const { world, random, later } = stage
  const { requestId, kind, causedBy, correlationId, position } = asking
  if (world.model.money.asking(requestId)?.position !== position) return
  const learnt = await inTime(stage, executors[kind], asking)
  const answer =
    learnt &&
    (await world.send({
      ...{ name: learnt.command, input: learnt.input, causationId: causedBy, correlationId },
      commandId: commandIdOf('outbound-desk', requestId, causedBy, 0),
      after: position,
    }))
  if (answer?.accepted) return
  if (world.scheduler.now() > Date.parse(asking.dueAt) + 10 * DAY) return
  // Of two that asked at once one was told first, and the other hears that.
  later(SECOND, random.pick([2 * SECOND, MINUTE]), () => work(stage, executors, asking))
}

async function inTime(
  { world: { scheduler } }: Stage,
  executor: Executor,
  asking: Asking,
): Promise<Learnt | undefined> {
  const timeout = new AbortController()
  const tooLate = () => timeout.abort()
  scheduler.at(scheduler.now() + TIMEOUT_MS, OUTSIDE, tooLate, true)
  return await executor.perform(asking, timeout.signal)
}
