/** Bank transfers: payers send the money, or other money, or none; finance sees it, or leaves it to the statement. */

import { cents, text } from '../model/cents.ts'
import type { Data } from '../model/law.ts'
import { isOpen, type Payment } from '../model/money.ts'
import type { Bank } from './bank.ts'
import type { Shop } from './shop.ts'
import { DAY, HOUR, MINUTE, type Stage } from './stage.ts'

export function transferring(stage: Stage, bank: Bank): void {
  const { random, later, on, world } = stage
  const moved = new Set<string>()
  on('PaymentInitiated', ({ paymentId, method, orderIds }) => {
    const payment = world.model.money.payment(paymentId)
    if (method !== 'bank-transfer' || payment === undefined || !isOpen(payment)) return
    const within = orderIds.length > 0 ? HOUR : random.pick([HOUR, DAY, 3 * DAY])
    if (random.chance(0.04)) {
      stage.until(MINUTE, within, async () => await isFailed(stage, paymentId))
      return
    }
    later(MINUTE, within, () => {
      moved.add(paymentId)
      transfer(stage, bank, payment)
    })
  })
  // What finance says that it saw was there.
  on('PaymentCaptured', ({ paymentId, method, amount, lineId }) => {
    if (method !== 'bank-transfer' || lineId !== undefined || moved.has(paymentId)) return
    moved.add(paymentId)
    bank.move({ amount: cents(amount), text: paymentId, truth: { payment: paymentId } })
  })
  bouncing(stage, bank)
}

async function isFailed({ brand, world }: Stage, paymentId: string): Promise<boolean> {
  await brand('brand-finance', 'FailPayment', { paymentId, reason: 'it never came' })
  const payment = world.model.money.payment(paymentId)
  return payment !== undefined && !isOpen(payment)
}

function transfer(
  stage: Stage,
  bank: Bank,
  { paymentId, dealerId, reference, ...asked }: Data,
): void {
  const { random, today } = stage
  const other = random.chance(0.06)
    ? (cents(asked.amount) * BigInt(random.between(50, 150))) / 100n
    : 0n
  const amount = other === 0n ? cents(asked.amount) : other
  const known = random.chance(0.9) ? dealerId : 'somebody'
  const written = random.pick([reference, reference, `for ${reference}`, 'payment'])
  const movement = { amount, text: written, payerName: known, truth: { payment: paymentId } }
  bank.move(movement)
  if (random.chance(0.03)) bank.move({ ...movement, truth: { dealer: dealerId } })
  const isLeft = asked.orderIds.length === 0 && random.chance(0.4)
  if (isLeft) return
  const within = asked.orderIds.length > 0 ? 30 * MINUTE : random.pick([HOUR, DAY, 4 * DAY])
  const seen = { paymentId, amount: text(amount), effectiveOn: today() }
  stage.until(MINUTE, within, () => isCaptured(stage, seen))
}

type SeenMoney = Readonly<{ paymentId: string; amount: string; effectiveOn: string }>

/** Finance sees the money, sometimes days after it came. */
async function isCaptured({ brand, world }: Stage, seen: SeenMoney): Promise<boolean> {
  const { paymentId } = seen
  await brand('brand-finance', 'CapturePayment', seen)
  const payment = world.model.money.payment(paymentId)
  return payment !== undefined && !isOpen(payment)
}

/** Some money is taken back: finance hears of it first, or the statement says so. */
function bouncing(stage: Stage, bank: Bank): void {
  const { random, later, on, brand, world } = stage
  on('PaymentCaptured', ({ paymentId, method, amount, dealerId }) => {
    if (method !== 'bank-transfer' || !random.chance(0.025)) return
    later(HOUR, 6 * DAY, async () => {
      const payment = world.model.money.payment(paymentId)
      if (payment === undefined || world.model.money.left(payment) < cents(amount)) return
      if (random.chance(0.5)) {
        await brand('brand-finance', 'BouncePayment', { paymentId, reason: 'no cover' })
        return
      }
      const said = random.pick([payment.reference, 'returned'])
      const truth = { bounce: paymentId }
      bank.move({ amount: -cents(amount), text: said, payerName: dealerId, truth })
    })
  })
  on('PaymentBounced', ({ paymentId, amount, lineId }) => {
    if (lineId !== undefined) return
    bank.move({ amount: -cents(amount), text: paymentId, truth: { bounce: paymentId } })
  })
}

/** Some pay what they owe without a word, some more than that. */
export function payingUnannounced(
  stage: Stage,
  bank: Bank,
  shop: Shop,
  goesOn: () => boolean,
): void {
  const { random, later, world } = stage
  const some = () => {
    const { dealerId } = random.pick(shop.dealers)
    const [oldest, next] = world.model.debts.openOf(dealerId)
    if (oldest !== undefined) {
      const both = next !== undefined && random.chance(0.4) ? next.outstanding : 0n
      const over = random.chance(0.2) ? BigInt(random.between(1, 9_999)) : 0n
      const amount = oldest.outstanding + both + over
      const said = random.pick([oldest.id, oldest.orderId, 'thanks'])
      const payerName = random.chance(0.8) ? dealerId : 'somebody'
      bank.move({ amount, text: said, payerName, truth: { dealer: dealerId } })
    }
    if (goesOn()) later(6 * HOUR, 2 * DAY, some)
  }
  later(6 * HOUR, 2 * DAY, some)
}

/** Whatever the rules left open is cleared up by somebody who finds out what it was. */
export function clearingUp(stage: Stage, bank: Bank): void {
  const { on, random } = stage
  const look = (lineId: string) => {
    let tries = 0
    const within = random.pick([6 * HOUR, 2 * DAY])
    stage.until(HOUR, within, async () => await isCleared(stage, bank, lineId, tries++))
  }
  on('StatementLinesClassified', ({ statementId, results }) => {
    for (const { line, class: of } of results) if (of !== 'matched') look(`${statementId}.${line}`)
  })
  on('StatementLinesBooked', ({ statementId, outcomes }) => {
    for (const { line, outcome } of outcomes) {
      if (outcome === 'declined') look(`${statementId}.${line}`)
    }
  })
}

async function isCleared(
  stage: Stage,
  bank: Bank,
  lineId: string,
  tries: number,
): Promise<boolean> {
  const { brand, world } = stage
  const line = world.model.statements.line(lineId)
  if (line === undefined || line.status === 'booked' || line.status === 'ignored') return true
  if (line.status !== 'open') return false
  const truth = bank.truthOf(line.lineKey)
  if (truth !== undefined && 'booked' in truth) {
    await brand('brand-finance', 'IgnoreStatementLine', { lineId, reason: 'booked by hand' })
  } else {
    const counterpart = counterpartOf(stage, truth, line.amount, tries)
    await brand('brand-finance', 'MatchStatementLine', { lineId, ...counterpart })
  }
  return false
}

/** What it was; if nobody can take it as that, what else it may be booked as. */
function counterpartOf({ world, random }: Stage, truth: Data, amount: string, tries: number): Data {
  const payment = world.model.money.payment(truth.payment)
  if (truth.settlement !== undefined) return { settlement: truth.settlement }
  if (tries > 5 || truth.charge) return { charge: true }
  if (truth.refund !== undefined) return { refundId: truth.refund }
  if (truth.bounce !== undefined) return { bounce: truth.bounce }
  const [shown] = tries > 0 ? [] : shownAs(world.model, truth.dealer, amount)
  if (shown !== undefined && random.chance(0.5)) return { paymentId: shown.paymentId }
  const isAnothers = tries > 2 || payment === undefined
  const [instead] = tries === 0 || isAnothers ? [] : unseen(world.model, payment, amount)
  if (instead !== undefined) return { paymentId: instead.paymentId }
  if (payment !== undefined && !isAnothers) return { paymentId: payment.paymentId }
  const dealerId = payment?.dealerId ?? truth.dealer
  const [receivable] = random.shuffled([...world.model.debts.openOf(dealerId)])
  return receivable === undefined ? { charge: true } : { receivableIds: [receivable.id] }
}

/** What somebody takes a repeated transfer for, who doesn't look whether it is on a statement already. */
function shownAs({ money }: Stage['world']['model'], dealerId: string, amount: string) {
  return money
    .payments()
    .filter((one) => one.method === 'bank-transfer' && one.dealerId === dealerId)
    .filter((one) => one.isShown && one.captured === amount)
}

/** Where the rules took another line of the amount for it: money that was seen to come, and on no statement. */
function unseen({ money }: Stage['world']['model'], { dealerId }: Payment, amount: string) {
  return money
    .payments()
    .filter((one) => one.method === 'bank-transfer' && one.dealerId === dealerId)
    .filter((one) => !one.isShown && one.captured === amount)
}
