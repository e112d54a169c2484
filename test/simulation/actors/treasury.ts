/** What finance does with money that is there: refunds, corrections, losses, and the close of months. */

import { cents, least, text } from '../model/cents.ts'
import type { Data } from '../model/law.ts'
import type { Bank } from './bank.ts'
import type { Till } from './providers.ts'
import { DAY, HOUR, MINUTE, type Stage } from './stage.ts'

/** Some of what is left over goes back, the way it came or by bank; much of it only when a second person agrees. */
export function refunding(stage: Stage, bank: Bank, till: Till): void {
  const { random, later, on } = stage
  let refunds = 0
  on('PaymentReceived', ({ paymentId, unapplied }) => {
    const share = cents(unapplied) > 0n ? 0.35 : 0.03
    for (let times = 0; times < 2; times++) {
      if (!random.chance(share)) continue
      later(MINUTE, random.pick([HOUR, 4 * DAY]), () => {
        refunds += 1
        return requestRefund(stage, paymentId, `rf-${String(refunds).padStart(6, '0')}`)
      })
    }
  })
  on('RefundRequested', ({ refundId, needsApproval }) => {
    if (needsApproval) stage.until(MINUTE, DAY, () => isDecided(stage, refundId))
  })
  on('RefundFailed', ({ refundId }) => {
    if (!random.chance(0.3)) return
    later(HOUR, DAY, async () => {
      refunds += 1
      const again = `rf-${String(refunds).padStart(6, '0')}`
      const to = random.pick(['bank', 'original'])
      const asked = { failedRefundId: refundId, refundId: again, reason: 'once more', to }
      await stage.brand('brand-finance', 'RepeatRefund', asked, { user: 'finance-one' })
    })
  })
  on('RefundDue', ({ refundId, amount, method }) => {
    if (method !== 'bank-transfer') return
    const does = random.pick(['by hand', 'by hand', 'by statement', 'by statement', 'fails'])
    if (does === 'by statement') {
      later(MINUTE, DAY, () => {
        const text = random.pick([refundId, refundId, 'refund'])
        bank.move({ amount: -cents(amount), text, truth: { refund: refundId } })
      })
      return
    }
    const command = does === 'fails' ? 'FailRefund' : 'PayRefund'
    stage.until(MINUTE, DAY, () => isTold(stage, refundId, command))
  })
  on('RefundPaid', ({ refundId, amount, method, lineId }) => {
    if (method !== 'bank-transfer' || lineId !== undefined) return
    bank.move({ amount: -cents(amount), text: refundId, truth: { refund: refundId } })
  })
  const lost = ({ paymentId, refundId, askAgainAt }: Data) => {
    if (askAgainAt !== undefined) return
    const look = () => (refundId ? isFound(stage, till, refundId) : isEnded(stage, till, paymentId))
    stage.until(HOUR, DAY, look)
  }
  for (const type of ['PaymentPending', 'PaymentUnknown', 'RefundPending', 'RefundUnknown']) {
    on(type, lost)
  }
}

async function requestRefund(stage: Stage, paymentId: string, refundId: string): Promise<void> {
  const { random, brand, world } = stage
  const { money, tree } = world.model
  const payment = money.payment(paymentId)
  const dealer = tree.dealers().get(payment?.dealerId ?? '')
  if (payment === undefined || dealer === undefined) return
  const free = dealer.cash - dealer.reserved - tree.earmarked(dealer.dealerId)
  const to = random.pick(['original', 'original', 'bank'])
  const most = to === 'bank' ? free : least(free, money.left(payment))
  const some = random.pick([most, most, most / 2n, most + 1n])
  if (some <= 0n) return
  const asked = { paymentId, refundId, amount: text(some), reason: 'too much', to }
  const ask = () => brand('brand-finance', 'RequestRefund', asked, { user: 'finance-one' })
  await ask()
  if (random.chance(0.1)) await ask()
}

async function isDecided(stage: Stage, refundId: string): Promise<boolean> {
  const { random, brand, world } = stage
  if (world.model.money.refund(refundId)?.status !== 'requested') return true
  const command = random.chance(0.85) ? 'ApproveRefund' : 'RejectRefund'
  const user = random.pick(['finance-one', 'finance-two', 'finance-three'])
  await brand('brand-finance', command, { refundId, reason: 'looked at it' }, { user })
  return false
}

async function isTold(stage: Stage, refundId: string, command: string): Promise<boolean> {
  const status = stage.world.model.money.refund(refundId)?.status ?? ''
  if (['paid', 'failed'].includes(status)) return true
  const asked = { refundId, ...(command === 'FailRefund' ? { reason: 'wrong account' } : {}) }
  await stage.brand('brand-finance', command, asked)
  return false
}

/** A person calls the provider about a refund, and says what they heard. */
async function isFound(stage: Stage, till: Till, refundId: string): Promise<boolean> {
  const refund = stage.world.model.money.refund(refundId)
  const sale = till.sales.get(refund?.paymentId ?? '')
  const back = sale?.refunds.get(refundId)
  if (back?.status === 'pending') return false
  return await isTold(stage, refundId, back?.status === 'refunded' ? 'PayRefund' : 'FailRefund')
}

/** A person calls the provider about a payment: it is ended there, and here. */
async function isEnded(stage: Stage, till: Till, paymentId: string): Promise<boolean> {
  const { world, brand } = stage
  const status = world.model.money.payment(paymentId)?.status ?? ''
  if (status !== 'pending' && status !== 'unknown') return true
  till.close(paymentId)
  const sale = till.sales.get(paymentId)
  if (sale?.status === 'captured') {
    const asked = { paymentId, amount: text(sale.amount) }
    await brand('brand-finance', 'CapturePayment', asked)
  } else await brand('brand-finance', 'FailPayment', { paymentId, reason: 'the provider says so' })
  return false
}

/** Money settles something else than it did; what nobody pays is lost, and some of that comes after all. */
export function correcting(stage: Stage, bank: Bank): void {
  const { random, later, on, brand, world } = stage
  on('PaymentReceived', ({ paymentId, dealerId, amount, allocations }) => {
    const isEarly = allocations.some(({ discount }: Data) => discount !== undefined)
    if (!random.chance(isEarly ? 0.8 : 0.07)) return
    later(MINUTE, 4 * DAY, async () => {
      const some = random.shuffled([...world.model.debts.openOf(dealerId)]).slice(0, 2)
      let rest = cents(amount)
      const to = some.flatMap(({ id, outstanding }) => {
        const part = least(rest, random.chance(0.7) ? outstanding : outstanding / 2n)
        rest -= part
        return part > 0n ? [{ receivableId: id, amount: text(part) }] : []
      })
      const asked = { paymentId, to, reason: 'the dealer meant others' }
      await brand('brand-finance', 'ReallocatePayment', asked)
    })
  })
  on('OrderingFrozen', ({ dealerId }) => {
    if (!random.chance(0.12)) return
    later(DAY, 5 * DAY, async () => {
      const [receivable] = random.shuffled([...world.model.debts.openOf(dealerId)])
      if (receivable === undefined) return
      const { id: receivableId, outstanding } = receivable
      const amount = text(random.chance(0.5) ? outstanding : outstanding / 2n + 1n)
      await brand('brand-finance', 'WriteOffReceivable', { receivableId, amount, reason: 'lost' })
    })
  })
  on('ReceivableWrittenOff', ({ receivableId, amount }) => {
    if (!random.chance(0.4)) return
    later(DAY, 5 * DAY, async () => {
      const found = text(cents(amount) / 2n + 1n)
      const asked = { receivableId, amount: found, reason: 'paid after all' }
      await brand('brand-finance', 'RecoverReceivable', asked)
    })
  })
  on('ReceivableRecovered', ({ amount }) => {
    bank.move({ amount: cents(amount), text: 'recovered', truth: { booked: true } })
  })
}

/** Months are closed once their days are, as soon as nothing of them is left to clear up. */
export function closingMonths(stage: Stage): void {
  const { on, brand } = stage
  on('BusinessDayClosing', ({ date, next }) => {
    const period = date.slice(0, 7)
    if (period === next.slice(0, 7)) return
    let tries = 0
    stage.until(HOUR, 2 * DAY, async () => {
      tries += 1
      return (
        tries > 40 || (await brand('brand-finance', 'ClosePeriod', { period }))?.accepted === true
      )
    })
  })
}

/** Some dealers let what they owe be debited. */
export async function givingMandates(
  { random, brand }: Stage,
  dealers: readonly Data[],
): Promise<void> {
  for (const { dealerId } of dealers) {
    if (!random.chance(0.2)) continue
    const method = random.pick(['wechat', 'alipay'])
    const asked = { dealerId, method, mandateReference: `mandate of ${dealerId}` }
    await brand('brand-finance', 'GiveDebitMandate', asked)
  }
}
