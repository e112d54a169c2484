/** Whether the ERP was told everything, once and in order. */

import { connect } from 'nats'
import type { Test } from 'tap'
import { z } from 'zod'
import { until } from '../support/until.ts'
import { read } from './client.ts'
import type { ChaosSystem } from './system.ts'

const CAUGHT_UP_WITHIN_MS = 30_000
const Status = z.object({
  lastSequence: z.number(),
  unpublished: z.number(),
  lag: z.string(),
  connected: z.boolean(),
})
const Message = z.object({ id: z.string(), sequence: z.string() })

/** Waits until the feed has caught up, and reads the whole stream as a consumer would. */
export async function proveFed(t: Test, system: ChaosSystem): Promise<void> {
  const token = await system.tokenFor('brand-admin')
  const { lastSequence } = await until(
    'the feed has caught up',
    async () => {
      const status = Status.parse(await read(system.readUrl, '/v1/feed/status', token))
      return status.connected && status.unpublished === 0 && status.lag === '0' ? status : undefined
    },
    CAUGHT_UP_WITHIN_MS,
  )
  const told = await consume(system.natsUrl, lastSequence)
  const wanted = Array.from({ length: lastSequence }, (_, index) => index + 1)
  t.strictSame(
    told.map(({ sequence }) => Number(sequence)),
    wanted,
    `the ERP hears ${lastSequence} messages, none missing, none twice, in order`,
  )
  t.equal(new Set(told.map(({ id }) => id)).size, told.length, 'each of an event of its own')
}

async function consume(url: string, count: number) {
  const connection = await connect({ servers: url })
  try {
    const consumer = await connection.jetstream().consumers.get('TRADELINE')
    const told: z.infer<typeof Message>[] = []
    while (told.length < count) {
      const messages = await consumer.fetch({ max_messages: count - told.length, expires: 2_000 })
      const before = told.length
      for await (const message of messages) told.push(Message.parse(message.json()))
      if (told.length === before) break
    }
    return told
  } finally {
    await connection.close()
  }
}
