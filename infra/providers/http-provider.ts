/** A provider that is spoken to in signed JSON, in the words of `docs/payment-providers.md`. */

import type { z } from 'zod'
import type { Provider, ProviderMessage } from '../../commands/providers.ts'
import type { ProviderView } from '../../domain/payment/provider.ts'
import { isSigned, signed } from '../callbacks/signature.ts'
import { PaymentAnswer, PaymentCallback, RefundAnswer, Refusal } from './words.ts'

/** Nothing can be said of what became of a request: no answer, or none that makes sense. */
export class ProviderSilent extends Error {
  override readonly name = 'ProviderSilent'
}

export type HttpProvider = Readonly<{
  /** What its paths are below. */
  url: string
  /** More than one while they are being changed: the first is ours, each may be theirs. */
  secrets: readonly string[]
}>

const Translated = PaymentCallback.transform(({ eventId, payment }) => ({
  messageId: eventId,
  message: payment satisfies ProviderMessage,
}))

export function httpProvider({ url, secrets }: HttpProvider): Provider {
  const base = url.replace(/\/+$/, '')
  const [secret = ''] = secrets

  async function call(method: string, path: string, body: unknown, signal: AbortSignal) {
    const text = body === undefined ? '' : JSON.stringify(body)
    try {
      const answer = await fetch(`${base}${path}`, {
        method,
        headers: {
          ...(text !== '' && { 'content-type': 'application/json' }),
          ...signed(secret, text, new Date()),
        },
        ...(text !== '' && { body: text }),
        redirect: 'error',
        signal,
      })
      return { status: answer.status, body: jsonOf(await answer.text()) }
    } catch (error) {
      throw new ProviderSilent(signal.aborted ? 'no answer in time' : 'no answer', { cause: error })
    }
  }

  async function open(path: string, body: Readonly<{ paymentId: string }>, signal: AbortSignal) {
    const answer = await call('POST', path, body, signal)
    const refused = refusalIn(answer)
    if (refused !== undefined) return { status: 'failed', reason: refused } as const
    return viewOf(body.paymentId, answer)
  }

  const refundsOf = (paymentId: string) => `/payments/${encodeURIComponent(paymentId)}/refunds`

  return {
    isTheirs: (received, now) => isSigned(secrets, received, now),
    read: (body) => Translated.safeParse(body),
    createOrder: (order, signal) => open('/orders', order, signal),
    debit: (debit, signal) => open('/debits', debit, signal),
    async findPayment(paymentId, signal) {
      const path = `/payments/${encodeURIComponent(paymentId)}`
      const answer = await call('GET', path, undefined, signal)
      return answer.status === 404 ? undefined : viewOf(paymentId, answer)
    },
    async refund({ paymentId, ...refund }, signal) {
      const answer = await call('POST', refundsOf(paymentId), refund, signal)
      const refused = refusalIn(answer)
      if (refused !== undefined) return { status: 'failed', reason: refused }
      return understood(RefundAnswer, answer)
    },
    async findRefund({ paymentId, refundId }, signal) {
      const path = `${refundsOf(paymentId)}/${encodeURIComponent(refundId)}`
      const answer = await call('GET', path, undefined, signal)
      return answer.status === 404 ? undefined : understood(RefundAnswer, answer)
    },
  }
}

type Answer = Readonly<{ status: number; body: unknown }>

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function refusalIn({ status, body }: Answer): string | undefined {
  const refusal = Refusal.safeParse(body)
  return status === 422 && refusal.success ? refusal.data.reason : undefined
}

function viewOf(paymentId: string, answer: Answer): ProviderView {
  const said = understood(PaymentAnswer, answer)
  if (said.paymentId === paymentId) return said.view
  throw new ProviderSilent(`it answered of ${said.paymentId} when asked of ${paymentId}`)
}

function understood<Output>(schema: z.ZodType<Output>, { status, body }: Answer): Output {
  const read = schema.safeParse(body)
  if ((status === 200 || status === 201) && read.success) return read.data
  throw new ProviderSilent(`it answered ${status}, which says nothing of what became of it`)
}
