/** `tradeline start`: everything, until it is told to end. */

import { readConfig } from '../config.ts'
import { runSystem } from './system.ts'

type Options = Readonly<{ data: string; role: string; businessDate?: string }>

export async function start({ data, role, businessDate }: Options): Promise<void> {
  const config = readConfig(process.env, {
    data,
    role,
    ...(businessDate === undefined ? {} : { businessDate }),
  })
  await runSystem(config, async ({ addresses }, ended) => {
    process.stdout.write(`tradeline is ready: ${addresses.join(', ')}\n`)
    await ended
  })
}
