/** Asks the tax authority for the numbers of invoices and red letters. */

import { z } from 'zod'
import {
  type TaxAnswer,
  type TaxAuthority,
  TaxAuthoritySilent,
  TaxDocument,
} from '../../commands/tax-authority.ts'
import type { Executor, Learnt } from '../outbound/executors.ts'

/** What a row of `outbound_requests` says of a document. */
const Wanted = z.object({
  invoiceId: z.string(),
  redLetterId: z.string().optional(),
  document: TaxDocument,
})

/** The kind of its requests. */
export const INVOICE_REQUESTS = 'invoice'

export function invoiceExecutor(authority: TaxAuthority): Executor {
  return {
    counterparties: ['tax-authority'],
    async perform({ data, attempt }, signal) {
      const { document, ...of } = Wanted.parse(data)
      try {
        return learnt(of, await authority.number(document, signal))
      } catch (error) {
        if (!(error instanceof TaxAuthoritySilent)) throw error
        const input = { ...of, attempt, reason: textOf(error.message) }
        return { command: 'RecordInvoiceAttempt', input }
      }
    },
  }
}

function learnt(
  of: Readonly<{ invoiceId: string; redLetterId?: string | undefined }>,
  answer: TaxAnswer,
): Learnt {
  if (answer.outcome === 'numbered') {
    return { command: 'RecordInvoiceNumber', input: { ...of, ...answer.numbered } }
  }
  const { code, reason } = answer
  return { command: 'RecordInvoiceRefusal', input: { ...of, code, reason: textOf(reason) } }
}

const MOST_CHARACTERS = 500

/** What others say, as an event takes it. */
function textOf(said: string): string {
  const text = said
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .slice(0, MOST_CHARACTERS)
    .trim()
  return text === '' ? 'no reason given' : text.toWellFormed()
}
