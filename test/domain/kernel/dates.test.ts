import { test } from 'tap'
import { startOfDay } from '../../../domain/kernel/dates.ts'

test('a day starts when the clocks of its time zone say midnight', async (t) => {
  t.equal(startOfDay('Asia/Shanghai', '2026-03-02'), '2026-03-01T16:00:00.000Z')
  t.equal(startOfDay('UTC', '2026-03-02'), '2026-03-02T00:00:00.000Z')
  t.equal(startOfDay('America/New_York', '2026-01-05'), '2026-01-05T05:00:00.000Z')
})

test('a day on which the clocks change starts by the offset of its own midnight', async (t) => {
  t.equal(startOfDay('Europe/Berlin', '2026-03-29'), '2026-03-28T23:00:00.000Z')
  t.equal(startOfDay('Europe/Berlin', '2026-03-30'), '2026-03-29T22:00:00.000Z')
  t.equal(startOfDay('Europe/Berlin', '2026-10-25'), '2026-10-24T22:00:00.000Z')
  t.equal(startOfDay('America/New_York', '2026-11-02'), '2026-11-02T05:00:00.000Z')
})
