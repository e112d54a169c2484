/** Short words for what is asked about money that has come. */

import { type ReverseReceipt, reverseReceipt } from '../../../domain/facility/bounce.ts'
import { type CreditReturn, creditReturn } from '../../../domain/facility/credit-return.ts'
import { reallocate } from '../../../domain/facility/reallocate.ts'
import {
  type PayOutRefund,
  payOutRefund,
  type ReserveRefundCash,
  releaseRefundCash,
  reserveRefundCash,
} from '../../../domain/facility/refund-cash.ts'
import { recover, writeOff } from '../../../domain/facility/write-off.ts'
import { decimal, netOf, toAmount } from '../../../domain/kernel/money.ts'
import type { Asking } from './tree.ts'

const facilityId = 'ROOT'

/** `to`: pairs of a receivable and an amount. */
export function reallocating(paymentId: string, ...to: readonly [string, string][]): Asking {
  const named = to.map(([receivableId, amount]) => ({ receivableId, amount }))
  return (state, context) =>
    reallocate(state, { paymentId, to: named, reason: 'the payer says so' }, context)
}

export function bouncing(paymentId: string, more: Partial<ReverseReceipt> = {}): Asking {
  const input = { facilityId, paymentId, reason: 'not covered', ...more }
  return (state, context) => reverseReceipt(state, input, context)
}

export function writingOff(receivableId: string, amount: string): Asking {
  return (state, context) => writeOff(state, { receivableId, amount, reason: 'insolvent' }, context)
}

export function recovering(receivableId: string, amount: string): Asking {
  return (state, context) => recover(state, { receivableId, amount, reason: 'a dividend' }, context)
}

/** Goods at 13% VAT. */
export function crediting(
  dealerId: string,
  orderId: string,
  returnId: string,
  gross: string,
  more: Partial<CreditReturn> = {},
): Asking {
  const net = netOf(decimal(gross), decimal('0.13'))
  const amounts = { amount: gross, net: toAmount(net), tax: toAmount(decimal(gross).minus(net)) }
  const input = { facilityId, dealerId, orderId, returnId, ...amounts, restockingFee: '0', ...more }
  return (state, context) => creditReturn(state, input, context)
}

type Refunding = Pick<ReserveRefundCash, 'refundId' | 'dealerId' | 'amount'> &
  Partial<ReserveRefundCash>

export function reserving(refund: Refunding): Asking {
  const input = { facilityId, source: 'unapplied-cash', ...refund } as const
  return (state, context) => reserveRefundCash(state, input, context)
}

export function releasingRefund(refundId: string, dealerId: string): Asking {
  const input = { facilityId, refundId, dealerId, reason: 'it failed' }
  return (state, context) => releaseRefundCash(state, input, context)
}

export function payingOut(refund: Refunding & Partial<PayOutRefund>): Asking {
  const way = { source: 'unapplied-cash', method: 'bank-transfer' } as const
  const input = { facilityId, ...way, ...refund }
  return (state, context) => payOutRefund(state, input, context)
}
