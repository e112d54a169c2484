import { List, Map as PersistentMap, Set as PersistentSet } from 'immutable'
import { test } from 'tap'
import { decimal } from '../../../domain/kernel/money.ts'
import { createPool } from '../../../infra/postgres/pool.ts'
import { createSnapshotStore } from '../../../infra/postgres/snapshots.ts'
import { decodeState, stateEncoder } from '../../../infra/postgres/state-codec.ts'
import { testDatabase } from '../../support/postgres.ts'

const state = {
  limits: PersistentMap([['A', decimal('12.50')]]),
  holds: PersistentSet(['O1', 'O2']),
  order: List([1, 2]),
  at: 12n,
  nothing: undefined,
  records: PersistentMap<string, unknown>([
    ['A', { dealerId: 'A', due: undefined, none: null }],
    ['B', { other: [1, undefined] }],
    ['C', {}],
    ['D', { dealerId: 'D', due: '2026-01-05', none: null }],
  ]),
  nested: { deep: [null, { map: PersistentMap([[1, PersistentMap([['x', 'y']])]]) }] },
}

test('a state comes back from its snapshot as it was', async (t) => {
  const back = decodeState(stateEncoder()(state)) as typeof state
  t.ok(back.limits.get('A')?.equals('12.5'))
  t.ok(back.holds.equals(state.holds))
  t.ok(back.order.equals(state.order))
  t.equal(back.at, 12n)
  t.ok(Object.hasOwn(back, 'nothing'))
  t.strictSame([...back.records], [...state.records])
  t.equal(back.nested.deep[0], null)
  t.equal(back.nested.deep.length, 2)
})

test('a state that has changed is encoded as it is now, whatever was encoded before', async (t) => {
  const encode = stateEncoder()
  const before = PersistentMap([
    ['A', { held: '1.00' }],
    ['B', { held: '2.00' }],
  ])
  encode(before)
  const after = before.set('B', { held: '3.00' }).delete('A').set('C', { held: '4.00' })
  t.ok((decodeState(encode(after)) as typeof after).get('B')?.held === '3.00')
  t.equal(encode(after), stateEncoder()(after))
})

test('a state that a snapshot could not give back is an error, not a loss', async (t) => {
  t.throws(() => stateEncoder()({ when: new Date(0) }), /Date/)
})

test('a snapshot is found only for the state version it was taken with', async (t) => {
  const quiet = { warn: () => undefined }
  const pool = createPool(await testDatabase(t), {
    max: 2,
    statementTimeoutMs: 5_000,
    applicationName: 'test',
    log: { ...quiet, info: quiet.warn, error: quiet.warn },
  })
  t.teardown(() => pool.end())
  const [store] = await Promise.all([createSnapshotStore(pool), createSnapshotStore(pool)])
  const snapshot = { revision: 9n, position: 2n ** 60n, eventId: 'e9', state }
  await store.save('facility-A', 1, snapshot)
  await store.save('facility-A', 1, { ...snapshot, revision: 10n })
  t.match(await store.load('facility-A', 1), { revision: 10n, position: 2n ** 60n, eventId: 'e9' })
  t.equal(await store.load('facility-A', 2), undefined)
  t.equal(await store.load('facility-B', 1), undefined)
  await store.save('facility-B', 1, { ...snapshot, revision: 11n })
  t.strictSame(await store.longest(5), ['facility-B', 'facility-A'])
  t.strictSame(await store.longest(1), ['facility-B'])
})
