import { test } from 'tap'
import { z } from 'zod'
import { event } from '../../../domain/kernel/event.ts'
import { createCodec } from '../../../infra/event-store/codec.ts'
import { createMemoryStore } from '../../../infra/event-store/memory-store.ts'
import { memoryKeys } from '../../../infra/event-store/personal-data.ts'
import { Introduced, newEvent, testRegistry } from '../../support/events.ts'

const introduced = (seed: string) =>
  newEvent(
    Introduced({
      person: 'p',
      name: 'Ana Example',
      contact: { email: 'ana@example.com', phone: '1' },
      city: 'Ulm',
    }),
    seed,
  )

test('nothing personal is stored in the clear', async (t) => {
  const store = createMemoryStore({ registry: testRegistry })
  await store.append('person-p', [introduced('1')], 'no-stream')
  const stored = JSON.stringify(store.stored().map(({ data }) => data))
  t.notMatch(stored, /Ana|ana@/)
  t.match(stored, /Ulm/)
})

test('a sealed field opens only where it was sealed', async (t) => {
  const store = createMemoryStore({ registry: testRegistry })
  await store.append('person-p', [introduced('1'), introduced('2')], 'no-stream')
  const [one, two] = store.stored()
  await store.appendForeign('person-q', [
    { id: one?.id ?? '', type: 'Introduced', data: two?.data, metadata: one?.metadata },
  ])
  await t.rejects(Array.fromAsync(store.readStream('person-q')), /authenticate/)
})

test('personal data that could not be forgotten is turned away', async (t) => {
  const Bound = event(
    'Bound',
    1,
    { person: z.string(), name: z.string() },
    { personal: { fields: ['name'], subject: ({ person }) => person } },
  )
  t.throws(
    () => createCodec(new Map([['Bound', Bound]]), memoryKeys()),
    /Bound.name is personal: its schema must be optional or nullable/,
  )
})

test('an event under another version than its definition is not encoded', async (t) => {
  const codec = createCodec(testRegistry, memoryKeys())
  const sent = introduced('1')
  const wrong = { ...sent, metadata: { ...sent.metadata, schema: 2 } }
  await t.rejects(codec.encode([wrong]), /Introduced is at version 1, not 2/)
})
