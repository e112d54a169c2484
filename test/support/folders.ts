import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Teardown } from './postgres.ts'

/** An empty folder of the test's own, readable by its owner alone; gone when the test is over. */
export async function temporaryFolder(t: Teardown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tradeline-test-'))
  await chmod(folder, 0o700)
  t.teardown(async () => {
    await rm(folder, { recursive: true, force: true })
  })
  return folder
}
