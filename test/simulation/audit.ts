/** What processes hold in memory against what the log says. */

import { isDeepStrictEqual } from 'node:util'
import { isCollection, isKeyed } from 'immutable'
import type { Aggregate } from '../../domain/kernel/aggregate.ts'
import type { RecordedEvent } from '../../domain/kernel/event.ts'
import type { MemoryStore } from '../../infra/event-store/memory-store.ts'
import { BrokenLaw } from './model/law.ts'
import type { Stock } from './model/stock.ts'
import type { Node } from './node.ts'

/** So many orders are looked at, the latest; of everything else all streams. */
const ORDERS = 40

type Audit = Readonly<{
  node: Node
  store: MemoryStore
  aggregates: ReadonlyMap<string, Aggregate>
  stock: Stock
}>

/** The states that commands are decided on, and the view of stock, are those that the log gives. */
export async function auditNode({ node, store, aggregates, stock }: Audit): Promise<void> {
  const all = [...new Set(store.stored().map(({ stream }) => stream))]
  const isOrder = (stream: string) => stream.startsWith('order-')
  const others = all.filter((stream) => /^(facility|stock|businessDay)-/.test(stream))
  for (const stream of [...others, ...all.filter(isOrder).slice(-ORDERS)]) {
    const category = stream.slice(0, stream.indexOf('-'))
    const aggregate = aggregates.get(category)
    if (aggregate === undefined) throw new Error(`no aggregate is called ${category}`)
    await auditStream(node, store, aggregate, stream)
  }
  auditView(node, stock)
}

async function auditStream(
  node: Node,
  store: MemoryStore,
  aggregate: Aggregate,
  stream: string,
): Promise<void> {
  const streamId = stream.slice(stream.indexOf('-') + 1)
  const held = await node.handler.dryRun().stateOf(aggregate, streamId)
  let folded = aggregate.initial
  for await (const event of store.readStream(stream)) folded = evolved(aggregate, folded, event)
  if (isDeepStrictEqual(plain(held), plain(folded))) return
  const what = `${stream} in process ${node.name}`
  throw new BrokenLaw('a state in memory is what its log gives', what, undefined, [stream])
}

function evolved(aggregate: Aggregate, state: unknown, event: RecordedEvent): unknown {
  return aggregate.evolve(state, event, event)
}

/** Without the order in which maps were filled. */
function plain(value: unknown): unknown {
  if (isKeyed(value)) {
    const entries = [...value].map(([key, item]) => [String(key), plain(item)] as const)
    return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1)))
  }
  if (isCollection(value)) return [...value].map(plain)
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null) return value
  if (Object.getPrototypeOf(value) !== Object.prototype) return String(value)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
}

function auditView({ name, reference }: Node, stock: Stock): void {
  for (const [warehouseId, skus] of reference.current().available) {
    for (const [sku, seen] of skus) {
      const there = stock.available(warehouseId, sku)
      if (seen === there) continue
      const what = `${seen} of ${sku} in ${warehouseId} by the view of ${name}, ${there} are there`
      throw new BrokenLaw('the view of stock is what is there', what, undefined, [warehouseId])
    }
  }
}
