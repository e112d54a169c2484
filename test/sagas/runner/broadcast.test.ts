import { test } from 'tap'
import { verifySagas } from '../../../sagas/runner/verify.ts'
import { eventually, storedStates, world } from './support.ts'
import { Closed, DayClosed, Opened, Stepped, walk } from './walk.ts'

const ids = Array.from({ length: 25 }, (_, index) => `i${String(index).padStart(2, '0')}`)

test('a broadcast reaches every live instance, in its place among their events', async (t) => {
  const { log, pool, sender, lead } = await world(t)
  const leader = await lead([walk()], { broadcastPage: 4, maxIdleInstances: 3 })
  log.append(...ids.map((id) => Opened({ id })), Closed({ id: 'i07' }))
  log.append(DayClosed({ day: 'monday' }), Stepped({ id: 'i03', step: 'on' }), Opened({ id: 'z' }))
  await leader.caughtUp()
  const states = await storedStates(pool)
  t.same(states['walk.i03'], { seen: ['opened i03', 'monday', 'on'] })
  t.same(states['walk.z'], { seen: ['opened z'] }, 'it was not there yet')
  t.equal(sender.sent.filter(({ name }) => name === 'NoteDay').length, 24)
  t.equal(Object.keys(states).length, 25)
})

test('a leader that dies in a broadcast is followed from the page it had not committed', async (t) => {
  const { log, pool, sender, never, lead } = await world(t)
  const first = await lead([walk()], { broadcastPage: 10 })
  log.append(...ids.map((id) => Opened({ id })))
  await first.caughtUp()
  let pages = 0
  first.beforeCommit(async () => {
    if (++pages > 1) await never
  })
  log.append(DayClosed({ day: 'monday' }), Stepped({ id: 'i00', step: 'on' }))
  const days = () => sender.sent.filter(({ name }) => name === 'NoteDay').length
  await eventually('the second page is sent', () => days() === 20 && pages === 2)
  t.match(
    await verifySagas({ sagas: [walk()], log, pool }),
    [{ instances: 25, differences: 0 }],
    'half a broadcast is as it should be',
  )
  const second = await lead([walk()], { broadcastPage: 10 })
  await second.caughtUp()
  t.equal(days(), 35, 'the second page again, and the third')
  for (const [id, state] of Object.entries(await storedStates(pool))) {
    const { seen } = state as { seen: string[] }
    t.same(seen.slice(1), id === 'walk.i00' ? ['monday', 'on'] : ['monday'])
  }
  t.match(await verifySagas({ sagas: [walk()], log, pool }), [{ differences: 0 }])
})
