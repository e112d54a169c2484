/** Bugs to be planted: each replaces a decision or a reaction, and a run has to find it. */

import type { AnyCommand } from '../../commands/command.ts'
import { bankDay } from '../../domain/bankDay/bankDay.ts'
import type { FacilityState } from '../../domain/facility/state.ts'
import type { Decision } from '../../domain/kernel/decision.ts'
import { decimal, toAmount } from '../../domain/kernel/money.ts'
import type { Declarations } from '../../infra/discover.ts'
import type { CommandSender } from '../../sagas/runner/ports.ts'
import type { Listening, Reaction, Saga } from '../../sagas/saga.ts'
import type { Data } from './model/law.ts'
import type { Executors } from './world.ts'

export type Plant = Readonly<{
  /** What is wrong, in a sentence. */
  what: string
  plant: (declarations: Declarations) => Declarations
  /** How sagas send their commands, if that is what is wrong. */
  sending?: (sender: CommandSender) => CommandSender
  /** How outside systems are asked, if that is what is wrong. */
  outbound?: (executors: Executors) => Executors
}>

/** Lets a command decide otherwise. */
function deciding(
  name: string,
  wrong: (decision: Decision, ...asked: Parameters<AnyCommand['decide']>) => Decision,
): Plant['plant'] {
  return (declarations) => {
    const command = declarations.commands.get(name)
    if (command === undefined) throw new Error(`there is no command ${name}`)
    const decide: AnyCommand['decide'] = (...asked) => wrong(command.decide(...asked), ...asked)
    const commands = new Map(declarations.commands).set(name, { ...command, decide })
    return { ...declarations, commands }
  }
}

/** Lets a command decide on another state than there is. */
function decidingOn(name: string, wrong: (state: unknown) => unknown): Plant['plant'] {
  return (declarations) => {
    const command = declarations.commands.get(name)
    if (command === undefined) throw new Error(`there is no command ${name}`)
    const decide: AnyCommand['decide'] = (state, ...asked) => command.decide(wrong(state), ...asked)
    const commands = new Map(declarations.commands).set(name, { ...command, decide })
    return { ...declarations, commands }
  }
}

/** Every receivable as large as it is with its late fee. */
function feesAsPrincipal(state: FacilityState): FacilityState {
  const receivables = state.receivables.map((receivable) => {
    const fee = receivable.feeId === undefined ? undefined : state.receivables.get(receivable.feeId)
    const amount = decimal(receivable.amount).plus(fee?.amount ?? '0')
    return { ...receivable, amount: toAmount(amount) }
  })
  return { ...state, receivables }
}

/** Lets a saga react otherwise. */
function reacting(
  name: string,
  wrong: (reaction: Reaction<unknown>) => Reaction<unknown>,
): Plant['plant'] {
  return (declarations) => {
    const saga = declarations.sagas.get(name)
    if (saga === undefined) throw new Error(`there is no saga ${name}`)
    const listens = new Map([...saga.listens].map(([type, one]) => [type, wrongly(one, wrong)]))
    const sagas = new Map<string, Saga>(declarations.sagas).set(name, { ...saga, listens })
    return { ...declarations, sagas }
  }
}

function wrongly(
  listening: Listening<unknown>,
  wrong: (reaction: Reaction<unknown>) => Reaction<unknown>,
): Listening<unknown> {
  return {
    ...listening,
    react: (state, event, key) => {
      const reaction = listening.react(state, event, key)
      return reaction && wrong(reaction)
    },
  }
}

function mapped(decision: Decision, change: (event: Data) => readonly Data[]): Decision {
  return decision.accepted ? { ...decision, events: decision.events.flatMap(change) } : decision
}

export const PLANTS: Readonly<Record<string, Plant>> = {
  'ancestor-check-skipped': {
    what: "a hold is checked against the dealer's own limit, not against those of its superiors",
    plant: deciding('PlaceHold', (decision, _, asked) => {
      const { dealerId } = asked as Data
      return mapped(decision, (event) => {
        const blockedBy = event.data.refusal?.decision.inputs.dealerId
        const isOthers = blockedBy !== undefined && blockedBy !== dealerId
        if (event.type !== 'HoldRefused' || !isOthers) return [event]
        const { refusal: _refusal, ...hold } = event.data
        return [{ ...event, type: 'HoldPlaced', data: hold }]
      })
    }),
  },
  'compensation-dropped': {
    what: 'what an order was granted in vain is not given back',
    plant: reacting('order-fulfilment', ({ commands = [], ...reaction }) => ({
      ...reaction,
      commands: commands.filter(({ input }) => input.reason !== 'compensation'),
    })),
  },
  'timer-lost': {
    what: 'a timer that an order sets is never set',
    plant: reacting('order-fulfilment', (reaction) => ({ ...reaction, timers: [] })),
  },
  'late-fee-on-fees': {
    what: 'late fees bear late fees',
    plant: decidingOn('CloseFacilityDay', (state) => feesAsPrincipal(state as FacilityState)),
  },
  'double-release': {
    what: 'a reservation is released twice',
    plant: deciding('ReleaseReservation', (decision) =>
      mapped(decision, (event) => [event, event]),
    ),
  },
  'stock-oversold': {
    what: 'stock is set aside although it is short',
    plant: deciding('ReserveStock', (decision, _, asked) =>
      mapped(decision, (event) => {
        if (event.type !== 'ReservationRefused') return [event]
        const { warehouseId, orderId, attempt, lines, expiresAt } = asked as Data
        const data = { warehouseId, orderId, attempt, lines, expiresAt }
        return [{ type: 'StockReserved', data }]
      }),
    ),
  },
  'commands-not-awaited': {
    what: 'a saga goes on before its commands are accepted',
    plant: (declarations) => declarations,
    sending: (sender) => ({
      send: async (command) => {
        sender.send(command).catch(() => undefined)
        return { accepted: true }
      },
    }),
  },
  'shipment-not-owed': {
    what: 'now and then a shipment makes nobody owe anything',
    plant: reacting('order-fulfilment', ({ commands = [], ...reaction }) => ({
      ...reaction,
      commands: commands.filter(
        ({ command, input }) =>
          command !== 'RecogniseReceivable' || !String(input.orderId).startsWith('a'),
      ),
    })),
  },
  'refund-not-reserved': {
    what: 'a refund takes nothing of its payment before it is due',
    plant: reacting('refund', (reaction) => {
      const [command] = reaction.commands ?? []
      if (command?.command !== 'ReservePaymentRefund') return reaction
      const state = reaction.state as Data
      const { refundId, facilityId, dealerId, paymentId, amount, source } = state
      const input = { refundId, facilityId, dealerId, paymentId, amount, source }
      return {
        state: { ...state, payment: 'reserved', cash: 'asked' },
        commands: [{ command: 'ReserveRefundCash', input }],
      }
    }),
  },
  'refund-of-cash-kept': {
    what: 'a refund takes cash that is kept for something else, or is not there',
    plant: deciding('ReserveRefundCash', (decision, _, asked) =>
      mapped(decision, (event) => {
        if (event.type !== 'RefundCashRefused') return [event]
        const { facilityId: _facility, ...data } = asked as Data
        return [{ type: 'RefundCashReserved', data }]
      }),
    ),
  },
  'unknown-asked-anew': {
    what: 'a payment of which nothing is known is asked for again as another one',
    plant: (declarations) => declarations,
    outbound: ({ payment, ...others }) => ({
      ...others,
      payment: {
        ...payment,
        perform: async (request, signal) => {
          const { subjectId, attempt } = request
          if (attempt === 0) return await payment.perform(request, signal)
          const another = { ...request, subjectId: `${subjectId}-${attempt}`, attempt: 0 }
          const learnt = await payment.perform(another, signal)
          const input = { ...learnt?.input, paymentId: subjectId, attempt }
          return learnt && { ...learnt, input }
        },
      },
    }),
  },
  'captured-twice': {
    what: 'what a provider says twice is captured twice',
    plant: deciding('HearProvider', (decision, state, asked) => {
      const { captured } = (state ?? {}) as Data
      const isAgain = decision.accepted && decision.events.length === 0 && captured !== undefined
      if (!isAgain || (asked as Data).view.status !== 'captured') return decision
      return { ...decision, events: [{ type: 'PaymentCaptured', data: captured }] }
    }),
  },
  'line-taken-twice': {
    what: 'a line that came in another file before is taken once more',
    plant: decidingOn('TakeStatementLines', () => bankDay.initial),
  },
  'line-booked-twice': {
    what: 'a line is booked on a payment that another line is booked on',
    plant: decidingOn('BookStatementLine', (state) => {
      const payment = state as Data
      return payment?.lineId === undefined
        ? payment
        : { ...payment, status: 'initiated', lineId: undefined, captured: undefined }
    }),
  },
  'suspense-not-cleared': {
    what: 'what is matched by hand stays in suspense, too',
    plant: deciding('SettleStatementLines', (decision) =>
      mapped(decision, (event) => (event.type === 'SuspenseCleared' ? [] : [event])),
    ),
  },
  'discount-forgotten': {
    what: 'money settles something else, and keeps the discount for paying the first thing early',
    plant: deciding('ReallocatePayment', (decision) =>
      mapped(decision, (event) => {
        if (event.type !== 'AllocationsReversed') return [event]
        const allocations = event.data.allocations.map(withoutDiscount)
        return [{ ...event, data: { ...event.data, allocations } }]
      }),
    ),
  },
}

function withoutDiscount({ discount: _, ...allocation }: Data): Data {
  return allocation
}
