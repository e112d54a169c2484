/** Whether the process can work: each part asked, within a bound; none asked twice at a time. */

import type { Readiness } from '../../http/server.ts'

export type Check = Readonly<{
  /** Resolves with what is wrong, or undefined. */
  ask: () => Promise<string | undefined>
  /** The process can work without it; it is named all the same. */
  optional?: boolean
}>

const WITHIN_MS = 2_000

export function createReadiness(checks: Readonly<Record<string, Check>>): () => Promise<Readiness> {
  let asking: Promise<Readiness> | undefined
  return () => {
    asking ??= askAll(checks).finally(() => {
      asking = undefined
    })
    return asking
  }
}

async function askAll(checks: Readonly<Record<string, Check>>): Promise<Readiness> {
  const answers = await Promise.all(
    Object.entries(checks).map(async ([part, check]) => {
      const wrong = await askOne(check)
      return { part, wrong, blocks: wrong !== undefined && check.optional !== true }
    }),
  )
  return {
    ready: !answers.some(({ blocks }) => blocks),
    parts: Object.fromEntries(answers.map(({ part, wrong }) => [part, wrong ?? 'ok'])),
  }
}

async function askOne({ ask }: Check): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no answer within ${WITHIN_MS} ms`), WITHIN_MS)
  })
  try {
    return await Promise.race([ask(), late])
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    clearTimeout(timer)
  }
}
