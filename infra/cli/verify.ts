/** `tradeline verify projections|sagas|ledger`: reads the streams again and compares, item by item. */

import { toAmount } from '../../domain/kernel/money.ts'
import { verify as verifyReadModel } from '../../projections/engine/verify.ts'
import { verifySagas } from '../../sagas/runner/verify.ts'
import { StartError } from '../embedded/start-error.ts'
import { bookedLog } from '../event-store/booked-log.ts'
import { type Tools, withTools } from './tools.ts'
import { verifyLedger } from './verify-ledger.ts'

type Options = Readonly<{ data: string }>

const KINDS: Readonly<Record<string, (tools: Tools) => Promise<boolean>>> = {
  projections,
  sagas,
  ledger,
}

/** The exit code is 1 if anything differs. */
export async function verify(what: string, { data }: Options): Promise<void> {
  const kind = KINDS[what]
  if (kind === undefined) {
    throw new StartError(`Can verify ${Object.keys(KINDS).join(' or ')}, not "${what}".`)
  }
  await withTools(data, async (tools) => {
    if (!(await kind(tools))) process.exitCode = 1
  })
}

async function projections({ declarations, pool, store }: Tools): Promise<boolean> {
  let agrees = true
  for (const readModel of declarations.readModels.values()) {
    const { position, rows, differing, first, failure } = await verifyReadModel(
      pool,
      bookedLog(store),
      readModel,
    )
    const verdict = failure ?? (differing === 0 ? 'agrees' : `${differing} rows differ`)
    agrees &&= failure === undefined && differing === 0
    say(`${readModel.name}: ${verdict} (${rows} rows, up to position ${position})`)
    for (const { table, served, expected } of first) {
      say(`  ${table}\n    served   ${served ?? 'nothing'}\n    expected ${expected ?? 'nothing'}`)
    }
  }
  return agrees
}

async function sagas({ declarations, pool, store }: Tools): Promise<boolean> {
  const verified = await verifySagas({
    sagas: [...declarations.sagas.values()],
    log: store,
    pool,
  })
  for (const { saga, instances, differences, position, examples } of verified) {
    const verdict = differences === 0 ? 'agrees' : `${differences} instances differ`
    const where = position === undefined ? 'has not run yet' : `up to position ${position}`
    say(`${saga}: ${verdict} (${instances} instances, ${where})`)
    for (const { key, kind, expected, actual } of examples) {
      say(`  ${key}: ${kind}\n    expected ${json(expected)}\n    actual   ${json(actual)}`)
    }
  }
  return verified.every(({ differences }) => differences === 0)
}

async function ledger({ store, config }: Tools): Promise<boolean> {
  const { events, position, breaches, examples, sum, accounts } = await verifyLedger(
    store,
    config.policy.chart,
  )
  const verdict = breaches === 0 ? 'agrees' : `${breaches} breaches`
  say(`ledger: ${verdict} (${events} events, up to position ${position})`)
  say(`  all ${accounts.size} accounts add up to ${toAmount(sum)}`)
  for (const { law, figures, event } of examples) {
    say(`  ${event.position} ${event.stream} ${event.type}: ${law}\n    ${json(figures)}`)
  }
  return breaches === 0
}

const json = (value: unknown) => JSON.stringify(value) ?? 'nothing'

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}
