/** Subscriptions to part of the log. */
import { END, eventTypeFilter, START, streamNameFilter } from '@eventstore/db-client'
import { test } from 'tap'
import { testEventStoreNode } from '../../support/event-store.ts'
import { confirmed, connect, numbered, seenBy } from './node-client.ts'

const filters = {
  'a prefix of the stream': streamNameFilter({ prefixes: ['order-'] }),
  'one of two prefixes of the stream': streamNameFilter({ prefixes: ['order-1', 'stock'] }),
  'a pattern of the stream': streamNameFilter({ regex: '-2$' }),
  'a prefix of the type': eventTypeFilter({ prefixes: ['Order'] }),
  'a pattern of the type': eventTypeFilter({ regex: '^(Order|Stock)(Placed|Taken)$' }),
}

const expected: Record<keyof typeof filters, readonly number[]> = {
  'a prefix of the stream': [1, 2, 3],
  'one of two prefixes of the stream': [1, 2, 4, 5],
  'a pattern of the stream': [3, 5],
  'a prefix of the type': [1, 2, 3],
  'a pattern of the type': [1, 3, 4],
}

for (const [name, filter] of Object.entries(filters)) {
  test(`a subscription by ${name} sees what matches, of the past and live`, async (t) => {
    const { port } = await testEventStoreNode(t)
    const client = connect(t, port)
    const write = async () => {
      await client.appendToStream('order-1', numbered(1, 'OrderPlaced'))
      await client.appendToStream('order-1', numbered(2, 'OrderShipped'))
      await client.appendToStream('order-2', numbered(3, 'OrderPlaced'))
      await client.appendToStream('stock-1', numbered(4, 'StockTaken'))
      await client.appendToStream('stock-2', numbered(5, 'stockCounted'))
      await client.appendToStream('reorder', numbered(6, 'reOrderPlaced'))
    }
    await write()
    const wanted = Object.entries(expected).find(([key]) => key === name)?.[1] ?? []
    const past = seenBy(client.subscribeToAll({ fromPosition: START, filter }))
    const subscription = client.subscribeToAll({ fromPosition: END, filter })
    const live = seenBy(subscription)
    await confirmed(subscription)
    await past.reached(wanted.length)
    await write()
    const twice = [...wanted, ...wanted]
    const numbers = (await past.reached(twice.length)).map(({ number }) => number)
    t.same(numbers, twice)
    t.same(
      (await live.reached(wanted.length)).map(({ number }) => number),
      wanted,
    )
  })
}

test('a filter that is no regular expression is refused', async (t) => {
  const { port } = await testEventStoreNode(t)
  const client = connect(t, port)
  const subscription = client.subscribeToAll({ filter: streamNameFilter({ regex: '(' }) })
  const error = await new Promise((resolve) => subscription.on('error', resolve))
  t.match(error, { code: 3 })
})
