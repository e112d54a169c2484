/**
 * Plays a payment provider: signs what it sends, takes orders, debits and refunds once each, and misbehaves
 * as real ones do. The same seed plays the same. Payers pay after a moment, or when they are told to:
 * `POST <url>/payments/<paymentId>/pay` or `/deny`.
 *
 *   node infra/providers/simulator.ts --provider wechat --secret secret --port 9101
 */

import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Command } from 'commander'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { isSigned } from '../callbacks/signature.ts'
import { createCallbacks } from './simulated-callbacks.ts'
import { chanceOf, createTill, FAITHFUL, type Temper } from './simulated-till.ts'
import { DebitRequest, OrderRequest, type PaymentAnswer, RefundRequest } from './words.ts'

export type SimulatorOptions = Readonly<{
  /** Its name, as in PROVIDER_SECRETS. */
  provider: string
  secret: string
  seed?: number
  temper?: Partial<Temper>
  /** After what a payer pays; undefined: they wait until they are told to. */
  payAfterMs?: number | undefined
  /** The longest pause before a callback; default: none. */
  pauseMs?: number
  /** How often a callback is said at most; default: once. */
  mostRepeats?: number
  /** How late a late answer is; a lost one hangs as long before the line breaks. */
  slowMs?: number
  port?: number
}>

export type Simulator = Readonly<{
  url: string
  /** Where its callbacks go: the write service. */
  callBackTo: (url: string) => void
  pay: (paymentId: string) => boolean
  deny: (paymentId: string) => boolean
  stop: () => Promise<void>
}>

const BODY_LIMIT_BYTES = 64 * 1024
const SLOW_MS = 2_000

type Params = Readonly<{ paymentId: string; refundId: string }>

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { provider, secret, seed = 1, payAfterMs, slowMs = SLOW_MS } = options
  const temper = { ...FAITHFUL, ...options.temper }
  const chance = chanceOf(seed)
  const stopping = new AbortController()
  const callbacks = createCallbacks({
    ...{ provider, secret, chance, lost: temper.losesCallbacks },
    most: options.mostRepeats ?? 1,
    pauseMs: options.pauseMs ?? 0,
  })
  const url = { base: '' }
  const till = createTill({
    ...{ provider, temper, chance, now: () => new Date() },
    qrOf: (paymentId) => `${url.base}/payments/${encodeURIComponent(paymentId)}/pay`,
  })

  /** Payers take a moment; what becomes of the payment is said. */
  function awaitPayer({ paymentId, status }: PaymentAnswer): void {
    if (status !== 'open' || payAfterMs === undefined) return
    void pause(payAfterMs, stopping.signal).then(() => {
      if (stopping.signal.aborted) return
      const says = chance(1000, 'denies', paymentId) < temper.denies ? till.deny : till.pay
      if (till.find(paymentId)?.status === 'open') tell(says(paymentId))
    })
  }

  function tell(payment: PaymentAnswer | undefined): boolean {
    if (payment !== undefined) callbacks.say(payment)
    return payment !== undefined
  }

  const server = Fastify({ bodyLimit: BODY_LIMIT_BYTES, forceCloseConnections: true })
  server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  )
  server.addHook('preHandler', async (request, reply) => {
    if (isForPayers(request)) return
    const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    if (!isSigned([secret], { headers: request.headers, raw }, new Date())) {
      await reply.code(401).send({ reason: 'not signed by you' })
    }
  })

  /** Does what is asked, and answers it as it is minded to; each asking has a luck of its own. */
  const askedBefore = new Map<string, number>()
  async function answer(
    reply: FastifyReply,
    what: string,
    done: () => unknown,
  ): Promise<FastifyReply> {
    const times = askedBefore.get(what) ?? 0
    if (askedBefore.size > 100_000) askedBefore.clear()
    askedBefore.set(what, times + 1)
    const isHit = (luck: string, share: number) => chance(1000, luck, what, times) < share
    if (isHit('fails', temper.fails)) return await reply.code(500).send({ reason: 'a bad day' })
    const body = done()
    if (isHit('loses', temper.losesAnswers)) {
      await pause(slowMs, stopping.signal)
      reply.raw.destroy()
      return reply.hijack()
    }
    if (isHit('slow', temper.isSlow)) await pause(slowMs, stopping.signal)
    if (body === undefined) return await reply.code(404).send({ reason: 'not known' })
    if (typeof body === 'string') return await reply.code(422).send({ reason: body })
    return await reply.code(200).send(body)
  }

  server.post('/orders', async (request, reply) => {
    const asked = parsed(OrderRequest, request)
    if (asked === undefined) return await reply.code(422).send({ reason: 'malformed' })
    return await answer(reply, `order ${asked.paymentId}`, () => {
      const isNew = till.find(asked.paymentId) === undefined
      const order = till.order(asked)
      if (isNew) awaitPayer(order)
      return order
    })
  })
  server.post('/debits', async (request, reply) => {
    const asked = parsed(DebitRequest, request)
    if (asked === undefined) return await reply.code(422).send({ reason: 'malformed' })
    return await answer(reply, `debit ${asked.paymentId}`, () => {
      const isNew = till.find(asked.paymentId) === undefined
      const debit = till.debit(asked)
      if (isNew) tell(debit)
      return debit
    })
  })
  server.get<{ Params: Params }>('/payments/:paymentId', async ({ params }, reply) =>
    answer(reply, `find ${params.paymentId}`, () => till.find(params.paymentId)),
  )
  server.post<{ Params: Params }>('/payments/:paymentId/refunds', async (request, reply) => {
    const asked = parsed(RefundRequest, request)
    if (asked === undefined) return await reply.code(422).send({ reason: 'malformed' })
    const { paymentId } = request.params
    return await answer(reply, `refund ${asked.refundId}`, () => till.refund(paymentId, asked))
  })
  server.get<{ Params: Params }>(
    '/payments/:paymentId/refunds/:refundId',
    async ({ params: { paymentId, refundId } }, reply) =>
      answer(reply, `find refund ${refundId}`, () => till.findRefund(paymentId, refundId)),
  )
  for (const [deed, does] of [['pay', till.pay] as const, ['deny', till.deny] as const]) {
    server.route<{ Params: Params }>({
      method: deed === 'pay' ? ['GET', 'POST'] : 'POST', // what is scanned is opened
      url: `/payments/:paymentId/${deed}`,
      handler: async ({ params }, reply) => {
        const payment = does(params.paymentId)
        if (!tell(payment)) return await reply.code(404).send({ reason: 'not known' })
        return await reply.send(payment)
      },
    })
  }

  await server.listen({ port: options.port ?? 0, host: '127.0.0.1' })
  url.base = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`
  return {
    url: url.base,
    callBackTo: callbacks.to,
    pay: (paymentId) => tell(till.pay(paymentId)),
    deny: (paymentId) => tell(till.deny(paymentId)),
    async stop() {
      stopping.abort()
      await callbacks.stop()
      await server.close()
    },
  }
}

function isForPayers({ url }: FastifyRequest): boolean {
  return url.endsWith('/pay') || url.endsWith('/deny')
}

function parsed<Output>(schema: z.ZodType<Output>, { body }: FastifyRequest): Output | undefined {
  try {
    return schema.safeParse(JSON.parse(String(body))).data
  } catch {
    return undefined
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined)
}

const TROUBLED: Partial<Temper> = {
  fails: 50,
  losesAnswers: 100,
  isSlow: 100,
  denies: 50,
  losesCallbacks: 100,
  refundsFail: 50,
  refundsAreSlow: 200,
}

type Options = Readonly<{
  provider: string
  secret: string
  url: string
  port: string
  seed: string
  payAfter?: string
  pause: string
  faithful?: true
}>

async function main(): Promise<void> {
  const program = new Command('simulator')
    .description('play a payment provider that loses, repeats, reorders and delays what it says')
    .requiredOption('--provider <name>', 'wechat or alipay, as in PROVIDER_URLS')
    .requiredOption('--secret <secret>', 'as in PROVIDER_SECRETS')
    .option('--port <port>', 'where it listens, on 127.0.0.1', '9101')
    .option('--url <url>', 'the write service, which it calls back', 'http://127.0.0.1:8080')
    .option('--seed <number>', 'the same seed plays the same', '1')
    .option('--pay-after <ms>', 'after what payers pay; default: when they are told to')
    .option('--pause <ms>', 'the longest pause before a callback', '1000')
    .option('--faithful', 'never misbehaves')
    .parse()
  const {
    provider,
    secret,
    url,
    port,
    seed,
    payAfter,
    pause: ms,
    faithful,
  } = program.opts<Options>()
  const simulator = await startSimulator({
    ...{ provider, secret, port: Number(port), seed: Number(seed), pauseMs: Number(ms) },
    ...(payAfter !== undefined && { payAfterMs: Number(payAfter) }),
    ...(faithful ? {} : { temper: TROUBLED, mostRepeats: 3 }),
  })
  simulator.callBackTo(url)
  process.stdout.write(`${provider} is at ${simulator.url}\n`)
}

if (import.meta.main) await main()
