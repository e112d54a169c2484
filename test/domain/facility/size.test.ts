import { test } from 'tap'
import { facility } from '../../../domain/facility/facility.ts'
import type { FacilityState } from '../../../domain/facility/state.ts'
import { decodeState, stateEncoder } from '../../../infra/postgres/state-codec.ts'
import { applyEvents, testContext } from '../../support/given.ts'
import { type Asking, limits, receiving, reference, shipping, tree } from './tree.ts'

const OPEN_RECEIVABLES = 10_000
const MORE = 200
const context = testContext({ reference })

function follow(state: FacilityState, ask: Asking): FacilityState {
  const decision = ask(state, context)
  return decision.accepted ? applyEvents(facility, state, decision.events) : state
}

function shipped(from: number, count: number, start: FacilityState): FacilityState {
  return Array.from({ length: count }, (_, index) => `O${from + index}`).reduce(
    (state, id) => follow(state, shipping('A1', id, `${id}.1`, { amount: '10' })),
    start,
  )
}

const empty = applyEvents(facility, facility.initial, [...tree, ...limits])
const large = shipped(0, OPEN_RECEIVABLES, empty)

test('a shipment costs no more for all that is open on the same due date', async (t) => {
  const startedAt = performance.now()
  const { receivables } = shipped(OPEN_RECEIVABLES, MORE, large)
  const tookMs = performance.now() - startedAt
  t.equal(receivables.size, OPEN_RECEIVABLES + MORE)
  t.ok(tookMs < MORE * 5, `${MORE} shipments took ${Math.round(tookMs)} ms`)
})

test('a receipt settles at most so many receivables that its event stays small', async (t) => {
  const decision = receiving('A1', 'P1', '90000')(large, context)
  t.match(decision, { events: [{ data: { unapplied: '70000.00' } }] })
  const after = follow(large, receiving('A1', 'P1', '90000'))
  const used = shipping('A1', 'LAST', 'LAST.1', { amount: '1' })(after, context)
  t.match(used, { events: [{}, { type: 'UnappliedCashAllocated', data: { amount: '20000.00' } }] })
})

test('a state that comes back from a snapshot decides the same', async (t) => {
  const small = shipped(0, 30, empty)
  const revived = decodeState(stateEncoder()(small)) as FacilityState
  const pay = receiving('A1', 'P1', '95', { receivableIds: ['ROOT.7'] })
  t.strictSame(pay(revived, context), pay(small, context))
})
