/** `POST /v1/bank-statements`: a bank's or a provider's file of lines, taken in once. */

import multipart from '@fastify/multipart'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Overloaded } from '../commands/handler/errors.ts'
import type { StatementIntake, TakenStatement } from '../commands/statement-intake.ts'
import { STATEMENT_ROLES } from '../commands/statements.ts'
import { callerOf } from '../http/caller.ts'
import { PROBLEM_ANSWER, problemOf, roleForbidden } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { waitMsOf } from './headers.ts'
import { readStatementFile } from './statement-file/read-statement.ts'
import { fileOf, multipartOptions } from './uploaded-file.ts'

/** Of a file; 100,000 lines as camt.053 have about so many. */
const MOST_BYTES = 128 * 1024 * 1024
/** Files taken in at once: each may need some hundreds of megabytes. */
const MOST_AT_ONCE = 2
/** How long the answer waits for the lines to be classified and booked. */
const WAIT_MS = 20_000
const MOST_NAME_LENGTH = 200

const PATH = '/bank-statements'

/** It alone understands `multipart/form-data` of that size. */
export async function addStatementRoute(
  server: Server,
  intake: StatementIntake,
  business: Readonly<{ currency: string }>,
): Promise<void> {
  let underWay = 0
  await server.register(async (scope) => {
    await scope.register(multipart, multipartOptions(MOST_BYTES))
    scope.post(`/v1${PATH}`, { schema: describe() }, async (request, reply) => {
      const { role } = callerOf(request)
      if (!STATEMENT_ROLES.some((one) => one === role)) {
        throw roleForbidden(role, STATEMENT_ROLES, 'send bank statements')
      }
      if (underWay >= MOST_AT_ONCE) throw new Overloaded('too many statements are being read', 5)
      underWay += 1
      try {
        return await take(intake, business, request, reply)
      } finally {
        underWay -= 1
      }
    })
  })
}

async function take(
  intake: StatementIntake,
  { currency }: Readonly<{ currency: string }>,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Readonly<Record<string, unknown>>> {
  const { bytes, name } = await fileOf(request, MOST_BYTES)
  const { statementId, source, format, from, to, lines } = await readStatementFile(bytes, {
    currency,
  })
  const fileName = lineOf(name)
  const statement = { statementId, source, format, fileName, from, to, lines }
  const actor = { ...callerOf(request), address: request.ip }
  const taken = await intake.take(statement, actor, waitMsOf(request) ?? WAIT_MS)
  if (!taken.accepted) throw problemOf(taken.refusal)
  reply.status(201)
  reply.header('location', `/v1${PATH}/${statementId}`)
  reply.header('tradeline-position', String(taken.position))
  return { statementId, ...answer(taken) }
}

/** A file's name as one line of text; undefined if nothing of it can be kept. */
function lineOf(name: string): string | undefined {
  const text = name
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .slice(0, MOST_NAME_LENGTH)
    .trim()
  return text === '' ? undefined : text.toWellFormed()
}

/** The counts of classes are of the lines that came with this content first, as they stand now. */
function answer({ isRepeated, state, position }: TakenStatement) {
  const { lines, taken, counts, isReconciled } = state
  return {
    status: isReconciled ? 'reconciled' : 'reconciling',
    lines,
    new: isRepeated ? 0 : taken.new,
    known: isRepeated ? lines : taken.known,
    matched: counts.matched,
    suggested: counts.suggested,
    exceptions: counts.exception,
    position: String(position),
  }
}

const Counted = z.number().int()

function describe() {
  return {
    operationId: 'TakeStatement',
    summary: 'Take in a bank statement, or a settlement file of a provider',
    description: [
      `Roles: ${STATEMENT_ROLES.join(', ')}.`,
      "CSV with headings (date, amount, reference, payer name, payer account, bank id), camt.053, or a provider's settlement.",
      'The same content again, whatever its name, changes nothing; of a file that overlaps with others only new lines are taken.',
      `The answer waits up to ${WAIT_MS / 1000} s (or as \`Prefer: wait\` says) for the lines to be classified and booked; \`status\` says whether they are.`,
    ].join(' '),
    tags: ['bank-statements'],
    consumes: ['multipart/form-data'],
    body: z.object({ file: z.string().meta({ format: 'binary' }) }),
    headers: z.object({ prefer: z.string().optional() }),
    response: {
      201: z.object({
        statementId: z.string(),
        status: z.enum(['reconciled', 'reconciling']),
        lines: Counted,
        new: Counted,
        known: Counted.describe('Came in files before, this one included.'),
        matched: Counted,
        suggested: Counted,
        exceptions: Counted,
        position: z.string(),
      }),
      default: PROBLEM_ANSWER,
    },
  }
}
