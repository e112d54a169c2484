/**
 * An order, its invoices and the saga between them, with the tax authority in the test's hands: what it
 * says of which document, and when the saga sees the next event, the test decides.
 */

import type { AnyCommand } from '../../../commands/command.ts'
import { isCommand } from '../../../commands/command.ts'
import * as commands from '../../../commands/invoices.ts'
import type { InvoiceState } from '../../../domain/invoice/invoice.ts'
import { invoice } from '../../../domain/invoice/invoice.ts'
import type { DecidedEvent } from '../../../domain/kernel/event.ts'
import { order } from '../../../domain/order/order.ts'
import { ReturnReceived } from '../../../domain/order/return-events.ts'
import { shipFulfilment } from '../../../domain/order/ship.ts'
import type { Order } from '../../../domain/order/state.ts'
import { invoicing } from '../../../sagas/invoicing.ts'
import { applyEvents } from '../../support/given.ts'
import { recorded } from '../../support/recorded.ts'
import { inShop, ORDER, stateAfter } from '../order/shop.ts'

const byName: ReadonlyMap<string, AnyCommand> = new Map(
  Object.values<unknown>(commands)
    .filter(isCommand)
    .map((command) => [command.name, command]),
)

export const BUYER = { kind: 'electronic', buyerTaxId: '91310000MA1FL0000X', title: '上海商贸' }

type Document = Readonly<{ invoiceId: string; redLetterId?: string }>

export type InvoicedOrder = ReturnType<typeof invoicedOrder>

export function invoicedOrder(confirmed: readonly DecidedEvent[]) {
  let state: Order = stateAfter(...confirmed)
  const invoices = new Map<string, InvoiceState>()
  const unseen: DecidedEvent[] = []
  const log: DecidedEvent[] = [...confirmed]
  let returns = 0
  let numbers = 0

  function write(command: AnyCommand, streamId: string, events: readonly DecidedEvent[]): void {
    for (const event of events) {
      command.aggregate.events.find((one) => one.eventType === event.type)?.schema.parse(event.data)
    }
    if (command.aggregate.category === 'order') state = applyEvents(order, state, events) as Order
    else invoices.set(streamId, applyEvents(invoice, invoices.get(streamId), events))
    log.push(...events)
    unseen.push(...events)
  }

  /** Decides a command; gives its refusal's code. Decided again on the result, it changes nothing more. */
  function decide(name: string, input: unknown): string | undefined {
    const command = byName.get(name)
    if (command === undefined) throw new Error(`there is no command ${name}`)
    const context = inShop()
    const parsed = command.schema.parse(input)
    const streamId = command.stream(parsed, context)
    const now = () => (command.aggregate.category === 'order' ? state : invoices.get(streamId))
    const decision = command.decide(now(), parsed, context)
    if (!decision.accepted) return decision.refusal.code
    write(command, streamId, decision.events)
    if (command.roles.length > 0) return undefined
    const again = command.decide(now(), parsed, context)
    if (!again.accepted || again.events.length > 0) throw new Error(`${name} twice counts twice`)
    return undefined
  }

  /** The saga sees the next event, and its commands are decided. */
  function see(): boolean {
    const event = unseen.shift()
    if (event === undefined) return false
    const seen = recorded('any-1', event) as never
    const reaction = invoicing.listens.get(event.type)?.react(undefined, seen, ORDER)
    for (const { command, input } of reaction?.commands ?? []) {
      const refused = decide(command, input)
      if (refused !== undefined) throw new Error(`${command} was refused: ${refused}`)
    }
    return true
  }

  /** What the authority was asked for and has not numbered or refused. */
  function pending(): readonly Document[] {
    return [...invoices].flatMap(([invoiceId, one]) => [
      ...(one?.status === 'opened' ? [{ invoiceId }] : []),
      ...(one?.redLetters ?? [])
        .filter(({ status }) => status === 'requested')
        .map(({ requested: { redLetterId } }) => ({ invoiceId, redLetterId })),
    ])
  }

  function number(document: Document): void {
    numbers += 1
    const given = { code: '1', number: String(numbers), issuedAt: '2026-01-05T03:00:00.000Z' }
    decide('RecordInvoiceNumber', { ...document, ...given })
  }

  /** Lets everything be seen and numbered. */
  function settle(): void {
    while (see() || pending().length > 0) for (const document of pending()) number(document)
  }

  return {
    log,
    decide,
    see,
    pending,
    number,
    settle,
    order: () => state,
    invoices,
    ship(fulfilmentId: string, lines?: readonly Readonly<{ sku: string; quantity: number }>[]) {
      const input = { fulfilmentId, carrier: 'SF', trackingNumber: 'SF1', ...(lines && { lines }) }
      const decision = shipFulfilment(state, input, inShop())
      if (!decision.accepted) return decision.refusal.code
      state = applyEvents(order, state, decision.events) as Order
      log.push(...decision.events)
      return undefined
    },
    /** Goods come back; gives the return's id. */
    receive(sku: string, quantity: number): string {
      returns += 1
      const returnId = `${ORDER}.r${returns}`
      const event = ReturnReceived({
        ...{ orderId: ORDER, returnId, dealerId: 'D1', facilityId: 'ROOT', restockingFee: '0.00' },
        lines: [
          {
            ...{ sku, quantity, resalable: quantity, before: 0, delivered: quantity },
            ...{ amount: '0.00', net: '0.00', tax: '0.00' },
          },
        ],
        places: [
          {
            warehouseId: 'SH',
            lines: [
              {
                ...{ sku, restocked: quantity, scrapped: 0 },
                from: [{ shipmentId: `${ORDER}.1`, quantity, before: 0, shipped: quantity }],
              },
            ],
          },
        ],
        ...{ amount: '0.00', net: '0.00', tax: '0.00' },
      })
      state = applyEvents(order, state, [event]) as Order
      unseen.push(event)
      return returnId
    },
    invoice: (more: object = { orderId: ORDER }) => decide('RequestInvoice', { ...BUYER, ...more }),
    redLetter: (invoiceId: string, lines?: readonly object[]) =>
      decide('RequestRedLetter', { invoiceId, reason: 'a mistake', ...(lines && { lines }) }),
    forReturn: (returnId: string) =>
      decide('RequestRedLetterForReturn', { orderId: ORDER, returnId }),
  }
}
