import { test } from 'tap'
import type { DecisionContext } from '../../../domain/context.ts'
import {
  DelegationEnded,
  DelegationGiven,
  delegation,
  endDelegation,
  type GiveDelegation,
  giveDelegation,
} from '../../../domain/delegation/delegation.ts'
import { scenarios } from '../../support/given.ts'
import { ADMIN, FINANCE, OPS } from '../order/reviewing.ts'
import { BUYER, shop } from '../order/shop.ts'

const delegations = scenarios(delegation)

const from = '2026-01-05T00:00:00.000Z'
const to = '2026-01-12T00:00:00.000Z'
const asked = { delegationId: 'V1', delegate: 'tom', from, to, reason: 'on leave' }

type State = Parameters<typeof giveDelegation>[0]

const give =
  (more: Partial<GiveDelegation> = {}) =>
  (state: State, context: DecisionContext) =>
    giveDelegation(state, { ...asked, ...more }, context)

const end = (state: State, context: DecisionContext) =>
  endDelegation(state, { delegationId: 'V1' }, context)

test('a reviewer delegates their own approvals, in their own role', async (t) => {
  const own = delegations(t, { actor: OPS })
  own.when(give()).then(DelegationGiven({ ...asked, delegator: OPS.user, role: 'brand-ops' }))
  own.when(give({ role: 'brand-finance' })).refused('delegation-forbidden')
  own.when(give({ delegator: FINANCE.user, role: 'brand-finance' })).refused('delegation-forbidden')
  own.when(give({ delegator: OPS.user, role: 'brand-ops' })).accepted()
})

test('a dealer’s approver delegates for the own dealer', async (t) => {
  const approver = { ...BUYER, role: 'dealer-approver' }
  const own = delegations(t, { actor: approver, reference: shop })
  own
    .when(give())
    .then(DelegationGiven({ ...asked, delegator: 'bo', role: 'dealer-approver', dealerId: 'D1' }))
  own.when(give({ dealerId: 'D2' })).refused('delegation-forbidden')
  delegations(t, { actor: BUYER }).when(give()).refused('delegation-role-missing')
})

test('an admin delegates for others, and says in which role', async (t) => {
  const admin = delegations(t, { actor: ADMIN, reference: shop })
  const finance = { delegator: FINANCE.user, role: 'brand-finance' } as const
  admin.when(give(finance)).then(DelegationGiven({ ...asked, ...finance }))
  admin.when(give({ delegator: FINANCE.user })).refused('delegation-role-missing')
  const approver = { delegator: 'bo', role: 'dealer-approver' } as const
  admin.when(give(approver)).refused('delegation-dealer-missing')
  admin.when(give({ ...approver, dealerId: 'D9' })).refused('dealer-unknown')
  admin.when(give({ ...approver, dealerId: 'D1' })).accepted()
  admin.when(give({ ...finance, dealerId: 'D1' })).refused('delegation-dealer-missing')
})

test('nobody stands in for themselves, nor takes the approvals of others', async (t) => {
  delegations(t, { actor: OPS })
    .when(give({ delegate: OPS.user }))
    .refused('delegation-to-oneself')
  delegations(t, { actor: ADMIN })
    .when(give({ delegator: OPS.user, role: 'brand-ops', delegate: ADMIN.user }))
    .refused('delegation-to-oneself')
})

test('a delegation that has passed, or never holds, is refused', async (t) => {
  const own = delegations(t, { actor: OPS })
  own.when(give({ to: from })).refused('delegation-ended')
  own.when(give({ from: '2025-01-01T00:00:00.000Z', to: from })).refused('delegation-ended')
})

test('its delegator, its delegate or an admin ends it, once', async (t) => {
  const given = delegations(t, { actor: OPS }).when(give()).accepted()
  given.in({ actor: FINANCE }).when(end).refused('delegation-forbidden')
  for (const actor of [OPS, ADMIN, { user: 'tom', role: 'brand-warehouse' }]) {
    given
      .in({ actor })
      .when(end)
      .then(DelegationEnded({ delegationId: 'V1', delegate: 'tom' }))
      .when(end)
      .changesNothing()
  }
  given.when(give()).refused('delegation-exists')
  delegations(t).when(end).refused('delegation-unknown')
})
