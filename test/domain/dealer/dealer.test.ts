import { test } from 'tap'
import { DealerRegistered, dealer, registerDealer } from '../../../domain/dealer/dealer.ts'
import { emptyReference, evolveReference } from '../../../domain/reference/evolve.ts'
import { scenarios } from '../../support/given.ts'
import { recorded } from '../../support/recorded.ts'

const dealers = scenarios(dealer)

const root = { dealerId: 'ROOT', name: 'Root', level: 'standard', region: 'East' } as const
const child = { dealerId: 'A', name: 'A', level: 'gold', region: 'East' } as const
const rootRegistered = DealerRegistered({ ...root, facilityId: 'ROOT' })
const childRegistered = DealerRegistered({ ...child, parentDealerId: 'ROOT', facilityId: 'ROOT' })

const reference = [
  recorded('dealer-ROOT', rootRegistered),
  recorded('dealer-A', childRegistered),
].reduce(evolveReference, emptyReference)

test('a root dealer has a facility of its own', async (t) => {
  dealers(t)
    .when((state, context) => registerDealer(state, root, context))
    .then(rootRegistered)
})

test('a dealer is in the facility of its superior, at any depth', async (t) => {
  const grandchild = { ...child, dealerId: 'A1', parentDealerId: 'A' }
  dealers(t, { reference })
    .when((state, context) => registerDealer(state, grandchild, context))
    .then(DealerRegistered({ ...grandchild, facilityId: 'ROOT' }))
})

test('a superior that is not registered is refused', async (t) => {
  dealers(t)
    .when((state, context) => registerDealer(state, { ...child, parentDealerId: 'X' }, context))
    .refused('superior-unknown', { parentDealerId: 'X' })
})

test('a dealer is registered once', async (t) => {
  dealers(t)
    .given(rootRegistered)
    .when((state, context) => registerDealer(state, root, context))
    .refused('dealer-exists', { dealerId: 'ROOT' })
})

test('the contact is personal data of the dealer', async (t) => {
  t.same(DealerRegistered.personal?.fields, ['contact'])
  t.equal(DealerRegistered.personal?.subject(rootRegistered.data), 'ROOT')
})
