import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'tap'
import { freePort } from '../../../infra/embedded/ports.ts'

/** The lowest port that any system in use gives to outgoing connections. */
const firstOutgoing = 32_768

test('free ports differ, are free, and are not of outgoing connections', async (t) => {
  const ports = [await freePort(), await freePort(), await freePort()]
  t.equal(new Set(ports).size, ports.length)
  t.ok(Math.max(...ports) < firstOutgoing)
  for (const port of ports) {
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
  }
})

test('a port that is listened on is passed over', async (t) => {
  const port = await freePort()
  const server = createServer().listen(port + 1, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening').catch(() => undefined) // then another program listens there
  t.not(await freePort(), port + 1)
})
