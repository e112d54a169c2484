import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { boundedLog } from '../../../infra/embedded/bounded-log.ts'

test('a log never takes more than its bound twice over, and keeps the newest lines', (t) => {
  const file = join(t.testdir(), 'part.log')
  const log = boundedLog(file, 1_000)
  for (let n = 1; n <= 1_000; n++) log.write(Buffer.from(`line ${n}\n`))
  log.close()
  t.ok(statSync(file).size <= 1_010)
  t.ok(statSync(`${file}.1`).size <= 1_010)
  const kept = readFileSync(`${file}.1`, 'utf8') + readFileSync(file, 'utf8')
  t.match(kept, /line 999\nline 1000\n$/)
  t.equal(log.tail().at(-1), 'line 1000')
  t.end()
})

test('a log goes on where the last run ended', (t) => {
  const file = join(t.testdir({ 'part.log': 'before\n' }), 'part.log')
  const log = boundedLog(file)
  log.write(Buffer.from('after\n'))
  log.close()
  t.equal(readFileSync(file, 'utf8'), 'before\nafter\n')
  t.end()
})
