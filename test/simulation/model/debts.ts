/** What dealers owe, what paying late costs them day by day, and what their money settles. */

import { type Cents, cents, least, plusDays, rounded, text, total } from './cents.ts'
import type { Data, Seen } from './law.ts'
import { law } from './law.ts'
import type { Tree } from './tree.ts'

type Receivable = {
  id: string
  number: number
  facility: string
  dealerId: string
  orderId: string
  dueOn: string
  amount: Cents
  outstanding: Cents
  graceDays: number
  /** Of a hundred millionth a day. */
  rate: bigint
  discount: { rate: bigint; until: string } | undefined
  /** The late fee of it. */
  fee: Receivable | undefined
  feeOf: Receivable | undefined
  reductions: { amount: Cents; paymentId: string | undefined; notBefore: string }[]
}

type Payment = { named: Data; on: string; facility: string | undefined }

const HUNDRED_MILLION = 100_000_000n

export type Debts = ReturnType<typeof createDebts>

export function createDebts(tree: Tree) {
  const receivables = new Map<string, Receivable>()
  const open = new Map<string, Set<Receivable>>()
  const payments = new Map<string, Payment>()
  const lifted = new Map<string, Set<string>>()

  function openOf(dealerId: string): Set<Receivable> {
    const found = open.get(dealerId) ?? new Set<Receivable>()
    open.set(dealerId, found)
    return found
  }

  function owe(receivable: Receivable, amount: Cents, seen: Seen): void {
    receivable.amount += amount
    receivable.outstanding += amount
    const order = tree.order(receivable.orderId, receivable.dealerId)
    tree.change(order, seen, { owed: amount })
    if (receivable.outstanding > 0n) openOf(receivable.dealerId).add(receivable)
    else openOf(receivable.dealerId).delete(receivable)
  }

  function newReceivable(id: string, data: Data, seen: Seen, feeOf?: Receivable): Receivable {
    law('a receivable has its own id', !receivables.has(id), () => id, seen)
    const { dealerId, orderId, dueOn, late, earlyDiscount } = data
    const receivable: Receivable = {
      ...{ id, dealerId, orderId, dueOn, feeOf, amount: 0n, outstanding: 0n },
      number: receivables.size,
      facility: seen.event.stream,
      graceDays: late?.graceDays ?? feeOf?.graceDays ?? 0,
      rate: fraction(late?.dailyRate ?? '0'),
      discount: earlyDiscount && { ...earlyDiscount, rate: fraction(earlyDiscount.rate) },
      fee: undefined,
      reductions: [],
    }
    receivables.set(id, receivable)
    return receivable
  }

  const handlers: Record<string, (data: Data, seen: Seen) => void> = {
    ReceivableRecognised: recognised,
    PaymentCaptured: (data) => {
      payments.set(data.paymentId, { named: data, on: '', facility: undefined })
    },
    PaymentReceived: received,
    UnappliedCashAllocated: cashAllocated,
    PaymentRedated({ paymentId }, { effectiveOn }) {
      const payment = payments.get(paymentId)
      if (payment) payment.on = effectiveOn
    },
    PrepaymentCovered({ dealerId, orderId, amount }, seen) {
      const { earmarked } = tree.order(orderId, dealerId)
      const figures = () => `${amount}, ${text(earmarked)} is kept for ${orderId}`
      law('what is covered is paid', earmarked === cents(amount), figures, seen, orderId)
    },
    LateFeesCharged({ fees }, seen) {
      for (const fee of fees) feeCharged(fee, seen)
    },
    LateFeesCorrected({ corrections }, seen) {
      for (const correction of corrections) feeCorrected(correction, seen)
    },
    OrderingFrozen({ dealerId, cause }, seen) {
      const isDue = cause === 'manual' || freezes(dealerId, seen.metadata.bookedOn)
      law('only who is overdue is frozen for it', isDue, () => dealerId, seen, dealerId)
      tree.dealer(dealerId, seen).frozen = cause
    },
    OrderingUnfrozen({ dealerId, cause }, seen) {
      tree.dealer(dealerId, seen).frozen = undefined
      if (cause === 'lifted') lifted.set(dealerId, lateSoFar(dealerId, seen.metadata.bookedOn))
    },
    FacilityDayClosed({ date, more }, seen) {
      if (!more) dayClosed(date, seen)
    },
  }

  function recognised(data: Data, seen: Seen): void {
    const { receivableId, dealerId, orderId, fulfilmentId, amount, holdReduced } = data
    const order = tree.order(orderId, dealerId)
    law(
      'a hold turns into debt, as far as it goes',
      cents(holdReduced) === least(order.held, cents(amount)),
      () => `${holdReduced} of ${text(order.held)} for ${amount}`,
      seen,
      orderId,
    )
    tree.change(order, seen, { held: -cents(holdReduced) })
    order.recognised.set(fulfilmentId, (order.recognised.get(fulfilmentId) ?? 0n) + cents(amount))
    owe(newReceivable(receivableId, data, seen), cents(amount), seen)
  }

  // Money

  function received(data: Data, seen: Seen): void {
    const { paymentId, dealerId, amount, allocations, unapplied, earmarked = [] } = data
    const payment = payments.get(paymentId)
    const kept = total(earmarked.map((one: Data) => cents(one.amount)))
    settledAsExpected(data, cents(amount) - kept, payment?.named, seen)
    const allocated = total(allocations.map((one: Data) => cents(one.amount)))
    law(
      'money is allocated or unapplied',
      cents(amount) === allocated + cents(unapplied) && kept <= cents(unapplied),
      () => `${amount} is ${text(allocated)} and ${unapplied}`,
      seen,
      paymentId,
    )
    if (payment) Object.assign(payment, { on: seen.effectiveOn, facility: facilityOf(seen) })
    settle(dealerId, allocations, paymentId, '', seen)
    tree.dealer(dealerId, seen).cash += cents(unapplied)
    for (const one of earmarked) tree.order(one.orderId, dealerId).earmarked += cents(one.amount)
  }

  function cashAllocated(data: Data, seen: Seen): void {
    const { dealerId, allocations, amount, orderId } = data
    const sum = total(allocations.map((one: Data) => cents(one.amount)))
    law('allocations add up', sum === cents(amount), () => `${amount}, ${text(sum)}`, seen)
    if (orderId === undefined) settledAsExpected(data, sum, undefined, seen)
    settle(dealerId, allocations, undefined, seen.effectiveOn, seen)
    tree.dealer(dealerId, seen).cash -= cents(amount)
    if (orderId === undefined) return
    const order = tree.order(orderId, dealerId)
    order.earmarked -= cents(amount)
    law('no more is used than was kept', order.earmarked >= 0n, () => orderId, seen, orderId)
  }

  function settledAsExpected(data: Data, money: Cents, named: Data, seen: Seen): void {
    const expected = expectedFor(data.dealerId, money, named, seen.effectiveOn)
    const actual = new Map<string, Cents[]>()
    for (const { receivableId, amount, discount } of data.allocations) {
      const [paid = 0n, less = 0n] = actual.get(receivableId) ?? []
      actual.set(receivableId, [paid + cents(amount), less + cents(discount)])
    }
    const written = [...actual].map(([id, parts]) => [id, ...parts.map(text)].join(' '))
    law(
      'money settles what is named, then what is oldest, fees first',
      JSON.stringify(written) === JSON.stringify(expected),
      () => `${JSON.stringify(written)}, expected ${JSON.stringify(expected)}`,
      seen,
      data.dealerId,
    )
  }

  /** Whom money goes to, made anew from all that is open. */
  function expectedFor(dealerId: string, money: Cents, named: Data, on: string): string[] {
    const { receivableIds = [], orderIds = [] } = named ?? {}
    const all = [...openOf(dealerId)].sort(byDueDate)
    const first = receivableIds.flatMap((id: string) => all.filter((one) => one.id === id))
    const second = orderIds.flatMap((id: string) =>
      all.filter((one) => one.orderId === id && one.feeOf === undefined),
    )
    const parts: string[] = []
    let rest = money
    for (const receivable of new Set<Receivable>([...first, ...second, ...all])) {
      if (rest === 0n) break
      const [paid, discount] = partOf(receivable, rest, on)
      parts.push([receivable.id, text(paid), text(discount)].join(' '))
      rest -= paid
    }
    return parts
  }

  function settle(
    dealerId: string,
    allocations: readonly Data[],
    payer: string | undefined,
    notBefore: string,
    seen: Seen,
  ): void {
    for (const { receivableId, amount, discount, paymentId = payer } of allocations) {
      const receivable = receivables.get(receivableId)
      const part = cents(amount) + cents(discount)
      law(
        'money settles no more than is open',
        receivable?.dealerId === dealerId && part <= receivable.outstanding,
        () =>
          `${text(part)} for ${receivableId}, open ${receivable && text(receivable.outstanding)}`,
        seen,
      )
      if (receivable === undefined) continue
      receivable.reductions.push({ amount: part, paymentId, notBefore })
      receivable.amount += part
      owe(receivable, -part, seen)
    }
  }

  // Late fees

  function feeCharged(data: Data, seen: Seen): void {
    const { receivableId, ofReceivableId, amount, net, tax, dueOn } = data
    const of = receivables.get(ofReceivableId)
    const bears = of !== undefined && of.feeOf === undefined && dueOn === of.dueOn
    law('fees bear no fees', bears, () => `${receivableId} is for ${ofReceivableId}`, seen)
    law('a fee is net and tax', cents(amount) === cents(net) + cents(tax), () => amount, seen)
    if (of === undefined) return
    of.fee ??= newReceivable(receivableId, data, seen, of)
    law('a receivable has one fee', of.fee.id === receivableId, () => receivableId, seen)
    owe(of.fee, cents(amount), seen)
  }

  function feeCorrected({ receivableId, open: less, paid, dealerId }: Data, seen: Seen): void {
    const fee = receivables.get(receivableId)
    const isOpen = fee !== undefined && cents(less) <= fee.outstanding
    law('a correction takes back no more than is open', isOpen, () => receivableId, seen)
    if (fee === undefined) return
    owe(fee, -cents(less), seen)
    fee.amount -= cents(paid)
    tree.dealer(dealerId, seen).cash += cents(paid)
  }

  /** Day by day: the principal outstanding at each day's end (DOMAIN: Overdue). */
  function feeThrough(receivable: Receivable, date: string): Cents {
    const { amount, dueOn, graceDays, rate } = receivable
    const dated = receivable.reductions.map((one) => ({ amount: one.amount, on: valueDate(one) }))
    const outstanding = (day: string) =>
      amount - total(dated.filter(({ on }) => on <= day).map((one) => one.amount))
    const free = plusDays(dueOn, graceDays)
    if (date <= free || outstanding(free) <= 0n) return 0n
    const last = dated.map(({ on }) => on).reduce(later, '')
    let sum = 0n
    for (let day = plusDays(dueOn, 1); day <= date; day = plusDays(day, 1)) {
      const owed = outstanding(day)
      if (owed === 0n && day > last) break
      sum += owed
    }
    return rounded(sum * rate, HUNDRED_MILLION)
  }

  function valueDate({ paymentId, notBefore }: Receivable['reductions'][number]): string {
    return later(payments.get(paymentId ?? '')?.on ?? '', notBefore)
  }

  function overdueOf(dealerId: string, on: string): Receivable[] {
    return [...openOf(dealerId)].filter(({ dueOn, graceDays }) => plusDays(dueOn, graceDays) < on)
  }

  /** What is past its grace, paid or not: when a freeze is lifted, it and its fees are let through. */
  function lateSoFar(dealerId: string, on: string): Set<string> {
    const own = [...receivables.values()].filter((one) => one.dealerId === dealerId)
    const late = own.filter(({ dueOn, graceDays }) => plusDays(dueOn, graceDays) < on)
    return new Set(late.map(({ id }) => id))
  }

  /** What freezes a dealer: what is overdue, but for what was when finance lifted a freeze. */
  function freezes(dealerId: string, on: string): boolean {
    const letThrough = lifted.get(dealerId)
    return overdueOf(dealerId, on).some(({ id, feeOf }) => !letThrough?.has(feeOf?.id ?? id))
  }

  /** All that belongs to a day is posted in a facility: every fee is right, and who is overdue is frozen. */
  function dayClosed(date: string, seen: Seen): void {
    for (const receivable of receivables.values()) {
      if (receivable.facility !== seen.event.stream || receivable.rate === 0n) continue
      feeIsRight(receivable, date, seen)
    }
    for (const { dealerId, frozen } of tree.dealers().values()) {
      if (!seen.event.stream.endsWith(`-${tree.path(dealerId).at(-1)?.dealerId}`)) continue
      law(
        'who is overdue is frozen when the day closes',
        frozen !== undefined || !freezes(dealerId, date),
        () => `${dealerId} is not frozen at the end of ${date}`,
        seen,
        dealerId,
      )
    }
  }

  function feeIsRight(receivable: Receivable, date: string, seen: Seen): void {
    const expected = feeThrough(receivable, date)
    const charged = receivable.fee?.amount ?? 0n
    law(
      'late fees are what a count day by day gives',
      charged === expected,
      () =>
        `${receivable.id}: ${text(charged)} charged through ${date}, expected ${text(expected)}`,
      seen,
      receivable.id,
    )
  }

  /** Facilities in which something belongs to a closing day. */
  function due(date: string): readonly string[] {
    const streams = new Set<string>()
    for (const receivable of receivables.values()) {
      const { dueOn, graceDays, rate, facility } = receivable
      const isLate = receivable.outstanding > 0n && plusDays(dueOn, graceDays) < date
      const isWrong = rate > 0n && feeThrough(receivable, date) !== (receivable.fee?.amount ?? 0n)
      if (isLate || isWrong) streams.add(facility)
    }
    return [...streams]
  }

  return {
    see: (seen: Seen) => handlers[seen.type]?.(seen.data, seen),
    freezes,
    due,
    /** The facility that received a payment's money. */
    receivedBy: (paymentId: string) => payments.get(paymentId)?.facility,
    openOf: (dealerId: string): ReadonlySet<Receivable> => openOf(dealerId),
  }
}

function facilityOf({ event: { stream } }: Seen): string {
  return stream.slice(stream.indexOf('-') + 1)
}

/** What of it money settles from a day on, and the discount for paying early. */
function partOf({ outstanding, discount }: Receivable, money: Cents, on: string): [Cents, Cents] {
  const early = discount && on <= discount.until ? discount.rate * outstanding : 0n
  const less = rounded(early, HUNDRED_MILLION)
  if (less > 0n && less < outstanding && money >= outstanding - less) {
    return [outstanding - less, less]
  }
  return [least(money, outstanding), 0n]
}

/** By due date; a fee stands before what it is for. */
function byDueDate(one: Receivable, other: Receivable): number {
  if (one.dueOn !== other.dueOn) return one.dueOn < other.dueOn ? -1 : 1
  const [first, second] = [one.feeOf ?? one, other.feeOf ?? other]
  if (first !== second) return first.number - second.number
  return one.feeOf === undefined ? 1 : -1
}

function later(one: string, other: string): string {
  return one > other ? one : other
}

function fraction(rate: string): bigint {
  const [whole = '0', places = ''] = rate.split('.')
  return BigInt(whole) * HUNDRED_MILLION + BigInt(places.padEnd(8, '0'))
}
