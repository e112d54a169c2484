/** The business's own chart of accounts: a JSON file that gives accounts other codes and names. */

import { readFileSync } from 'node:fs'
import { z } from 'zod'
import {
  ACCOUNT_ROLES,
  AccountCode,
  AccountNames,
  type AccountRole,
  type Chart,
  DEFAULT_CHART,
} from '../domain/ledger/chart.ts'
import { StartError } from './embedded/start-error.ts'

/** By role; what is left out stays as in the default chart. */
const Overrides = z.partialRecord(
  z.enum(ACCOUNT_ROLES),
  z.strictObject({ code: AccountCode.optional(), name: AccountNames.partial().optional() }),
)
type Overrides = z.output<typeof Overrides>

/** Throws a `StartError` that says what is wrong with the file. */
export function readChart(path: string): Chart {
  const parsed = Overrides.safeParse(jsonIn(path))
  if (!parsed.success) throw wrong(path, z.prettifyError(parsed.error))
  const chart = withOverrides(parsed.data)
  const twice = ACCOUNT_ROLES.find((role, index) =>
    ACCOUNT_ROLES.slice(0, index).some((other) => chart[other].code === chart[role].code),
  )
  if (twice === undefined) return chart
  const { code } = chart[twice]
  const first = ACCOUNT_ROLES.find((role) => chart[role].code === code)
  throw wrong(path, `${first} and ${twice} have the same code, ${code}`)
}

function jsonIn(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw wrong(path, error instanceof Error ? error.message : String(error))
  }
}

function withOverrides(overrides: Overrides): Chart {
  const accountOf = (role: AccountRole) => {
    const { code, name } = overrides[role] ?? {}
    const standard = DEFAULT_CHART[role]
    const names = { en: name?.en ?? standard.name.en, zh: name?.zh ?? standard.name.zh }
    return { ...standard, code: code ?? standard.code, name: names }
  }
  return Object.fromEntries(ACCOUNT_ROLES.map((role) => [role, accountOf(role)])) as Chart
}

function wrong(path: string, reason: string): StartError {
  return new StartError(`CHART_OF_ACCOUNTS: ${path} is no chart of accounts: ${reason}.`)
}
