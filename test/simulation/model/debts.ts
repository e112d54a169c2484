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
  reductions: Reduction[]
  /** Written off, and not recovered. */
  lost: Cents
}

type Reduction = {
  /** With its discount. */
  amount: Cents
  discount: Cents
  paymentId: string | undefined
  notBefore: string
  by: 'money' | 'return' | 'write-off'
}

type Return = { payable: Cents; dealerId: string }

/** What a payment is to settle instead, by the command that says so. */
type Instead = { commandId: string; to: Map<string, Cents> }

type Payment = { named: Data; on: string; facility: string | undefined }

const HUNDRED_MILLION = 100_000_000n

export type Debts = ReturnType<typeof createDebts>

export function createDebts(tree: Tree) {
  const receivables = new Map<string, Receivable>()
  const open = new Map<string, Set<Receivable>>()
  const payments = new Map<string, Payment>()
  const lifted = new Map<string, Set<string>>()
  const returns = new Map<string, Return>()
  const refunds = new Map<string, Data>()
  const returned = new Map<string, Cents>()
  /** Prepaid orders whose money the bank took back. */
  const uncovered = new Set<string>()
  let instead: Instead | undefined

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
      lost: 0n,
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
    AllocationsReversed: allocationsReversed,
    ReceiptReversed: receiptReversed,
    ReceivableWrittenOff: writtenOff,
    ReceivableRecovered: recovered,
    ReturnCredited: returnCredited,
    RefundCashReserved: refundReserved,
    RefundCashReleased: refundReleased,
    RefundPaidOut: refundPaidOut,
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
    const dealer = tree.dealer(dealerId, seen)
    dealer.received += cents(amount)
    dealer.allocated += allocated
    for (const one of earmarked) tree.order(one.orderId, dealerId).earmarked += cents(one.amount)
  }

  function cashAllocated(data: Data, seen: Seen): void {
    const { dealerId, allocations, amount, orderId } = data
    const sum = total(allocations.map((one: Data) => cents(one.amount)))
    law('allocations add up', sum === cents(amount), () => `${amount}, ${text(sum)}`, seen)
    if (orderId === undefined) settledAsExpected(data, sum, undefined, seen)
    settle(dealerId, allocations, undefined, seen.effectiveOn, seen)
    tree.dealer(dealerId, seen).allocated += sum
    if (orderId === undefined) return
    const order = tree.order(orderId, dealerId)
    order.earmarked -= cents(amount)
    law('no more is used than was kept', order.earmarked >= 0n, () => orderId, seen, orderId)
  }

  function settledAsExpected(data: Data, money: Cents, named: Data, seen: Seen): void {
    const wanted = wantedInstead(seen)
    const expected = wanted
      ? expectedInstead(wanted, money, seen.effectiveOn)
      : expectedFor(data.dealerId, money, named, seen.effectiveOn)
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

  /** What somebody named, of which some is still to be settled by the same command. */
  function wantedInstead({ metadata: { commandId } }: Seen): Instead['to'] | undefined {
    if (instead?.commandId !== commandId || instead.to.size === 0) return undefined
    return instead.to
  }

  function expectedInstead(to: Instead['to'], money: Cents, on: string): string[] {
    const parts: string[] = []
    let rest = money
    for (const [id, most] of to) {
      const receivable = receivables.get(id)
      if (receivable === undefined || rest === 0n) continue
      const [paid, discount] = partOf(receivable, least(rest, most), on)
      parts.push([id, text(paid), text(discount)].join(' '))
      rest -= paid
      if (paid === most) to.delete(id)
      else to.set(id, most - paid)
    }
    return parts
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
      const less = { amount: part, discount: cents(discount), paymentId, notBefore }
      receivable.reductions.push({ ...less, by: 'money' })
      receivable.amount += part
      owe(receivable, -part, seen)
    }
  }

  // Money that settles something else, goes back, or was never there

  function allocationsReversed(data: Data, seen: Seen): void {
    const { paymentId, dealerId, allocations, amount, to } = data
    const money = owedAgain(paymentId, dealerId, allocations, seen)
    law('what is freed adds up', money === cents(amount), () => `${amount}, ${text(money)}`, seen)
    tree.dealer(dealerId, seen).allocated -= money
    const named = to.map((one: Data) => [one.receivableId, cents(one.amount)] as const)
    instead = { commandId: seen.metadata.commandId, to: new Map(named) }
  }

  function receiptReversed(data: Data, seen: Seen): void {
    const { paymentId, dealerId, amount, allocations, unapplied, unearmarked = [], owed } = data
    const money = owedAgain(paymentId, dealerId, allocations, seen)
    law(
      'a receipt is undone whole',
      cents(amount) === money + cents(unapplied) + cents(owed?.amount),
      () => `${amount} is not ${text(money)}, ${unapplied} and ${owed?.amount}`,
      seen,
      paymentId,
    )
    const dealer = tree.dealer(dealerId, seen)
    dealer.allocated -= money
    dealer.received -= money + cents(unapplied)
    for (const one of unearmarked) {
      tree.order(one.orderId, dealerId).earmarked -= cents(one.amount)
      uncovered.add(one.orderId)
    }
    if (owed === undefined) return
    const terms = { ...owed, dealerId, orderId: `owed for ${paymentId}` }
    const late = { graceDays: owed.graceDays, dailyRate: '0' }
    owe(newReceivable(owed.receivableId, { ...terms, late }, seen), cents(owed.amount), seen)
  }

  /** All that a payment had settled is owed again, its discounts too; gives the money in it. */
  function owedAgain(
    paymentId: string,
    dealerId: string,
    allocations: readonly Data[],
    seen: Seen,
  ): Cents {
    const isTheirs = (one: Reduction) => one.by === 'money' && one.paymentId === paymentId
    const expected: string[] = []
    for (const receivable of receivables.values()) {
      const own = receivable.reductions.filter(isTheirs)
      const [amount, discount] = [own.map((one) => one.amount), own.map((one) => one.discount)]
      if (own.length > 0) expected.push(written(receivable.id, total(amount), total(discount)))
    }
    const sums = new Map<string, [Cents, Cents]>()
    for (const { receivableId, amount, discount } of allocations) {
      const [all, less] = sums.get(receivableId) ?? [0n, 0n]
      sums.set(receivableId, [all + cents(amount) + cents(discount), less + cents(discount)])
    }
    const actual = [...sums].map(([id, [all, less]]) => written(id, all, less))
    law(
      'all that a payment has settled is owed again, with its discounts',
      JSON.stringify(actual.sort()) === JSON.stringify(expected.sort()),
      () => `${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`,
      seen,
      paymentId,
      dealerId,
    )
    for (const [id, [all]] of sums) {
      const receivable = receivables.get(id)
      if (receivable === undefined) continue
      receivable.reductions = receivable.reductions.filter((one) => !isTheirs(one))
      receivable.amount -= all
      owe(receivable, all, seen)
    }
    return total(allocations.map(({ amount }) => cents(amount)))
  }

  function writtenOff({ receivableId, dealerId, amount }: Data, seen: Seen): void {
    const receivable = receivables.get(receivableId)
    const lost = cents(amount)
    const isOpen = receivable?.dealerId === dealerId && lost <= (receivable?.outstanding ?? 0n)
    law('no more is written off than is owed', isOpen, () => `${amount} of ${receivableId}`, seen)
    if (receivable === undefined) return
    receivable.lost += lost
    smaller(receivable, { amount: lost, by: 'write-off' }, seen)
  }

  /** No money, but less is owed. */
  function smaller(
    receivable: Receivable,
    { amount, by }: Pick<Reduction, 'amount' | 'by'>,
    seen: Seen,
  ): void {
    const notBefore = seen.effectiveOn
    receivable.reductions.push({ amount, discount: 0n, paymentId: undefined, notBefore, by })
    receivable.amount += amount
    owe(receivable, -amount, seen)
  }

  function recovered({ receivableId, amount }: Data, seen: Seen): void {
    const receivable = receivables.get(receivableId)
    const isLost = receivable !== undefined && cents(amount) <= receivable.lost
    law('no more is recovered than was lost', isLost, () => `${amount} of ${receivableId}`, seen)
    if (receivable !== undefined) receivable.lost -= cents(amount)
  }

  function returnCredited(data: Data, seen: Seen): void {
    const { returnId, orderId, dealerId, amount, allocations, losses = [] } = data
    law('a return is credited once', !returns.has(returnId), () => returnId, seen, orderId)
    const sum = (parts: readonly Data[]) => total(parts.map((one) => cents(one.amount)))
    const rest = cents(data.discountBack) + cents(data.restockingFee) + cents(data.refundPayable)
    const parts = sum(allocations) + sum(losses) + rest
    const figures = () => `${amount}, the parts are ${text(parts)}`
    law(
      'a credited return is what it settles, and what is payable',
      parts === cents(amount),
      figures,
      seen,
    )
    const back = (returned.get(orderId) ?? 0n) + cents(amount)
    returned.set(orderId, back)
    const shipped = total(tree.order(orderId, dealerId).recognised.values())
    const both = () => `${text(back)} of ${text(shipped)}`
    law('no more comes back of an order than was owed for it', back <= shipped, both, seen, orderId)
    const payable = sum(data.refunds)
    law('what is payable has its way back', payable === cents(data.refundPayable), figures, seen)
    for (const one of allocations) {
      const receivable = receivables.get(one.receivableId)
      const isOpen = receivable !== undefined && cents(one.amount) <= receivable.outstanding
      law('a return settles no more than is open', isOpen, () => one.receivableId, seen)
      if (receivable) smaller(receivable, { amount: cents(one.amount), by: 'return' }, seen)
    }
    for (const one of losses) {
      const receivable = receivables.get(one.receivableId)
      if (receivable) receivable.lost -= cents(one.amount)
    }
    for (const one of data.discounts ?? []) discountBack(one, seen)
    returns.set(returnId, { payable, dealerId })
    tree.dealer(dealerId, seen).payable += payable
  }

  /** The goods settle in the place of the discount that was given on them, from the same day. */
  function discountBack({ receivableId, discount, paymentId, since = '' }: Data, seen: Seen): void {
    const part = cents(discount)
    const found = receivables
      .get(receivableId)
      ?.reductions.filter((one) => one.by === 'money' && one.paymentId === paymentId)
    let rest = part
    for (const one of found ?? []) {
      const taken = one.notBefore === since ? least(rest, one.discount) : 0n
      one.amount -= taken
      one.discount -= taken
      rest -= taken
    }
    law('no discount is taken back that was not given', rest === 0n, () => text(rest), seen)
    const goods = { amount: part, discount: 0n, paymentId, notBefore: since }
    receivables.get(receivableId)?.reductions.push({ ...goods, by: 'return' })
  }

  // Refunds

  function refundReserved(data: Data, seen: Seen): void {
    const { refundId, dealerId, amount, source, returnId } = data
    law('a refund sets aside once', !refunds.has(refundId), () => refundId, seen, refundId)
    refunds.set(refundId, { ...data, status: 'reserved' })
    const dealer = tree.dealer(dealerId, seen)
    const of = returns.get(returnId)
    const free = dealer.cash - dealer.reserved - tree.earmarked(dealerId)
    const most = source === 'return' ? (of?.payable ?? 0n) : free
    const figures = () => `${amount} of ${text(most)}`
    law('no more is set aside than there is', cents(amount) <= most, figures, seen, refundId)
    if (source !== 'return') dealer.reserved += cents(amount)
    else if (of !== undefined) of.payable -= cents(amount)
  }

  function refundReleased({ refundId, dealerId, amount }: Data, seen: Seen): void {
    const refund = refunds.get(refundId)
    const aside = refund?.status === 'reserved' ? cents(refund.amount) : 0n
    law(
      'what was set aside is released, once',
      cents(amount) === aside,
      () => amount,
      seen,
      refundId,
    )
    refunds.set(refundId, { ...refund, status: 'released' })
    if (aside === 0n) return
    const of = returns.get(refund.returnId)
    if (of !== undefined) of.payable += aside
    else tree.dealer(dealerId, seen).reserved -= aside
  }

  function refundPaidOut({ refundId, dealerId, amount }: Data, seen: Seen): void {
    const refund = refunds.get(refundId)
    const isAside = refund?.status === 'reserved' && refund.amount === amount
    law('only what was set aside is paid out, once', isAside, () => refundId, seen, refundId)
    refunds.set(refundId, { ...refund, status: 'paid' })
    const dealer = tree.dealer(dealerId, seen)
    if (refund?.returnId !== undefined) {
      dealer.payable -= cents(amount)
      return
    }
    dealer.reserved -= cents(amount)
    dealer.refunded += cents(amount)
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

  function feeCorrected(data: Data, seen: Seen): void {
    const { receivableId, open: less, paid, paidBy = [], writtenOff: lost, dealerId } = data
    const fee = receivables.get(receivableId)
    const isOpen = fee !== undefined && cents(less) <= fee.outstanding
    law('a correction takes back no more than is open', isOpen, () => receivableId, seen)
    if (fee === undefined) return
    owe(fee, -cents(less), seen)
    fee.amount -= cents(paid) + cents(lost)
    fee.lost -= cents(lost)
    const isWhole = total(paidBy.map((one: Data) => cents(one.amount))) === cents(paid)
    law('what was paid of a fee goes back to its payments', isWhole, () => receivableId, seen)
    for (const { paymentId, amount } of paidBy) {
      lessOf(fee, cents(amount), (one) => one.by === 'money' && one.paymentId === paymentId, seen)
    }
    lessOf(fee, cents(lost), ({ by }) => by === 'write-off', seen)
    tree.dealer(dealerId, seen).allocated -= cents(paid)
  }

  /** Takes an amount out of what has made a receivable smaller; a fee's bear no fees, whatever their dates. */
  function lessOf(
    of: Receivable,
    amount: Cents,
    isOfKind: (one: Reduction) => boolean,
    seen: Seen,
  ): void {
    let rest = amount
    for (const reduction of of.reductions.toReversed()) {
      const part = isOfKind(reduction) ? least(rest, reduction.amount) : 0n
      reduction.amount -= part
      rest -= part
    }
    of.reductions = of.reductions.filter((one) => one.amount > 0n)
    law('nothing is taken back that was not there', rest === 0n, () => text(rest), seen, of.id)
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
    /** All that dealers owe. */
    open: (): readonly Receivable[] => [...open.values()].flatMap((all) => [...all]),
    /** Whose money the bank took back. */
    isUncovered: (orderId: string) => uncovered.has(orderId),
    refund: (refundId: string): Data => refunds.get(refundId),
    ofReturn: (returnId: string) => returns.get(returnId),
  }
}

function written(id: string, ...amounts: readonly Cents[]): string {
  return [id, ...amounts.map(text)].join(' ')
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
