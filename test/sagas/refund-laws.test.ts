import fc from 'fast-check'
import { test } from 'tap'
import { type Decimal, decimal, sum, ZERO } from '../../domain/kernel/money.ts'
import { refundWorld, SAGA, type World } from './refund-world.ts'

/** More runs, or others, on request. */
const RUNS = Number(process.env.PROPERTY_RUNS ?? 300)
const SEED = Number(process.env.PROPERTY_SEED ?? 20260105)

/** What a provider or the bank did at the end: it stays so, whatever we hear of it when. */
type Outside = Map<string, 'refunded' | 'failed'>
type Play = Readonly<{ world: World; outside: Outside }>

const PAYMENTS = [
  { paymentId: 'P1', method: 'wechat', amount: '20000.00' },
  { paymentId: 'P2', method: 'bank-transfer', amount: '500.00' },
  { paymentId: 'P3', method: 'alipay', amount: '60.00' },
] as const
const AMOUNTS = ['60.00', '0.01', '499.99', '500.00', '7000.00', '13000.00', '20000.00', '20560.00']
const ANN = { user: 'ann', role: 'brand-finance' }
const BEN = { user: 'ben', role: 'brand-admin' }

async function begun(): Promise<Play> {
  const world = refundWorld()
  for (const { paymentId, ...terms } of PAYMENTS) {
    await must(world.decide('InitiatePayment', { dealerId: 'D1', ...terms }, ANN, paymentId))
    await must(capture(world, paymentId))
  }
  return { world, outside: new Map() }
}

async function must(deciding: Promise<string | undefined>): Promise<void> {
  const refused = await deciding
  if (refused) throw new Error(refused)
}

async function capture(world: World, paymentId: string): Promise<string | undefined> {
  const { method, amount } = world.payment(paymentId)?.initiated ?? {}
  if (method === 'bank-transfer') return await world.decide('CapturePayment', { paymentId }, ANN)
  const captured = {
    status: 'captured',
    amount,
    at: '2026-01-05T01:00:00Z',
    providerReference: 'W',
  }
  return await world.decide('RecordProviderAnswer', { paymentId, attempt: 0, view: captured }, SAGA)
}

const pick = <One>(from: readonly One[], which: number): One | undefined =>
  from[which % Math.max(from.length, 1)]

/** Something that can happen at any time; what, and to which, the choice says. */
async function happen(play: Play, choice: number): Promise<void> {
  const { world } = play
  const which = Math.floor(choice / 40)
  const kind = choice % 40
  if (kind < 12) world.seeNext(which)
  else if (kind < 22) await world.arrive(which)
  else if (kind === 22) await world.arrive(which, true)
  else if (kind === 23) seeAgain(world, which)
  else if (kind < 27) world.lookAgain()
  else await OUTSIDE[kind % OUTSIDE.length]?.(play, which)
  hold(play)
}

const OUTSIDE: readonly ((play: Play, which: number) => Promise<unknown>)[] = [
  ({ world }, which) => request(world, which),
  ({ world }, which) => request(world, which),
  ({ world }, which) => request(world, which),
  (play, which) => ask(play, which),
  (play, which) => ask(play, which),
  ({ world }, which) => judge(world, which),
  ({ world }, which) => byBank(world, which),
  ({ world }, which) => ship(world, which),
  ({ world }, which) => takeBack(world, which),
  ({ world }, which) => repeat(world, which),
  ({ world }, which) =>
    which % 9 === 0
      ? world.decide('BouncePayment', { paymentId: 'P2', reason: 'no cover' })
      : none(),
]

const none = async () => undefined

async function request(world: World, which: number): Promise<void> {
  const paymentId = pick(PAYMENTS, which)?.paymentId
  const amount = pick(AMOUNTS, Math.floor(which / 3))
  const to = which % 4 === 0 ? 'bank' : 'original'
  const refundId = `F${which % 9}`
  await world.decide('RequestRefund', { paymentId, refundId, amount, to, reason: 'asked' }, ANN)
}

async function repeat(world: World, which: number): Promise<void> {
  const failedRefundId = pick(world.refundIds(), which)
  if (failedRefundId === undefined) return
  const to = which % 2 === 0 ? 'bank' : 'original'
  const input = { failedRefundId, refundId: `${failedRefundId}.again`, to, reason: 'again' }
  await world.decide('RepeatRefund', input, ANN)
}

async function judge(world: World, which: number): Promise<void> {
  const refundId = pick(waiting(world, 'requested'), which)
  if (refundId === undefined) return
  const command = which % 3 === 0 ? 'RejectRefund' : 'ApproveRefund'
  await world.decide(command, { refundId, reason: 'looked at' }, which % 4 === 0 ? ANN : BEN)
}

function waiting(world: World, ...statuses: readonly string[]): readonly string[] {
  return world.refundIds().filter((id) => statuses.includes(world.refund(id)?.status ?? ''))
}

/** The desk asks a provider, which may not answer, and may have done it all the same. */
async function ask({ world, outside }: Play, which: number, finally_ = false): Promise<void> {
  const open = waiting(world, 'due', 'unknown').filter(
    (id) => world.refund(id)?.method !== 'bank-transfer',
  )
  const refundId = pick(open, which)
  const refund = refundId === undefined ? undefined : world.refund(refundId)
  if (refundId === undefined || refund === undefined) return
  const fate = outside.get(refundId) ?? (which % 3 === 0 ? 'failed' : 'refunded')
  if (finally_ || which % 2 === 0) outside.set(refundId, fate)
  const attempt = refund.provider === undefined ? 0 : refund.provider.asked + 1
  const view = viewOf(outside.get(refundId))
  const isHeard = finally_ || which % 5 !== 0
  const input = { refundId, attempt, ...(isHeard && { view }) }
  await world.decide('RecordRefundAnswer', input, SAGA)
}

function viewOf(fate: 'refunded' | 'failed' | undefined) {
  if (fate === undefined) return { status: 'pending' }
  return fate === 'refunded'
    ? { status: 'refunded', providerReference: 'W1' }
    : { status: 'failed', reason: 'account closed' }
}

/** Finance sees a transfer at the bank, or a statement tells it; or it will never leave. */
async function byBank(world: World, which: number): Promise<void> {
  const open = waiting(world, 'due').filter((id) => world.refund(id)?.method === 'bank-transfer')
  const refundId = pick(open, which)
  if (refundId === undefined) return
  const amount = world.refund(refundId)?.requested.amount
  const line = { refundId, lineId: `L.${which % 7}`, effectiveOn: '2026-01-05', amount }
  if (which % 4 === 0) await world.decide('FailRefund', { refundId, reason: 'no account' }, ANN)
  else if (which % 4 === 1) await world.decide('PayRefund', { refundId }, ANN)
  else await world.decide('PayRefundFromLine', line, SAGA)
}

const AMOUNT = '400.00'
const TAX = { net: '353.98', tax: '46.02' }

/** What is shipped takes of the dealer's money. */
async function ship(world: World, which: number): Promise<void> {
  const orderId = `O${which % 3}`
  const receivable = { facilityId: 'D1', dealerId: 'D1', orderId, fulfilmentId: `${orderId}.1` }
  await world.decide('RecogniseReceivable', { ...receivable, amount: AMOUNT, ...TAX }, SAGA)
}

/** What comes back makes a refund payable, which its saga asks for. */
async function takeBack(world: World, which: number): Promise<void> {
  const orderId = `O${which % 3}`
  const returnId = `${orderId}.r1`
  const credit = { facilityId: 'D1', dealerId: 'D1', orderId, returnId, restockingFee: '0.00' }
  await world.decide('CreditReturn', { ...credit, amount: AMOUNT, ...TAX }, SAGA)
  const credited = world.log.find(
    ({ type, data }) =>
      type === 'ReturnCredited' && (data as { returnId: string }).returnId === returnId,
  )
  if (credited === undefined) return
  const { refunds } = credited.data as { refunds: { paymentId?: string; amount: string }[] }
  for (const [index, refund] of refunds.entries()) {
    const refundId = `${returnId}.f${index + 1}`
    const input = { refundId, ...refund, dealerId: 'D1', facilityId: 'D1', returnId }
    await world.decide('RequestReturnRefund', input, SAGA)
  }
}

/** Events that an instance begins with; the runner gives them once, for it ends with its checkpoint. */
const BEGINNINGS = ['RefundRequested', 'PaymentCaptured', 'PaymentBounced']

function seeAgain(world: World, which: number): void {
  const news = [...world.unseen.values()].flat()
  const seen = world.log.filter((one) => !news.includes(one) && !BEGINNINGS.includes(one.type))
  const event = pick(seen, which)
  if (event) world.see(event)
}

type OfRefund = Readonly<{ refundId: string; amount: string; to?: string; method?: string }>

function told(world: World, type: string): readonly OfRefund[] {
  return world.log.filter((event) => event.type === type).map(({ data }) => data as OfRefund)
}

function total(amounts: readonly Readonly<{ amount: string }>[]): Decimal {
  return sum(amounts.map(({ amount }) => decimal(amount)))
}

/** Never is more set aside or gone than there was, in our books and outside of them. */
function hold({ world, outside }: Play): void {
  for (const { paymentId, amount } of PAYMENTS) {
    const back = world.payment(paymentId)?.givenBack ?? '0.00'
    if (decimal(back).greaterThan(amount)) throw new Error(`${paymentId} gives ${back} back`)
    const gone = [...outside].filter(([id, fate]) => {
      const requested = world.refund(id)?.requested
      return fate === 'refunded' && requested?.paymentId === paymentId
    })
    const left = sum(gone.map(([id]) => decimal(world.refund(id)?.requested.amount ?? '0')))
    if (left.greaterThan(amount)) throw new Error(`the provider gave ${left} of ${paymentId} back`)
  }
  const own = world.facility()?.members.get('D1')?.own
  if (own === undefined) return
  if (decimal(own.unappliedCash).lessThan(own.reserved)) {
    throw new Error(`${own.reserved} is set aside of ${own.unappliedCash}`)
  }
  const out = total(told(world, 'RefundPaidOut'))
  const all = sum(PAYMENTS.map(({ amount }) => decimal(amount)))
  if (out.greaterThan(all)) throw new Error(`${out} was paid out of ${all}`)
}

const ENDS = ['paid', 'failed', 'rejected']

/** Does what refunds wait for, until they all have come to their end. */
async function finish(play: Play): Promise<void> {
  const { world } = play
  for (let round = 0; round < 60; round++) {
    await world.settle()
    if (waiting(world, 'requested', 'approved', 'due', 'unknown').length === 0) return
    for (const refundId of waiting(world, 'requested')) {
      await world.decide('ApproveRefund', { refundId }, BEN)
    }
    await ask(play, 2 * round, true)
    await byBank(world, round)
  }
}

/** Each has ended as the outside world has it, with nothing left aside, and was booked once if it was paid. */
function ended({ world, outside }: Play): void {
  if (world.failures.length > 0) throw new Error(world.failures.join())
  for (const id of world.refundIds()) {
    const refund = world.refund(id)
    if (refund === undefined || !ENDS.includes(refund.status)) {
      throw new Error(`${id} is ${refund?.status} for ever`)
    }
    const isPaid = refund.status === 'paid'
    const out = told(world, 'RefundPaidOut').filter(({ refundId }) => refundId === id)
    const booked = total(out)
    const wanted = isPaid ? decimal(refund.requested.amount) : ZERO
    if (!booked.equals(wanted)) throw new Error(`${booked} is booked of ${id}, not ${wanted}`)
    const online = told(world, 'RefundPaid').some(
      ({ refundId, method }) => refundId === id && method !== 'bank-transfer',
    )
    const isGone = outside.get(id) === 'refunded'
    if (online !== isGone) throw new Error(`${id}: the provider says ${outside.get(id)}`)
  }
  if (world.instances().length > 0) throw new Error(JSON.stringify(world.instances()))
  const reserved = world.facility()?.members.get('D1')?.own.reserved
  if (reserved !== '0.00') throw new Error(`${reserved} is set aside for nothing`)
  for (const { paymentId } of PAYMENTS) {
    const refunds = [...(world.payment(paymentId)?.refunds ?? [])]
    const left = refunds.filter(([, { status }]) => status === 'reserved')
    if (left.length > 0) throw new Error(`of ${paymentId} there is ${JSON.stringify(left)}`)
    const back = sum(
      refunds.filter(([, one]) => one.status === 'refunded').map(([, one]) => decimal(one.amount)),
    )
    const paid = world
      .refundIds()
      .map((id) => world.refund(id))
      .filter((one) => one?.status === 'paid' && one.to === 'original')
      .filter((one) => one?.requested.paymentId === paymentId)
    const gone = sum(paid.map((one) => decimal(one?.requested.amount ?? '0')))
    if (!back.equals(gone)) throw new Error(`${paymentId} counts ${back} of ${gone}`)
  }
}

test('refunds end, never beyond what was captured, and leave nothing aside, whatever happens', async (t) => {
  const choices = fc.array(fc.nat(99_999), { minLength: 20, maxLength: 160, size: 'max' })
  const law = fc.asyncProperty(choices, fc.boolean(), async (given, isReceived) => {
    const play = await begun()
    if (isReceived) await play.world.settle()
    play.world.lookAgain()
    for (const choice of given) await happen(play, choice)
    await finish(play)
    hold(play)
    ended(play)
  })
  await t.resolves(fc.assert(law, { numRuns: RUNS, seed: SEED }))
})
