import { test } from 'tap'
import * as facilities from '../../commands/facilities.ts'
import { facility } from '../../domain/facility/facility.ts'
import { limits, reference, tree } from '../domain/facility/tree.ts'
import { applyEvents, testContext } from '../support/given.ts'

const actor = { user: 'anna', role: 'dealer-approver' }
const streamContext = { newId: (purpose: string) => purpose, reference }
const state = applyEvents(facility, facility.initial, [...tree, ...limits])

test("a limit is decided in the stream of its dealer's tree", async (t) => {
  const input = facilities.SetLimit.schema.parse({ dealerId: 'A1', limit: '5', reason: 'agreed' })
  t.equal(facilities.SetLimit.stream(input, streamContext), 'ROOT')
})

test("a guarantee's id names its facility, so that it can be revoked by its id alone", async (t) => {
  const { GiveGuarantee, RevokeGuarantee } = facilities
  const input = GiveGuarantee.schema.parse({
    dealerId: 'A1',
    guarantorDealerId: 'A',
    amount: '10',
    until: '2026-02-28T16:00:00Z',
  })
  const decision = GiveGuarantee.decide(state, input, testContext({ reference }))
  t.match(decision, { events: [{ data: { guaranteeId: 'ROOT.g1', until: '2026-03-01' } }] })
  t.equal(RevokeGuarantee.stream({ guaranteeId: 'ROOT.g1' }, streamContext), 'ROOT')
  t.equal(RevokeGuarantee.stream({ guaranteeId: 'a.g7.g12' }, streamContext), 'a.g7')
  const given = decision.accepted ? applyEvents(facility, state, decision.events) : state
  t.equal(RevokeGuarantee.dealer?.({ guaranteeId: 'ROOT.g1' }, given, actor), 'A')
})

test('holds and receivables are asked for by sagas only', async (t) => {
  const { PlaceHold, ReleaseHold, RecogniseReceivable, ReceivePayment } = facilities
  for (const { name, roles, route } of [
    PlaceHold,
    ReleaseHold,
    RecogniseReceivable,
    ReceivePayment,
  ]) {
    t.strictSame({ roles, route }, { roles: [], route: undefined }, name)
  }
})

test('a receivable whose net and tax do not add up is malformed', async (t) => {
  const { success } = facilities.RecogniseReceivable.schema.safeParse({
    facilityId: 'ROOT',
    dealerId: 'A1',
    orderId: 'O1',
    fulfilmentId: 'O1.1',
    amount: '10',
    net: '9',
    tax: '0.99',
  })
  t.notOk(success)
})
