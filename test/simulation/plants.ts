/** Bugs to be planted: each replaces a decision or a reaction, and a run has to find it. */

import type { AnyCommand } from '../../commands/command.ts'
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
}
