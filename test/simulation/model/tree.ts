/** The dealers of all trees: what each holds, owes and has paid, for itself alone. */

import { type Cents, total } from './cents.ts'
import type { Seen } from './law.ts'
import { law } from './law.ts'

export type Dealer = {
  dealerId: string
  parent: string | undefined
  limit: Cents
  temporary: { id: string; amount: Cents; from: string; to: string }[]
  held: Cents
  owed: Cents
  /** Money that came, less what the bank took back. */
  received: Cents
  /** Of it, what settles something. */
  allocated: Cents
  /** Of it, what went back. */
  refunded: Cents
  /** Unapplied, what is earmarked, or set aside for refunds, included. */
  readonly cash: Cents
  /** Set aside for refunds. */
  reserved: Cents
  /** Owed for returns. */
  payable: Cents
  frozen: 'overdue' | 'manual' | undefined
}

export type OrderCredit = {
  orderId: string
  dealerId: string
  held: Cents
  owed: Cents
  /** Cash kept for it. */
  earmarked: Cents
  prepayment: Cents
  /** How far reviewers let it go past whose limit. */
  releases: Map<string, Cents>
  /** By shipment. */
  recognised: Map<string, Cents>
}

export type Tree = ReturnType<typeof createTree>

export function createTree() {
  const dealers = new Map<string, Dealer>()
  const orders = new Map<string, OrderCredit>()
  let touched = new Set<string>()

  function dealer(dealerId: string, seen: Seen): Dealer {
    const found = dealers.get(dealerId)
    law('a dealer joins before anything happens to it', found !== undefined, () => dealerId, seen)
    touched.add(dealerId)
    return found ?? join(dealerId, undefined)
  }

  function join(dealerId: string, parent: string | undefined): Dealer {
    const joined: Dealer = {
      ...{ dealerId, parent, limit: 0n, temporary: [], frozen: undefined },
      ...{ held: 0n, owed: 0n, received: 0n, allocated: 0n, refunded: 0n },
      ...{ reserved: 0n, payable: 0n },
      get cash() {
        return this.received - this.allocated - this.refunded
      },
    }
    dealers.set(dealerId, joined)
    return joined
  }

  function order(orderId: string, dealerId: string): OrderCredit {
    const found = orders.get(orderId) ?? {
      ...{ orderId, dealerId, held: 0n, owed: 0n, earmarked: 0n, prepayment: 0n },
      ...{ releases: new Map(), recognised: new Map() },
    }
    orders.set(orderId, found)
    return found
  }

  /** A dealer and its superiors, nearest first. */
  function path(dealerId: string): Dealer[] {
    const found: Dealer[] = []
    for (let next = dealers.get(dealerId); next; next = dealers.get(next.parent ?? '')) {
      found.push(next)
    }
    return found
  }

  function isBelow(dealerId: string, superior: string): boolean {
    return path(dealerId).some((one) => one.dealerId === superior)
  }

  /** A dealer and all below it. */
  function below(superior: string): Dealer[] {
    return [...dealers.values()].filter(({ dealerId }) => isBelow(dealerId, superior))
  }

  /** Cash that is kept for orders of a dealer. */
  function earmarked(dealerId: string): Cents {
    const own = [...orders.values()].filter((one) => one.dealerId === dealerId)
    return total(own.map((one) => one.earmarked))
  }

  function change(
    of: OrderCredit,
    seen: Seen,
    { held = 0n, owed = 0n }: Readonly<{ held?: Cents; owed?: Cents }>,
  ): void {
    const changed = dealer(of.dealerId, seen)
    of.held += held
    of.owed += owed
    changed.held += held
    changed.owed += owed
  }

  return {
    ...{ dealer, join, order, path, isBelow, below, earmarked, change },
    orders: (): ReadonlyMap<string, OrderCredit> => orders,
    dealers: (): ReadonlyMap<string, Dealer> => dealers,
    /** The dealers that something happened to since this was asked last. */
    takeTouched(): readonly Dealer[] {
      const ids = touched
      touched = new Set()
      return [...ids].flatMap((id) => dealers.get(id) ?? [])
    },
  }
}
