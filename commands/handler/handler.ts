/** Handles every command the same way: role, identity, idempotency, reference, mailbox. */

import { LRUCache } from 'lru-cache'
import { type Aggregate, streamName } from '../../domain/kernel/aggregate.ts'
import { refusal } from '../../domain/kernel/decision.ts'
import { type Position, START } from '../../domain/kernel/position.ts'
import { REFERENCE_CATEGORIES } from '../../domain/reference/evolve.ts'
import type { Lookups } from '../command.ts'
import { batchedIndex } from './batched-index.ts'
import { idempotencyKeyReused, NO_LOOKUP_NEEDED, type Prepared } from './decide-batch.ts'
import { createDryRun, type DryRun } from './dry-run.ts'
import { Overloaded } from './errors.ts'
import { commandIdOf, newIdOf, payloadHashOf } from './identity.ts'
import { DEFAULT_LIMITS, type HandlerLimits } from './limits.ts'
import { type Machine, thisMachine } from './machine.ts'
import { createMailboxes, type MailboxPorts } from './mailboxes.ts'
import type { IndexedCommand } from './ports.ts'
import { type Accepted, type Outcome, type Request, SAGA_ROLE } from './request.ts'

export type HandlerPorts = MailboxPorts & Readonly<{ lookups: Lookups; machine?: Machine }>

export type CommandHandler = Readonly<{
  /** Decides and writes. Throws `Overloaded` or `EventStoreUnavailable`; refusals are values. */
  handle: (request: Request) => Promise<Outcome>
  /** Begins a run of commands that are decided as they would be now, with nothing written. */
  dryRun: () => DryRun
  /** Loads a stream's state ahead of its first command. */
  load: (aggregate: Aggregate, stream: string) => Promise<void>
  waiting: () => number
}>

const REFERENCE_WAIT_MS = 2_000

type Written = Readonly<{ stream: string; payloadHash: string }>

export function createHandler(
  ports: HandlerPorts,
  limits: HandlerLimits = DEFAULT_LIMITS,
): CommandHandler {
  const { reference, lookups, clock, policy, machine = thisMachine } = ports
  const index = batchedIndex(ports.index, machine)
  const mailboxes = createMailboxes({ ...ports, index }, limits)
  const recent = new LRUCache<string, Written>({ max: limits.rememberedCommands })

  async function handle(request: Request): Promise<Outcome> {
    const forbidden = roleForbidden(request) ?? secondFactorMissing(request)
    if (forbidden !== undefined) return forbidden
    const prepared = await prepare(request)
    if (usedElsewhere(prepared, recent.get(prepared.commandId))) {
      return { accepted: false, refusal: idempotencyKeyReused() }
    }
    const outcome = await mailboxes.submit(prepared)
    if (outcome.accepted) await remember(prepared, outcome)
    return outcome
  }

  async function stateOf<State>(aggregate: Aggregate<State>, streamId: string): Promise<State> {
    const { state } = await mailboxes.peek(
      aggregate as Aggregate,
      streamName(aggregate.category, streamId),
    )
    return state as State
  }

  /** Without a key, a repetition is a new command. */
  function idOf(caller: string, key: string | undefined): string {
    return key === undefined ? machine.randomId() : commandIdOf(caller, key)
  }

  async function remember(prepared: Prepared, { position }: Accepted): Promise<void> {
    if (prepared.actor.role === SAGA_ROLE) return
    const { commandId, stream, payloadHash, command } = prepared
    recent.set(commandId, { stream, payloadHash })
    if (REFERENCE_CATEGORIES.includes(command.aggregate.category)) {
      await reference.seen(position, REFERENCE_WAIT_MS)
    }
  }

  async function prepare(request: Request): Promise<Prepared> {
    const { command, input, actor, after } = request
    if (command.needsFreshReference === true && after !== undefined) {
      const seen = await reference.seen(after, REFERENCE_WAIT_MS)
      if (!seen) throw new Overloaded('the reference view is behind')
    }
    const caller = [actor.role, actor.dealerId ?? '', actor.user].join('\n')
    const commandId = request.commandId ?? idOf(caller, request.idempotencyKey)
    const lookedUp = await command.lookup?.(input, { ...lookups, stateOf })
    const streamId = command.stream(input, {
      newId: (purpose) => newIdOf(commandId, purpose),
      reference: reference.current(),
      lookup: lookedUp,
    })
    const payload = JSON.stringify(input)
    return {
      ...request,
      commandId,
      streamId,
      stream: streamName(command.aggregate.category, streamId),
      payloadHash: payloadHashOf(command.name, payload),
      payloadBytes: payload.length,
      eventSalt: machine.randomId(),
      lookedUp,
      ...(await indexed(request, commandId)),
    }
  }

  /**
   * What the index says of a client's key. A saga's command cannot have been accepted before its cause
   * was written; the index is asked later, if the stream does not remember everything since.
   */
  async function indexed(
    { idempotencyKey, commandId: given, after = START }: Request,
    commandId: string,
  ): Promise<Readonly<{ indexed: IndexedCommand | undefined; indexCheckpoint: Position }>> {
    if (given !== undefined) return { indexed: undefined, indexCheckpoint: after }
    if (idempotencyKey === undefined) {
      return { indexed: undefined, indexCheckpoint: NO_LOOKUP_NEEDED }
    }
    const { checkpoint, found } = await index.lookup([commandId])
    return { indexed: found.get(commandId), indexCheckpoint: checkpoint }
  }

  function dryRun(): DryRun {
    const run = createDryRun({
      prepare,
      peek: mailboxes.peek,
      circumstances: () => ({ now: clock.now(), reference: reference.current(), policy }),
    })
    return {
      ...run,
      handle: async (request) =>
        roleForbidden(request) ?? secondFactorMissing(request) ?? (await run.handle(request)),
    }
  }

  return { handle, dryRun, load: mailboxes.load, waiting: mailboxes.waiting }
}

function roleForbidden({
  command,
  actor,
}: Request): Extract<Outcome, { accepted: false }> | undefined {
  const { role } = actor
  const mayCall = role === SAGA_ROLE || role === command.callback?.sender
  if (mayCall || command.roles.some((allowed) => allowed === role)) return undefined
  return {
    accepted: false,
    refusal: refusal('role-forbidden', {
      kind: 'forbidden',
      message: `The role ${actor.role} may not send ${command.name}.`,
      inputs: { role: actor.role, allowed: command.roles },
      ways: [`ask someone with one of the roles: ${command.roles.join(', ')}`],
    }),
  }
}

/** Our own sagas pass: what they go on with was begun by a person who had it. */
function secondFactorMissing({
  command,
  actor,
  secondFactor,
}: Request): Extract<Outcome, { accepted: false }> | undefined {
  if (command.secondFactor !== true || secondFactor === true) return undefined
  if (actor.role === SAGA_ROLE) return undefined
  return {
    accepted: false,
    refusal: refusal('second-factor-required', {
      kind: 'forbidden',
      message: `${command.name} needs a second factor, and the token names none (claim "amr").`,
      inputs: { role: actor.role, command: command.name },
      ways: ['sign in again with a second factor, such as a one-time password or a security key'],
    }),
  }
}

/** The same key for another stream is the same key for another payload. */
function usedElsewhere(
  { stream, payloadHash, indexed }: Prepared,
  recent: Written | undefined,
): boolean {
  const written = recent ?? indexed
  return written !== undefined && (written.stream !== stream || written.payloadHash !== payloadHash)
}
