import { test } from 'tap'
import { EscalateReview } from '../../commands/reviews.ts'
import type { DecidedEvent, RecordedEvent } from '../../domain/kernel/event.ts'
import { approveOrder } from '../../domain/order/approval.ts'
import { AmendmentRefused, OrderCancelled, OrderRejected } from '../../domain/order/events.ts'
import { order } from '../../domain/order/order.ts'
import { OrderApproved, ReviewRequested } from '../../domain/order/review-events.ts'
import type { OrderState } from '../../domain/order/state.ts'
import { TimerFired } from '../../domain/timer/timer.ts'
import { orderReview, REVIEW_DUE } from '../../sagas/order-review.ts'
import type { Snapshot } from '../../sagas/runner/react.ts'
import { ABSENT, step } from '../../sagas/runner/react.ts'
import { OPS } from '../domain/order/reviewing.ts'
import { inShop, ORDER, placing } from '../domain/order/shop.ts'
import { recorded } from '../support/recorded.ts'

const HOUR = 60 * 60_000

const stepOf = (role: 'brand-ops' | 'brand-finance', hours: number) => ({
  ...{ role, hours, ruleId: 'large', ruleVersion: 1 },
  escalateTo: 'brand-finance' as const,
})

/** The order's stream with the saga beside it, and a clock that a test sets. */
function createWorld() {
  let now = '2026-01-05T02:00:00.000Z'
  let state: OrderState
  let instance: Snapshot = ABSENT
  let revision = -1n
  const log: string[] = []

  function see(event: RecordedEvent): void {
    const listening = orderReview.listens.get(event.type)
    if (listening?.correlate(event as RecordedEvent<string, never>) !== ORDER) return
    const reacted = step(listening, instance, event, ORDER)
    if (!reacted) return
    instance = reacted.after
    for (const { command, input } of reacted.commands) {
      if (command !== EscalateReview.name) throw new Error(`${command} was not expected`)
      const decision = EscalateReview.decide(
        state,
        EscalateReview.schema.parse(input),
        inShop({ now, actor: { user: 'saga', role: 'saga' } }),
      )
      if (!decision.accepted) throw new Error(decision.refusal.message)
      write(...decision.events)
    }
  }

  function write(...events: readonly DecidedEvent[]): void {
    for (const event of events) {
      revision += 1n
      const written = recorded(`order-${ORDER}`, event, { revision, metadata: { recordedAt: now } })
      state = order.evolve(state, written, written)
      log.push(event.type)
      see(written)
    }
  }

  /** Lets the time pass, firing what is due on the way. */
  function passUntil(instant: string): void {
    for (;;) {
      const next = Object.entries(instance.timers).find(([, { at }]) => at <= instant)
      if (!next) break
      const [name, { at }] = next
      now = at
      const fired = { saga: orderReview.name, key: ORDER, name, dueAt: at }
      see(recorded(`timer-${orderReview.name}.${ORDER}`, TimerFired(fired)))
    }
    now = instant
  }

  const review = (...chain: readonly ReturnType<typeof stepOf>[]) => {
    const [first] = chain
    const dueAt = new Date(Date.parse(now) + (first?.hours ?? 0) * HOUR).toISOString()
    const reason = {
      code: 'amount',
      message: 'x',
      decision: { rule: 'r', ruleVersion: 1, inputs: {}, ways: [] },
    }
    const head = { orderId: ORDER, dealerId: 'D1', review: 1, reasons: [reason], total: '1.00' }
    return ReviewRequested({ ...head, chain: [...chain], dueAt })
  }

  write(...placing().slice(0, 1))
  return {
    log,
    write,
    passUntil,
    review,
    approve: () => {
      const decision = approveOrder(state, { orderId: ORDER }, inShop({ now, actor: OPS }))
      if (!decision.accepted) throw new Error(decision.refusal.message)
      write(...decision.events)
    },
    isThere: () => instance !== ABSENT,
    due: () => instance.timers[REVIEW_DUE]?.at,
    roles: () => [
      state?.review?.chain[state.review.step]?.role,
      ...(state?.review?.escalatedTo ?? []),
    ],
  }
}

const escalations = ({ log }: ReturnType<typeof createWorld>) =>
  log.filter((type) => type === 'ReviewEscalated').length

test('a review that nobody decides escalates twice, and then stays for all to see', async (t) => {
  const world = createWorld()
  world.write(world.review(stepOf('brand-ops', 2)))
  world.passUntil('2026-01-05T03:59:59.999Z')
  t.equal(escalations(world), 0)
  world.passUntil('2026-01-05T04:00:00.000Z')
  t.same(world.roles(), ['brand-ops', 'brand-finance'])
  t.equal(world.due(), '2026-01-05T06:00:00.000Z')
  world.passUntil('2026-02-01T00:00:00.000Z')
  t.same(world.roles(), ['brand-ops', 'brand-finance', 'brand-admin'])
  t.equal(world.due(), undefined)
  t.ok(world.isThere())
})

test('the next step has its own time', async (t) => {
  const world = createWorld()
  world.write(world.review(stepOf('brand-ops', 2), stepOf('brand-finance', 5)))
  world.passUntil('2026-01-05T03:00:00.000Z')
  world.approve()
  t.equal(world.due(), '2026-01-05T08:00:00.000Z')
  world.passUntil('2026-01-05T08:00:00.000Z')
  t.same(world.roles(), ['brand-finance', 'brand-admin'], 'finance itself is left out')
})

test('a review that is over escalates no more, and is forgotten', async (t) => {
  const about = { orderId: ORDER, review: 1 }
  const ends: readonly DecidedEvent[] = [
    OrderApproved({ ...about, dealerId: 'D1', facilityId: 'ROOT', resumes: 'placed' }),
    OrderRejected({ orderId: ORDER, code: 'x', message: 'x' }),
    OrderCancelled({ orderId: ORDER, fulfilments: [] }),
  ]
  for (const end of ends) {
    const world = createWorld()
    world.write(world.review(stepOf('brand-ops', 2)))
    t.ok(world.isThere())
    world.write(end)
    world.passUntil('2026-02-01T00:00:00.000Z')
    t.notOk(world.isThere(), end.type)
    t.equal(escalations(world), 0)
  }
})

test('an amendment that is refused ends its own review only', async (t) => {
  const world = createWorld()
  world.write(world.review(stepOf('brand-ops', 2)))
  world.write(AmendmentRefused({ orderId: ORDER, amendment: 1, code: 'x', message: 'x' }))
  t.ok(world.isThere())
})
