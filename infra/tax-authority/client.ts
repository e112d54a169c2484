/** The tax authority over HTTP: `docs/tax-authority.md` says how it is spoken to. */

import { z } from 'zod'
import {
  Numbered,
  type TaxAnswer,
  type TaxAuthority,
  TaxAuthoritySilent,
  type TaxDocument,
} from '../../commands/tax-authority.ts'
import { reasonOf } from '../embedded/start-error.ts'

const Refusal = z.object({ code: z.string().min(1).max(64), reason: z.string().min(1).max(500) })

/** `url` is what its paths are below. */
export function createTaxAuthority(url: string): TaxAuthority {
  const base = url.replace(/\/+$/, '')
  return {
    async number(document, signal) {
      const { status, body } = await put(`${base}/documents`, document, signal)
      return answerOf(status, body)
    },
  }
}

async function put(url: string, document: TaxDocument, signal: AbortSignal) {
  try {
    const answer = await fetch(`${url}/${encodeURIComponent(document.documentId)}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(document),
      redirect: 'error',
      signal,
    })
    const text = await answer.text()
    return { status: answer.status, body: jsonOf(text) }
  } catch (error) {
    throw new TaxAuthoritySilent(
      signal.aborted ? 'no answer in time' : `no answer: ${reasonOf(causeOf(error))}`,
    )
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function answerOf(status: number, body: unknown): TaxAnswer {
  const numbered = Numbered.safeParse(body)
  if ((status === 200 || status === 201) && numbered.success) {
    return { outcome: 'numbered', numbered: numbered.data }
  }
  const refusal = Refusal.safeParse(body)
  if (status === 422 && refusal.success) return { outcome: 'refused', ...refusal.data }
  throw new TaxAuthoritySilent(`it answered ${status}, which says nothing of the document`)
}
