import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'tap'
import { startStack } from '../../../infra/embedded/stack.ts'
import { createLogger } from '../../../infra/logger.ts'
import { ordinaryAccount } from '../../support/accounts.ts'
import { temporaryFolder } from '../../support/folders.ts'
import { anyPorts, stackProcess } from '../../support/stack.ts'

const urls = { eventStore: 'esdb://other', nats: 'nats://other' }
const logger = createLogger({ level: 'silent' })
const { account, skip } = await ordinaryAccount()

test('a port in use is named with the variable that moves it', async (t) => {
  const server = createServer()
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  t.teardown(() => server.close())
  const dataDir = await temporaryFolder(t)
  const ports = { ...anyPorts, postgres: port }
  await t.rejects(startStack({ dataDir, ports, urls, logger }), {
    name: 'StartError',
    message: `Port ${port} is used by another program; stop that one, or set POSTGRES_PORT to a free port.`,
  })
  const again = await startStack({ dataDir, ports: anyPorts, urls, logger })
  t.pass('the refused start holds nothing back')
  await again.stop()
})

test('a file where the data folder should be is named', async (t) => {
  const dataDir = join(await temporaryFolder(t), 'file')
  await writeFile(dataDir, '')
  await t.rejects(startStack({ dataDir, ports: anyPorts, urls, logger }), {
    name: 'StartError',
    message: `The data folder ${dataDir} can't be written: a file of that name is in the way; give a folder of yours with --data.`,
  })
})

test('a folder that the account may not write is named', { skip }, async (t) => {
  const parent = await temporaryFolder(t)
  await chmod(parent, 0o555)
  const dataDir = join(parent, 'data')
  const { said } = await stackProcess(t, { dataDir, ports: anyPorts, urls }, account)
  t.match(said, {
    error: `StartError: The data folder ${dataDir} can't be written: permission denied; give a folder of yours with --data.`,
  })
})

test('data that is not ours, or of another Postgres, is left as it is', async (t) => {
  const dataDir = await temporaryFolder(t)
  const folder = join(dataDir, 'postgres')
  await mkdir(folder)
  await writeFile(join(folder, 'letter.txt'), 'dear')
  await t.rejects(startStack({ dataDir, ports: anyPorts, urls, logger }), {
    name: 'StartError',
    message: `The folder ${folder} holds something that is not Postgres's data; move it away.`,
  })
  await writeFile(join(folder, 'PG_VERSION'), '16\n')
  await t.rejects(startStack({ dataDir, ports: anyPorts, urls, logger }), {
    name: 'StartError',
    message: /^The data in .* is of Postgres 16, and this is 18;/,
  })
})

test('a database whose password is lost is named at once', async (t) => {
  const dataDir = await temporaryFolder(t)
  const first = await startStack({ dataDir, ports: anyPorts, urls, logger })
  await first.stop()
  await rm(join(dataDir, 'keys', 'postgres-password'))
  await t.rejects(startStack({ dataDir, ports: anyPorts, urls, logger }), {
    name: 'StartError',
    message: /^The database's password, .*postgres-password, can't be read/,
  })
})

test('a Postgres that gives up says why in the sentence, and where its log is', async (t) => {
  const dataDir = await temporaryFolder(t)
  const first = await startStack({ dataDir, ports: anyPorts, urls, logger })
  await first.stop()
  await writeFile(join(dataDir, 'postgres', 'postgresql.conf'), 'no_such_setting = on\n')
  await t.rejects(startStack({ dataDir, ports: anyPorts, urls, logger }), {
    name: 'StartError',
    message:
      /^postgres did not start: .*(no_such_setting|contains errors).* \(its log is .*postgres\.log\)\.$/,
  })
})
