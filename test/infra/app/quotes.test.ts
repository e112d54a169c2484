/** Quotes under every policy, over a store in memory. */

import { join } from 'node:path'
import { type Test, test } from 'tap'
import { createHandler } from '../../../commands/handler/handler.ts'
import { followReference } from '../../../commands/handler/reference-view.ts'
import { DEFAULT_POLICY, type Policy } from '../../../domain/policy.ts'
import { createQuoting } from '../../../infra/app/quotes.ts'
import { discover } from '../../../infra/discover.ts'
import { createMemoryStore } from '../../../infra/event-store/memory-store.ts'
import { testLookups } from '../../support/lookups.ts'

const declarations = await discover(join(import.meta.dirname, '../../..'))
const ADMIN = { user: 'ann', role: 'brand-admin' }
const NOW = '2026-03-02T02:00:00.000Z'

/** A dealer D with a limit, and 5 of S at 100.00 in one warehouse. */
async function business(t: Test, policy: Partial<Policy>, limit = '1000.00') {
  const store = createMemoryStore({ registry: declarations.events })
  const quiet = () => undefined
  const logger = { info: quiet, warn: quiet, error: quiet }
  const reference = followReference({ log: store, logger })
  t.teardown(reference.stop)
  await reference.ready
  const handler = createHandler({
    ...{ store, reference, logger },
    index: { lookup: async () => ({ checkpoint: 0n, found: new Map() }) },
    snapshots: { load: async () => undefined, save: async () => undefined },
    clock: { now: () => new Date(NOW) },
    policy: { ...DEFAULT_POLICY, ...policy },
    lookups: testLookups(),
  })
  async function send(name: string, input: object): Promise<void> {
    const command = declarations.commands.get(name)
    if (command === undefined) throw new Error(`there is no ${name}`)
    const parsed = command.schema.parse(input)
    const sender = { actor: ADMIN, secondFactor: true }
    const outcome = await handler.handle({ command, input: parsed, ...sender })
    if (!outcome.accepted) throw new Error(outcome.refusal.message)
  }
  await send('RegisterDealer', { dealerId: 'D', name: 'D', region: 'East' })
  await send('SetLimit', { dealerId: 'D', limit, reason: 'agreed' })
  await send('RegisterProduct', {
    ...{ productId: 'P', name: 'P', category: 'food', taxRate: '0.13' },
    skus: [{ sku: 'S', name: 'S', basePrice: '100.00' }],
  })
  await send('OpenWarehouse', { warehouseId: 'W', name: 'W', regions: ['East'], priority: 1 })
  await send('ReceiveStock', { warehouseId: 'W', sku: 'S', quantity: 5, unitCost: '1.00' })
  return { store, handler }
}

async function quoted(
  { store, handler }: Awaited<ReturnType<typeof business>>,
  quantity: number,
  payment = 'term',
) {
  const command = declarations.commands.get('PlaceOrder')
  const quote = command?.quote
  if (command === undefined || quote === undefined) throw new Error('orders are not quoted')
  const head = await store.head()
  const order = { dealerId: 'D', shipTo: { region: 'East' }, lines: [{ sku: 'S', quantity }] }
  const input = command.schema.parse({ ...order, payment })
  const quoting = createQuoting(declarations, handler, store)
  const outcome = await quoting({ command, input, actor: ADMIN }, quote)
  if ((await store.head()) !== head) throw new Error('a quote wrote something')
  if (!outcome.accepted) throw new Error(outcome.refusal.message)
  const answer = await quote.answer(outcome.rehearsed)
  quote.answerSchema.parse(JSON.parse(JSON.stringify(answer)))
  return answer
}

test('short of stock: rejected, put off, or served in part, by policy', async (t) => {
  t.match(await quoted(await business(t, {}), 7), { status: 'rejected', total: '700.00' })
  t.match(await quoted(await business(t, { stockShort: 'backorder' }), 7), {
    status: 'backordered',
    statusReason: { code: 'stock-insufficient' },
    plan: { shortages: [{ sku: 'S', wanted: 7, missing: 2 }] },
  })
  t.match(await quoted(await business(t, { stockShort: 'partial' }), 7), {
    status: 'confirmed',
    total: '500.00',
    lines: [{ quantity: 5, amount: '500.00' }],
    dropped: [{ sku: 'S', quantity: 2 }],
    credit: { needed: '500.00', granted: true },
  })
})

test('over the limit: rejected or put to review, by policy', async (t) => {
  const refused = { granted: false, refusal: { code: 'credit-insufficient' } }
  t.match(await quoted(await business(t, {}, '300.00'), 5), {
    status: 'rejected',
    statusReason: { code: 'credit-insufficient' },
    credit: refused,
    ifApproved: null,
  })
  t.match(await quoted(await business(t, { overLimit: 'review' }, '300.00'), 5), {
    status: 'review',
    credit: refused,
    review: { release: '200.00' },
    ifApproved: { status: 'confirmed' },
  })
})

test('prepaid, the limit is no matter, and the money is', async (t) => {
  t.match(await quoted(await business(t, {}, '300.00'), 5, 'prepaid'), {
    status: 'placed',
    awaitingPayment: { amount: '500.00', until: '2026-03-03T02:00:00.000Z' },
  })
})

test('a quote whose saga is not there fails', async (t) => {
  const { store, handler } = await business(t, {})
  const command = declarations.commands.get('PlaceOrder')
  if (command?.quote === undefined) throw new Error('orders are not quoted')
  const lines = [{ sku: 'S', quantity: 1 }]
  const input = { dealerId: 'D', shipTo: { region: 'East' }, lines, payment: 'term' }
  const quoting = createQuoting({ ...declarations, sagas: new Map() }, handler, store)
  await t.rejects(quoting({ command, input, actor: ADMIN }, command.quote), {
    message: /which is no saga/,
  })
})
