/**
 * A tax authority to try things with. It numbers without gaps, a document once, and behaves as badly as it
 * is told to: it is away, or loses its answer after it gave the number. The same seed behaves the same.
 */

import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { LRUCache } from 'lru-cache'
import type pg from 'pg'
import { TaxDocument } from '../../commands/tax-authority.ts'
import { CONFLICT, numberOf, prepareRegister } from './register.ts'

/** Shares of what it is asked, from 0 to 1. */
export type Misbehaviour = Readonly<{
  seed: number
  /** It answers 503, and has done nothing. */
  away: number
  /** It gives the number, and breaks the connection. */
  lost: number
  /** It gives the number, and never answers. */
  silent: number
  /** How often at most it misbehaves over one document. */
  most: number
}>

export const WELL_BEHAVED: Misbehaviour = { seed: 0, away: 0, lost: 0, silent: 0, most: 0 }

export type AuthorityOptions = Readonly<{
  pool: pg.Pool
  port: number
  misbehaviour?: Misbehaviour
}>

export type RunningAuthority = Readonly<{ url: string; stop: () => Promise<void> }>

const HOST = '127.0.0.1'
const MOST_BYTES = 2 * 1024 * 1024
const MOST_CONNECTIONS = 64
const DOCUMENTS = /^\/documents\/([^/]+)$/

/** Resolves when it listens, on the loopback only. */
export async function startTaxAuthority(options: AuthorityOptions): Promise<RunningAuthority> {
  await prepareRegister(options.pool)
  const mood = moodOf(options.misbehaviour ?? WELL_BEHAVED)
  const server = createServer((request, response) => {
    serve(options.pool, mood, request, response).catch(() => {
      // Its register is away: who asked finds out by asking again.
      if (response.headersSent) response.destroy()
      else answer(response, 503, { reason: 'the register is away' })
    })
  })
  server.maxConnections = MOST_CONNECTIONS
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, HOST, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://${HOST}:${port}`,
    stop: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

type Mood = 'well' | 'away' | 'lost' | 'silent'

/** Documents whose askings it remembers. */
const MOST_REMEMBERED = 10_000

function moodOf({ seed, away, lost, silent, most }: Misbehaviour): (documentId: string) => Mood {
  const asked = new LRUCache<string, number>({ max: MOST_REMEMBERED })
  return (documentId) => {
    const times = asked.get(documentId) ?? 0
    asked.set(documentId, times + 1)
    if (times >= most) return 'well'
    const lot = createHash('sha256').update(`${seed}/${documentId}/${times}`).digest()
    const drawn = lot.readUInt32BE(0) / 2 ** 32
    if (drawn < away) return 'away'
    if (drawn < away + lost) return 'lost'
    return drawn < away + lost + silent ? 'silent' : 'well'
  }
}

async function serve(
  pool: pg.Pool,
  moodAt: (documentId: string) => Mood,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const documentId = DOCUMENTS.exec(request.url ?? '')?.[1]
  if (request.method !== 'PUT' || documentId === undefined) {
    return answer(response, 404, { reason: 'PUT /documents/{documentId} is what there is' })
  }
  const mood = moodAt(documentId)
  if (mood === 'away') return answer(response, 503, { reason: 'closed for a moment' })
  const text = await bodyOf(request)
  const document = text === undefined ? undefined : documentIn(text)
  if (text === undefined || document === undefined) {
    return answer(response, 400, { reason: 'no such document can be read' })
  }
  if (encodeURIComponent(document.documentId) !== documentId) {
    return answer(response, 400, { reason: 'the path names another document' })
  }
  const refusal = refusalOf(document)
  if (refusal !== undefined) return answer(response, 422, refusal)
  const contentHash = createHash('sha256').update(JSON.stringify(document)).digest('hex')
  const code = SERIES[document.kind]
  const numbered = await numberOf(pool, { documentId: document.documentId, code, contentHash })
  if (mood === 'lost') return void response.destroy()
  if (mood === 'silent') return
  if (numbered === CONFLICT) {
    return answer(response, 409, { reason: 'it was numbered with other content' })
  }
  answer(response, 200, numbered)
}

const SERIES = { electronic: '031002600111', paper: '3100262130' } as const

/** It knows no taxpayer whose number is one character over and over, and no sums that are none. */
function refusalOf({ buyer, lines, amount, net, tax }: TaxDocument) {
  if (!/^[0-9A-Z]{15,20}$/.test(buyer.taxId) || new Set(buyer.taxId).size === 1) {
    return { code: 'tax-id-invalid', reason: `${buyer.taxId} is no taxpayer's number` }
  }
  const cents = (text: string) => BigInt(text.replace('.', ''))
  const total = (field: 'amount' | 'net' | 'tax') =>
    lines.reduce((sum, line) => sum + cents(line[field]), 0n)
  const addsUp =
    total('amount') === cents(amount) &&
    total('net') === cents(net) &&
    total('tax') === cents(tax) &&
    cents(net) + cents(tax) === cents(amount)
  return addsUp ? undefined : { code: 'sums-differ', reason: 'the lines do not add up' }
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length
    if (bytes > MOST_BYTES) return undefined
    chunks.push(chunk as Buffer)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function documentIn(text: string): TaxDocument | undefined {
  try {
    return TaxDocument.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
