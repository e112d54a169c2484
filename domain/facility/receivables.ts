/** Decisions about what dealers owe and what they pay. */

import type { DecisionContext } from '../context.ts'
import { addDays } from '../kernel/dates.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import { allocate, type Decimal, decimal, minimum, toAmount } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import type { Chart } from '../ledger/chart.ts'
import { postReceipt } from '../ledger/money.ts'
import { postShipment } from '../ledger/sales.ts'
import { valued } from '../value-date.ts'
import { settle } from './allocation.ts'
import { useCash } from './cash.ts'
import { PaymentReceived } from './cash-events.ts'
import { applied } from './evolve.ts'
import { asMember } from './members.ts'
import { unfreezing } from './overdue.ts'
import { coveredBy, earmarksOf, usePrepaid } from './prepayments.ts'
import { ReceivableRecognised } from './receivable-events.ts'
import { type FacilityState, freeCashOf, type Member, memberOf, orderOf } from './state.ts'
import { type Due, duesOf, type Terms } from './terms.ts'
import type { PaymentMethod } from './values.ts'

export type RecogniseReceivable = Readonly<{
  facilityId: string
  dealerId: string
  orderId: string
  fulfilmentId: string
  /** Gross: net and tax together. */
  amount: string
  net: string
  tax: string
  /** The day it shipped; today if not given. Judged where the shipment was decided. */
  effectiveOn?: LocalDate | undefined
}>

/**
 * Makes the dealer owe a shipped fulfilment by its terms, one receivable an instalment; the order's hold
 * shrinks by it, and unapplied cash settles it at once (first what was kept for the order), as of the day
 * it shipped or, if that is later, the cash came. What was prepaid gets no discount for paying early. Recognising the same fulfilment again changes nothing. Refuses `dealer-unknown`; throws if net and tax do not add up.
 */
export function recogniseReceivable(
  state: FacilityState,
  input: RecogniseReceivable,
  context: DecisionContext,
): Decision {
  return asMember(state, input.dealerId, context, (current) => {
    const { dealerId, orderId, fulfilmentId, effectiveOn } = input
    const order = orderOf(current, dealerId, orderId)
    if (order.fulfilmentIds.includes(fulfilmentId)) return accept()
    const dates = valued(effectiveOn, context.today)
    const shippedOn = effectiveOn ?? context.today
    const receivables = receivablesOf(current, input, shippedOn, context.policy.chart).map((data) =>
      ReceivableRecognised(data, dates),
    )
    const owing = applied(current, receivables, context.today)
    const dated = { earliest: shippedOn, bookedOn: context.today, chart: context.policy.chart }
    const prepaid = usePrepaid(owing, orderId, receivables, dated)
    const left = applied(owing, prepaid, context.today)
    const amount = freeCashOf(memberOf(left, dealerId).own)
    const cash = useCash(left, { dealerId, amount, ...dated })
    const after = applied(left, cash, context.today)
    const events = [...receivables, ...prepaid, ...cash]
    return accept(...events, ...unfreezing(after, [dealerId], context.today))
  })
}

function receivablesOf(
  state: FacilityState,
  input: RecogniseReceivable,
  shippedOn: LocalDate,
  chart: Chart,
) {
  const { facilityId, dealerId, orderId, fulfilmentId } = input
  const member = memberOf(state, dealerId)
  const dues = duesOf(member.terms, decimal(input.amount), shippedOn)
  const isPrepaid = orderOf(state, dealerId, orderId).prepayment !== undefined
  const discount = isPrepaid ? {} : earlyDiscountOf(member.terms, shippedOn)
  const agreed = { ...lateTermsOf(member), ...discount }
  const nets = netsOf(decimal(input.net), dues)
  let held = decimal(orderOf(state, dealerId, orderId).held)
  return dues.map((due, index) => {
    const gross = due.amount
    const net = nets[index] ?? gross
    const tax = gross.minus(net)
    const holdReduced = minimum(held, gross)
    held = held.minus(holdReduced)
    return {
      receivableId: `${facilityId}.${state.receivableCount + 1 + index}`,
      dealerId,
      orderId,
      fulfilmentId,
      amount: toAmount(gross),
      net: toAmount(net),
      tax: toAmount(tax),
      holdReduced: toAmount(holdReduced),
      dueOn: due.dueOn,
      ...(due.instalment === undefined ? {} : { instalment: due.instalment }),
      ...agreed,
      journal: postShipment(chart, dealerId, { gross, net, tax }),
    }
  })
}

/** What paying late costs is agreed with the shipment, as its due date is. */
function lateTermsOf({ graceDays, lateFeeDailyRate: dailyRate }: Member) {
  return graceDays === 0 && decimal(dailyRate).isZero() ? {} : { late: { graceDays, dailyRate } }
}

function earlyDiscountOf({ earlyDiscount }: Terms, shippedOn: LocalDate) {
  if (earlyDiscount === undefined || decimal(earlyDiscount.rate).isZero()) return {}
  const { rate, days } = earlyDiscount
  return { earlyDiscount: { rate, until: addDays(shippedOn, days) } }
}

/** The net parts of the instalments, which add up like their gross parts. */
function netsOf(net: Decimal, dues: readonly Due[]): readonly Decimal[] {
  return allocate(
    net,
    dues.map(({ amount }) => amount),
  )
}

export type ReceivePayment = Readonly<{
  facilityId: string
  paymentId: string
  dealerId: string
  amount: string
  method: PaymentMethod
  orderIds: readonly string[]
  receivableIds: readonly string[]
  /** It was in the bank already, of an unknown payer. */
  clearedFrom?: 'suspense' | undefined
  /** The day the money came; today if not given. Judged where the payment was captured. */
  effectiveOn?: LocalDate | undefined
}>

/**
 * Takes money in: what prepaid orders that it names still await is kept for them; the rest settles the
 * dealer's receivables, the named ones first, and what is left is unapplied cash. A name that is neither
 * an order nor an open receivable of the dealer is passed over: money that came is never refused. Receiving the same payment again changes nothing. Refuses `dealer-unknown`.
 */
export function receivePayment(
  state: FacilityState,
  input: ReceivePayment,
  context: DecisionContext,
): Decision {
  if (state.payments.has(input.paymentId)) return accept()
  return asMember(state, input.dealerId, context, (current) => {
    const { paymentId, dealerId, amount, method, effectiveOn = context.today } = input
    const { earmarks, rest: free } = earmarksOf(current, dealerId, input.orderIds, decimal(amount))
    const money = { amount: free, on: effectiveOn }
    const { allocations, allocated, discount } = settle(current, dealerId, money, input)
    const unapplied = decimal(amount).minus(allocated)
    const received = {
      paymentId,
      dealerId,
      amount: toAmount(decimal(amount)),
      method,
      allocations: [...allocations],
      unapplied: toAmount(unapplied),
      ...(input.clearedFrom === undefined ? {} : { clearedFrom: input.clearedFrom }),
      ...(input.orderIds.length === 0 ? {} : { orderIds: [...input.orderIds] }),
      ...(earmarks.length === 0 ? {} : { earmarked: [...earmarks] }),
      journal: postReceipt(
        context.policy.chart,
        dealerId,
        { method, clearedFrom: input.clearedFrom },
        { allocated, discount, unapplied },
      ),
    }
    const event = PaymentReceived(received, valued(effectiveOn, context.today))
    const after = applied(current, [event], context.today)
    const covered = coveredBy(current, dealerId, earmarks)
    return accept(event, ...covered, ...unfreezing(after, [dealerId], context.today))
  })
}

/** The facility of a receivable, whose id is `<facilityId>.<n>`. */
export function facilityIdOf(receivableId: string): string {
  return receivableId.replace(/\.\d+$/, '')
}
