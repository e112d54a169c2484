/** What is wrong with the rows of a file: one fault, and nothing of the file is taken. */

import { Problem } from '../../http/problem.ts'
import { STATEMENT_BOUNDS } from './statement.ts'

/** Why a row can't be taken. */
export type RowFault = Readonly<{
  /** As the file's program numbers it, from 1; in XML, the number of the entry. */
  row: number
  field: string
  /** `not-an-amount`, `not-a-date`… */
  rule: string
  message: string
}>

/** A rule that a value breaks, and how; the message continues the field's name. */
export type Broken = Readonly<{ rule: string; message: string }>

export type Faults = Readonly<{
  add: (row: number, field: string, broken: Broken) => void
  /** Throws a problem with the first faults and the number of all, if there is any. */
  refuseAny: () => void
}>

export function createFaults(): Faults {
  const faults: RowFault[] = []
  let count = 0
  const add: Faults['add'] = (row, field, { rule, message }) => {
    count += 1
    if (faults.length >= STATEMENT_BOUNDS.faults) return
    faults.push({ row, field, rule, message: `${field} ${message}` })
  }
  const refuseAny = () => {
    const [first] = faults
    if (first === undefined) return
    const others = count === 1 ? '' : ` There are ${count - 1} more faults.`
    const detail = `Nothing was taken: row ${first.row}: ${first.message}.${others}`
    throw new Problem(422, 'statement-invalid', detail, {
      decision: {
        rule: 'statement-invalid',
        ruleVersion: 1,
        inputs: { faults, count },
        ways: ['correct the rows and send the file again: nothing of it was taken'],
      },
    })
  }
  return { add, refuseAny }
}

const SHOWN = 40

export function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text)
}
