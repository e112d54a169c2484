/**
 * What each fact does to what a dealer owes and is owed, by the fact's own figures and not by its entry:
 * so that the entries can be held against it.
 */

import type { FacilityEvent } from '../facility/events.ts'
import { type Decimal, decimal, sum } from '../kernel/money.ts'
import type { AccountRole } from './chart.ts'

/** The accounts of which each dealer has its own part. */
export const SUB_LEDGERS = [
  'receivable',
  'advances',
  'refundsPayable',
] as const satisfies AccountRole[]
export type SubLedger = (typeof SUB_LEDGERS)[number]

/** By how much a dealer's part grows (what it owes, what it is owed), or shrinks. */
export type Move = Readonly<{ ledger: SubLedger; dealerId: string; amount: Decimal }>

type Part = Readonly<{ amount: string; discount?: string | undefined }>

function settled(parts: readonly Part[]): Decimal {
  return sum(parts.map(({ amount, discount }) => decimal(amount).plus(discount ?? 0)))
}

type Figures = Readonly<Partial<Record<SubLedger, Decimal | string>>>

function of(dealerId: string, figures: Figures): readonly Move[] {
  return SUB_LEDGERS.flatMap((ledger) => {
    const amount = figures[ledger]
    return amount === undefined ? [] : [{ ledger, dealerId, amount: decimal(String(amount)) }]
  })
}

/** The moves of a fact of a facility; none for one that moves no money. */
export function movesOf(event: FacilityEvent): readonly Move[] {
  switch (event.type) {
    case 'ReceivableRecognised':
      return of(event.data.dealerId, { receivable: event.data.amount })
    case 'PaymentReceived': {
      const { dealerId, allocations, unapplied } = event.data
      return of(dealerId, { receivable: settled(allocations).negated(), advances: unapplied })
    }
    case 'UnappliedCashAllocated': {
      const { dealerId, allocations, amount } = event.data
      const [owed, cash] = [settled(allocations).negated(), decimal(amount).negated()]
      return of(dealerId, { receivable: owed, advances: cash })
    }
    case 'AllocationsReversed': {
      const { dealerId, allocations, amount } = event.data
      return of(dealerId, { receivable: settled(allocations), advances: amount })
    }
    case 'ReceiptReversed': {
      const { dealerId, allocations, unapplied, owed } = event.data
      const again = settled(allocations).plus(owed?.amount ?? 0)
      return of(dealerId, { receivable: again, advances: decimal(unapplied).negated() })
    }
    case 'LateFeesCharged':
      return event.data.fees.flatMap(({ dealerId, amount }) => of(dealerId, { receivable: amount }))
    case 'LateFeesCorrected':
      return event.data.corrections.flatMap(({ dealerId, open, paid }) =>
        of(dealerId, { receivable: decimal(open).negated(), advances: paid }),
      )
    case 'ReceivableWrittenOff':
      return of(event.data.dealerId, { receivable: decimal(event.data.amount).negated() })
    case 'ReturnCredited': {
      const { dealerId, allocations, refundPayable } = event.data
      const less = settled(allocations).negated()
      return of(dealerId, { receivable: less, refundsPayable: refundPayable })
    }
    case 'RefundPaidOut': {
      const { dealerId, source, amount } = event.data
      const less = decimal(amount).negated()
      return of(dealerId, source === 'return' ? { refundsPayable: less } : { advances: less })
    }
    default:
      return []
  }
}
