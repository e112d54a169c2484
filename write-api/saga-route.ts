/** `POST /v1/sagas/{id}/resume`: an operator lets a parked saga instance go on. */

import { z } from 'zod'
import type { Role } from '../domain/kernel/roles.ts'
import { line } from '../domain/kernel/values.ts'
import { callerOf } from '../http/caller.ts'
import { invalid, PROBLEM_ANSWER, Problem, roleForbidden } from '../http/problem.ts'
import type { Server } from '../http/server.ts'

const OPERATORS: readonly Role[] = ['brand-admin', 'platform-support']

/** `<saga>.<key>` */
const SagaParams = z.object({ sagaId: line(300) })

export type ResumeSaga = (id: string) => Promise<'resuming' | 'not-parked' | 'unknown'>

export function addSagaRoute(server: Server, resume: ResumeSaga): void {
  const schema = {
    summary: 'Let a parked saga instance go on',
    tags: ['sagas'],
    params: SagaParams,
    response: {
      200: z.object({ sagaId: z.string(), status: z.literal('resuming') }),
      default: PROBLEM_ANSWER,
    },
  }
  server.post('/v1/sagas/:sagaId/resume', { schema }, async (request) => {
    const { role } = callerOf(request)
    if (!OPERATORS.includes(role)) throw roleForbidden(role, OPERATORS, 'resume a saga')
    const params = SagaParams.safeParse(request.params)
    if (!params.success) throw invalid(params.error)
    const { sagaId } = params.data
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
