import { test } from 'tap'
import { verifySagas } from '../../../sagas/runner/verify.ts'
import { listen, saga } from '../../../sagas/saga.ts'
import { storedStates, world } from './support.ts'
import { Alarmed, Closed, DayClosed, Looked, Opened, Stepped, walk } from './walk.ts'

/** The walk in another shape: it counts. */
function counting(version: number) {
  return saga<{ steps: number }>({
    name: 'walk',
    version,
    listens: [
      listen(
        Opened,
        ({ data }) => data.id,
        () => ({ state: { steps: 0 }, commands: [{ command: 'Greet', input: {} }] }),
      ),
      listen(
        Stepped,
        ({ data }) => data.id,
        (state) => ({ state: { steps: (state?.steps ?? 0) + 1 } }),
      ),
    ],
  })
}

test('states of another version are built anew from the log, without a command', async (t) => {
  const { log, pool, sender, lead } = await world(t)
  const old = await lead([walk()])
  log.append(Opened({ id: 'a' }), Stepped({ id: 'a', step: 'x' }), Opened({ id: 'b' }))
  await old.caughtUp()
  await old.stop()
  const sent = sender.sent.length
  log.append(Stepped({ id: 'a', step: 'y' }))
  const next = await lead([counting(2)])
  await next.caughtUp()
  t.same(await storedStates(pool), { 'walk.a': { steps: 2 }, 'walk.b': { steps: 0 } })
  t.equal(sender.sent.length, sent)
  t.match(await verifySagas({ sagas: [counting(2)], log, pool }), [{ differences: 0 }])
})

test('a saga added later begins at the beginning, beside those that are ahead', async (t) => {
  const { log, pool, sender, lead } = await world(t)
  const first = await lead([walk()])
  log.append(Opened({ id: 'a' }), Stepped({ id: 'a', step: 'x' }))
  await first.caughtUp()
  await first.stop()
  const sent = sender.sent.length
  const sagas = [walk(), walk({ name: 'late' }), walk({ name: 'modern', startAt: 'head' })]
  const second = await lead(sagas)
  log.append(Stepped({ id: 'a', step: 'y' }), Opened({ id: 'b' }))
  await second.caughtUp()
  t.same(await storedStates(pool), {
    'late.a': { seen: ['opened a', 'x', 'y'] },
    'late.b': { seen: ['opened b'] },
    'modern.b': { seen: ['opened b'] },
    'walk.a': { seen: ['opened a', 'x', 'y'] },
    'walk.b': { seen: ['opened b'] },
  })
  const again = sender.sent.slice(sent).filter(({ input }) => input.what === 'x')
  t.equal(again.length, 1, 'the late one alone')
  t.match(
    await verifySagas({ sagas, log, pool }),
    sagas.map(() => ({ differences: 0 })),
  )
})

test('verification names what differs, and takes no more memory than it is told', async (t) => {
  const { log, pool, lead } = await world(t)
  const leader = await lead([walk()])
  const ids = Array.from({ length: 40 }, (_, index) => `i${index}`)
  log.append(...ids.map((id) => Opened({ id })), DayClosed({ day: 'monday' }))
  log.append(Closed({ id: 'i1' }), Looked({ id: 'i2' }))
  log.append(Alarmed({ id: 'i3', at: '2027-01-01T00:00:00.000Z' }))
  await leader.caughtUp()
  const verify = () => verifySagas({ sagas: [walk()], log, pool, maxInMemory: 10 })
  t.match(await verify(), [{ saga: 'walk', instances: 39, differences: 0, position: 430n }])
  await pool.query(`DELETE FROM sagas.instances WHERE key = 'i5'`)
  await pool.query(`UPDATE sagas.instances SET state = '{"seen":[]}' WHERE key = 'i6'`)
  await pool.query(`UPDATE sagas.instances SET timers = '{}' WHERE key = 'i3'`)
  await pool.query(
    `INSERT INTO sagas.instances VALUES ('walk', 'ghost', 'live', '{"seen":[]}', '{}')`,
  )
  const [verified] = await verify()
  const found = verified?.examples.map(({ key, kind }) => `${key} ${kind}`)
  t.same(found?.sort(), ['ghost unexpected', 'i3 different', 'i5 missing', 'i6 different'])
})
