import { test } from 'tap'
import { EventStoreUnavailable, WrongExpectedRevision } from '../../../commands/event-store.ts'
import type { AppendFault, MemoryStoreOptions } from '../../../infra/event-store/memory-store.ts'
import { createMemoryStore } from '../../../infra/event-store/memory-store.ts'
import { noted, testRegistry } from '../../support/events.ts'
import { contract } from './contract.ts'
import { collect, follow, numbers } from './following.ts'

contract('memory', async (t, registry, keys) => {
  const store = createMemoryStore({ registry, keys })
  t.teardown(() => store.close())
  return { store, appendForeign: store.appendForeign }
})

function faulty(...faults: (AppendFault | undefined)[]) {
  const options: MemoryStoreOptions = {
    registry: testRegistry,
    beforeAppend: () => faults.shift(),
  }
  return createMemoryStore(options)
}

test('a lost answer leaves the events stored', async (t) => {
  const store = faulty('lost-answer')
  await t.rejects(store.append('note-a', noted('a', 2), 'no-stream'), EventStoreUnavailable)
  const again = await store.append('note-a', noted('a', 2), 'no-stream')
  t.equal(again.revision, 1n)
  t.strictSame(numbers(await collect(store.readStream('note-a'))), [0, 1])
})

test('a lost request leaves nothing stored', async (t) => {
  const store = faulty('lost-request')
  await t.rejects(store.append('note-a', noted('a', 2), 'no-stream'), EventStoreUnavailable)
  t.strictSame(await collect(store.readStream('note-a')), [])
})

test('a wrong revision can be made up', async (t) => {
  const store = faulty('wrong-expected-revision')
  await t.rejects(store.append('note-a', noted('a', 2), 'no-stream'), WrongExpectedRevision)
})

test('followers move only when the scheduler says so', async (t) => {
  const steps: (() => void)[] = []
  const store = createMemoryStore({ registry: testRegistry, schedule: (step) => steps.push(step) })
  await store.append('note-a', noted('a', 3), 'no-stream')
  const followed = follow(store)
  t.strictSame(followed.events(), [])
  steps.shift()?.()
  await followed.reached(3)
  await followed.subscription.stop()
  t.strictSame(numbers(followed.events()), [0, 1, 2])
})
