import { test } from 'tap'
import { bankDay, StatementLinesTaken, takeLines } from '../../../domain/bankDay/bankDay.ts'
import { scenarios } from '../../support/given.ts'

const day = scenarios(bankDay)

const of = { date: '2026-01-05', source: 'bank' as const }
const line = (number: number, lineKey: string) => ({
  line: number,
  lineKey,
  amount: '10.00',
  text: '',
})
const [first, second] = [line(1, 'key-number-1'), line(2, 'key-number-2')]

test('a line is taken once, in whatever files it comes', (t) => {
  day(t)
    .given(StatementLinesTaken({ ...of, statementId: 'A', lines: [first] }))
    .when((state) => takeLines(state, { ...of, statementId: 'B', lines: [first, second] }))
    .then(StatementLinesTaken({ ...of, statementId: 'B', lines: [second] }))
    .when((state) => takeLines(state, { ...of, statementId: 'C', lines: [second, first] }))
    .changesNothing()
  t.end()
})

test('lines alike in all that counts are one', (t) => {
  const twice = { ...of, statementId: 'A', lines: [first, { ...first, line: 2 }] }
  const { decision } = day(t).when((state) => takeLines(state, twice))
  t.match(decision, { events: [{ data: { lines: [{ lineKey: 'key-number-1' }] } }] })
  t.end()
})
