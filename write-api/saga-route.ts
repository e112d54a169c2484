/** `POST /v1/sagas/{id}/resume`: an operator lets a parked saga instance go on. */

import { z } from 'zod'
import type { Role } from '../domain/kernel/roles.ts'
import { callerOf } from '../http/caller.ts'
import { Problem, ProblemSchema } from '../http/problem.ts'
import type { Server } from '../http/server.ts'

const OPERATORS: readonly Role[] = ['brand-admin', 'platform-support']

export type ResumeSaga = (id: string) => Promise<'resuming' | 'not-parked' | 'unknown'>

export function addSagaRoute(server: Server, resume: ResumeSaga): void {
  const schema = {
    summary: 'Let a parked saga instance go on',
    tags: ['sagas'],
    params: z.object({ sagaId: z.string().max(200) }),
    response: {
      200: z.object({ sagaId: z.string(), status: z.literal('resuming') }),
      default: ProblemSchema,
    },
  }
  server.post('/v1/sagas/:sagaId/resume', { schema }, async (request) => {
    const { role } = callerOf(request)
    if (!OPERATORS.includes(role)) {
      throw new Problem(403, 'role-forbidden', `The role ${role} may not resume a saga.`)
    }
    const { sagaId } = request.params as Readonly<{ sagaId: string }>
    const answer = await resume(sagaId)
    if (answer === 'unknown') {
      throw new Problem(404, 'saga-unknown', `There is no saga instance ${sagaId}.`)
    }
    if (answer === 'not-parked') {
      throw new Problem(409, 'saga-not-parked', `The saga instance ${sagaId} is not parked.`)
    }
    return { sagaId, status: answer }
  })
}
