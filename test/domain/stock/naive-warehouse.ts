/**
 * A warehouse kept unit by unit, each a thing of its own: written for being plainly right, from the words
 * of the domain page, and slow. It knows quantities only; money is checked by the ledger.
 */

type Unit = {
  sku: string
  batch: string | undefined
  expiresOn: string | undefined
  /** When the first unit of its batch came, of those that are here. */
  since: number
  isQuarantined: boolean
}

type Promise = {
  orderId: string
  attempt: number
  lines: { sku: string; quantity: number }[]
}

type Line = Readonly<{ sku: string; quantity: number }>
type Name = Readonly<{ batch?: string | undefined; expiresOn?: string | undefined }>
type Wish = (unit: Unit) => boolean

export type NaiveWarehouse = ReturnType<typeof naiveWarehouse>

export function naiveWarehouse() {
  let units: Unit[] = []
  let promises: Promise[] = []
  let clock = 0
  let today = ''
  const ended = new Set<string>()
  const reducedOnce = new Set<string>()
  const shipped = new Set<string>()
  const lost: { orderId: string; sku: string }[] = []

  const isOld = ({ expiresOn }: Unit, day = today) => expiresOn !== undefined && expiresOn <= day
  const isSold = (unit: Unit, day = today) => !unit.isQuarantined && !isOld(unit, day)
  const of = (sku: string, batch?: string) =>
    units.filter((unit) => unit.sku === sku && (batch === undefined || unit.batch === batch))
  const promised = (sku: string, orderId?: string) =>
    promises
      .filter((one) => orderId === undefined || one.orderId === orderId)
      .flatMap(({ lines }) => lines)
      .reduce((sum, line) => sum + (line.sku === sku ? line.quantity : 0), 0)
  const available = (sku: string) => of(sku).filter((unit) => isSold(unit)).length - promised(sku)

  /** So many units, by the wishes in their order, then as batches leave. */
  const pick = (from: Unit[], quantity: number, ...wishes: Wish[]): Unit[] => {
    const rank = (unit: Unit) => wishes.findIndex((wish) => wish(unit))
    return from
      .filter((unit) => rank(unit) >= 0)
      .sort(
        (one, other) =>
          rank(one) - rank(other) ||
          (one.expiresOn ?? '9').localeCompare(other.expiresOn ?? '9') ||
          one.since - other.since,
      )
      .slice(0, quantity)
  }
  const remove = (gone: Unit[]) => {
    units = units.filter((unit) => !gone.includes(unit))
  }
  const add = (sku: string, quantity: number, { batch, expiresOn }: Name) => {
    clock += 1
    const same = of(sku).find((unit) => unit.batch === batch && unit.expiresOn === expiresOn)
    const since = same?.since ?? clock
    for (let count = 0; count < quantity; count += 1) {
      units.push({ sku, batch, expiresOn, since, isQuarantined: false })
    }
    for (const unit of of(sku)) if (isOld(unit) && unit.since === since) unit.isQuarantined = true
  }
  const keepPromises = (skus: readonly string[]) => {
    for (const one of promises.toReversed()) {
      const short = skus.filter((sku) => available(sku) < 0)
      if (!one.lines.some(({ sku }) => short.includes(sku))) continue
      promises = promises.filter((other) => other !== one)
      ended.add(`${one.orderId} ${one.attempt}`)
      for (const { sku, quantity } of one.lines) {
        for (let count = 0; count < quantity; count += 1) lost.push({ orderId: one.orderId, sku })
      }
    }
  }
  /** Takes units of an order's promises, the oldest first. */
  const fulfil = (orderId: string, lines: readonly Line[]) => {
    for (const { sku, quantity } of lines) {
      let rest = quantity
      for (const one of promises.filter((other) => other.orderId === orderId)) {
        for (const line of one.lines.filter((other) => other.sku === sku)) {
          const part = Math.min(rest, line.quantity)
          line.quantity -= part
          rest -= part
        }
      }
      for (; rest > 0; rest -= 1) {
        const index = lost.findIndex((one) => one.orderId === orderId && one.sku === sku)
        if (index >= 0) lost.splice(index, 1)
      }
    }
    for (const one of promises) one.lines = one.lines.filter(({ quantity }) => quantity > 0)
    for (const { orderId: order, attempt } of promises.filter(({ lines }) => lines.length === 0)) {
      ended.add(`${order} ${attempt}`)
    }
    promises = promises.filter(({ lines }) => lines.length > 0)
  }

  return {
    day: (date: string) => {
      today = date
    },
    onHand: (sku: string) => of(sku).length,
    promised,
    available,
    /** By batch, as they leave. */
    batches: (sku: string) => {
      const all = pick(of(sku), units.length, () => true)
      return [...Map.groupBy(all, ({ since }) => since).values()].map((some) => ({
        batch: some[0]?.batch,
        expiresOn: some[0]?.expiresOn,
        quantity: some.length,
        quarantined: some.filter(({ isQuarantined }) => isQuarantined).length,
      }))
    },
    /** Each says whether the warehouse would do it. */
    receive: (sku: string, quantity: number, name: Name): boolean => {
      const known =
        name.batch === undefined ? [] : pick(of(sku, name.batch), units.length, () => true)
      const isSame = known.some(
        (unit) => name.expiresOn === undefined || unit.expiresOn === name.expiresOn,
      )
      if (known.length > 0 && !isSame) return false
      add(sku, quantity, { ...name, expiresOn: name.expiresOn ?? known[0]?.expiresOn })
      return true
    },
    reserve: (orderId: string, attempt: number, lines: readonly Line[]): boolean => {
      const key = `${orderId} ${attempt}`
      if (ended.has(key)) return true
      if (promises.some((one) => one.orderId === orderId && one.attempt === attempt)) return true
      if (lines.every(({ sku, quantity }) => quantity <= available(sku))) {
        promises.push({ orderId, attempt, lines: lines.map((line) => ({ ...line })) })
      } else {
        ended.add(key)
      }
      return true
    },
    release: (orderId: string, attempt: number): boolean => {
      promises = promises.filter((one) => one.orderId !== orderId || one.attempt !== attempt)
      ended.add(`${orderId} ${attempt}`)
      return true
    },
    reduce: (orderId: string, attempt: number, lines: readonly Line[]): boolean => {
      const key = `${orderId} ${attempt}`
      if (reducedOnce.has(key)) return true
      reducedOnce.add(key)
      fulfil(
        orderId,
        lines.map(({ sku, quantity }) => {
          return { sku, quantity: Math.min(quantity, promised(sku, orderId)) }
        }),
      )
      return true
    },
    issue: (orderId: string, shipment: string, lines: readonly Line[]): boolean => {
      const key = `${orderId} ${shipment}`
      if (shipped.has(key)) return true
      const may = ({ sku, quantity }: Line) =>
        quantity <= of(sku).length &&
        quantity <=
          promised(sku, orderId) +
            lost.filter((one) => one.orderId === orderId && one.sku === sku).length
      if (!lines.every(may)) return false
      shipped.add(key)
      const loose = lines.filter(({ sku, quantity }) => quantity > promised(sku, orderId))
      for (const { sku, quantity } of lines) {
        remove(
          pick(
            of(sku),
            quantity,
            isSold,
            (unit) => !unit.isQuarantined,
            () => true,
          ),
        )
      }
      fulfil(orderId, lines)
      keepPromises(loose.map(({ sku }) => sku))
      return true
    },
    quarantine: (sku: string, quantity: number, batch: string | undefined): boolean => {
      const free = of(sku, batch).filter((unit) => !unit.isQuarantined)
      if (free.length < quantity) return false
      for (const unit of pick(free, quantity, isSold, () => true)) unit.isQuarantined = true
      keepPromises([sku])
      return true
    },
    lift: (sku: string, quantity: number, batch: string | undefined): boolean => {
      const apart = of(sku, batch).filter((unit) => unit.isQuarantined && !isOld(unit))
      if (apart.length < quantity) return false
      for (const unit of pick(apart, quantity, () => true)) unit.isQuarantined = false
      return true
    },
    spoil: (sku: string, quantity: number, batch: string | undefined): boolean => {
      const there = of(sku, batch)
      if (there.length < quantity) return false
      remove(
        pick(
          there,
          quantity,
          (unit) => unit.isQuarantined,
          (unit) => isOld(unit),
          () => true,
        ),
      )
      keepPromises([sku])
      return true
    },
    count: (sku: string, counted: number, batch: string | undefined, wasEver: boolean): boolean => {
      const there = of(sku, batch)
      if (counted < there.length) {
        const missing = there.length - counted
        remove(
          pick(
            there,
            missing,
            isSold,
            (unit) => !unit.isQuarantined,
            () => true,
          ),
        )
        keepPromises([sku])
      }
      if (counted > there.length) {
        if (!wasEver) return false
        const [first] = pick(there, 1, (unit) => batch !== undefined || !isOld(unit))
        add(sku, counted - there.length, first ?? { batch })
      }
      return true
    },
    expire: (): boolean => {
      const due = units.filter((unit) => isOld(unit) && !unit.isQuarantined)
      for (const unit of due) unit.isQuarantined = true
      keepPromises(due.map(({ sku }) => sku))
      return true
    },
    send: (lines: readonly (Line & Name)[]): boolean => {
      const before = units
      for (const { sku, quantity, batch } of lines) {
        const may = of(sku, batch).filter((unit) => isSold(unit))
        if (quantity > Math.min(may.length, available(sku))) {
          units = before
          return false
        }
        remove(pick(may, quantity, () => true))
      }
      return true
    },
    arrive: (sku: string, quantity: number, name: Name): boolean => {
      if (quantity > 0) add(sku, quantity, name)
      return true
    },
  }
}
