/** Decisions about money that the bank takes back (DOMAIN: The ledger, payment bounced). */

import type { DecisionContext } from '../context.ts'
import { accept, type Decision } from '../kernel/decision.ts'
import { type Decimal, decimal, minimum, toAmount, ZERO } from '../kernel/money.ts'
import type { LocalDate } from '../kernel/values.ts'
import { postReceiptReversal } from '../ledger/money.ts'
import { valued } from '../value-date.ts'
import { useCash } from './cash.ts'
import { ReceiptReversed } from './cash-events.ts'
import { applied } from './evolve.ts'
import { notReceived } from './payment-refusals.ts'
import { type Reversal, reversalOf } from './reversal.ts'
import { type FacilityState, freeCashOf, memberOf, type ReceivedPayment } from './state.ts'

export type ReverseReceipt = Readonly<{
  facilityId: string
  paymentId: string
  reason: string
  /** The day the bank took it; today if not given. Judged where the bounce was decided. */
  effectiveOn?: LocalDate | undefined
}>

/**
 * Undoes a receipt: all that it settled is owed again, as it was all along, and its unapplied rest goes.
 * What of that had been refunded is taken from the dealer's other unapplied cash, then out of what is
 * kept for prepaid orders; the dealer owes the rest. Reversing again changes nothing. Refuses
 * `payment-unknown`.
 */
export function reverseReceipt(
  state: FacilityState,
  { facilityId, paymentId, reason, effectiveOn = undefined }: ReverseReceipt,
  { today, policy: { chart } }: DecisionContext,
): Decision {
  const payment = state.payments.get(paymentId)
  if (payment === undefined) return notReceived(paymentId)
  if (payment.reversed) return accept()
  const { dealerId, amount, method } = payment
  const reversal = reversalOf(state, paymentId)
  const taken = takenOf(state, payment, reversal)
  const owed = taken.owed.isZero()
    ? {}
    : {
        owed: {
          receivableId: `${facilityId}.${state.receivableCount + 1}`,
          amount: toAmount(taken.owed),
          dueOn: effectiveOn ?? today,
          graceDays: memberOf(state, dealerId).graceDays,
        },
      }
  const reversed = ReceiptReversed(
    {
      ...{ paymentId, dealerId, amount, method, reason },
      allocations: [...reversal.allocations],
      unapplied: toAmount(taken.unapplied),
      ...(taken.unearmarked.length === 0 ? {} : { unearmarked: [...taken.unearmarked] }),
      ...owed,
      journal: postReceiptReversal(
        chart,
        dealerId,
        { method },
        {
          allocated: reversal.allocated.plus(taken.owed),
          discount: reversal.discount,
          unapplied: taken.unapplied,
        },
      ),
    },
    valued(effectiveOn, today),
  )
  const after = applied(state, [reversed], today)
  // Other money that was there all along settles what is open again.
  const free = freeCashOf(memberOf(after, dealerId).own)
  const used = useCash(after, { dealerId, amount: free, earliest: '', bookedOn: today, chart })
  return accept(reversed, ...used)
}

type Taken = Readonly<{
  unapplied: Decimal
  unearmarked: readonly Readonly<{ orderId: string; amount: string }>[]
  owed: Decimal
}>

/** From where the money comes that the payment has not settled anything with. */
function takenOf(state: FacilityState, payment: ReceivedPayment, { allocated }: Reversal): Taken {
  const { own } = memberOf(state, payment.dealerId)
  const wanted = decimal(payment.amount).minus(allocated)
  const unapplied = minimum(wanted, decimal(own.unappliedCash).minus(own.reserved))
  const lacking = unapplied.minus(freeCashOf(own))
  return {
    unapplied,
    unearmarked: unearmarkedOf(state, payment, lacking),
    owed: wanted.minus(unapplied),
  }
}

/** Which prepaid orders less cash is kept for: those first that the payment was for. */
function unearmarkedOf(
  state: FacilityState,
  { dealerId, earmarked = [] }: ReceivedPayment,
  lacking: Decimal,
) {
  const others = [...memberOf(state, dealerId).earmarkedFor].sort()
  let rest = lacking
  return [...new Set([...earmarked, ...others])].flatMap((orderId) => {
    const part = minimum(rest, decimal(state.orders.get(orderId)?.earmarked ?? '0'))
    if (!part.greaterThan(ZERO)) return []
    rest = rest.minus(part)
    return [{ orderId, amount: toAmount(part) }]
  })
}
