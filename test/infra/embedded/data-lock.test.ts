/** The lock of a data folder: one holder at a time, until it lets go or ends. */
import { setTimeout as delay } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { test } from 'tap'
import { lock, tryLock } from '../../../infra/embedded/data-lock.ts'
import { temporaryFolder } from '../../support/folders.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

test('a second holder is refused until the first lets go', async (t) => {
  const folder = await temporaryFolder(t)
  const held = lock(folder, 'the data')
  t.equal(tryLock(folder), undefined)
  t.throws(() => lock(folder, 'the data'), {
    name: 'StartError',
    message: `Another tradeline (process ${process.pid}) is running on the data; stop it first, or choose another folder with --data.`,
  })
  held.release()
  lock(folder, 'the data').release()
})

test('a lock that nobody refers to any more is held all the same', async (t) => {
  const folder = await temporaryFolder(t)
  tryLock(folder)
  for (let round = 0; round < 5; round++) {
    collectGarbage()
    await delay(1)
  }
  t.equal(tryLock(folder), undefined)
})
