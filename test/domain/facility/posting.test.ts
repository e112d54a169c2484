import { test } from 'tap'
import { postShipment } from '../../../domain/facility/posting.ts'
import { Journal } from '../../../domain/kernel/journal.ts'
import { decimal } from '../../../domain/kernel/money.ts'

test('a part too small to bear its net amount takes a cent of VAT back', async (t) => {
  const part = { gross: decimal('0.00'), net: decimal('0.01'), tax: decimal('-0.01') }
  const entry = postShipment('D1', part)
  t.same(entry, [
    { account: '6001', credit: '0.01' },
    { account: '2221', debit: '0.01' },
  ])
  t.ok(Journal.safeParse(entry).success)
})
