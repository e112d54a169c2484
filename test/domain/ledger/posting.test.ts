import { test } from 'tap'
import { Journal } from '../../../domain/kernel/journal.ts'
import { decimal } from '../../../domain/kernel/money.ts'
import { DEFAULT_CHART as chart } from '../../../domain/ledger/chart.ts'
import {
  postGoodsFound,
  postGoodsIssued,
  postGoodsLost,
  postGoodsReceived,
  postGoodsReturned,
  postReturn,
} from '../../../domain/ledger/goods.ts'
import {
  postAllocation,
  postAllocationReversal,
  postBankCharge,
  postProviderSettlement,
  postReceipt,
  postReceiptReversal,
  postRefund,
  postSuspense,
} from '../../../domain/ledger/money.ts'
import {
  postLateFeeCorrections,
  postLateFees,
  postRecovery,
  postShipment,
  postWriteOff,
} from '../../../domain/ledger/sales.ts'

const bank = { method: 'bank-transfer' } as const
const wechat = { method: 'wechat' } as const
const D1 = 'D1'

/** `Dr 1122/D1 113.00`, a line a line, as in the table of the domain page. */
function shown(journal: Journal): string[] {
  return Journal.parse(journal).map(({ account, debit, credit, dealerId }) =>
    [
      debit === undefined ? 'Cr' : 'Dr',
      dealerId ? `${account}/${dealerId}` : account,
      debit ?? credit,
    ].join(' '),
  )
}

const amounts = <Name extends string>(figures: Readonly<Record<Name, string>>) =>
  Object.fromEntries(
    Object.entries<string>(figures).map(([name, amount]) => [name, decimal(amount)]),
  ) as Record<Name, ReturnType<typeof decimal>>

const receipt = amounts({ allocated: '90.00', discount: '1.00', unapplied: '10.00' })
const fee = { dealerId: D1, ...amounts({ gross: '10.60', net: '10.00', tax: '0.60' }) }

const rows: readonly (readonly [fact: string, journal: Journal, ...lines: string[]])[] = [
  ['goods received', postGoodsReceived(chart, decimal('7.00')), 'Dr 1405 7.00', 'Cr 2202 7.00'],
  [
    'shipped, in the facility',
    postShipment(chart, D1, amounts({ gross: '113.00', net: '100.00', tax: '13.00' })),
    'Dr 1122/D1 113.00',
    'Cr 6001 100.00',
    'Cr 2221 13.00',
  ],
  [
    'shipped, a part too small to bear its net amount: it takes a cent of VAT back',
    postShipment(chart, D1, amounts({ gross: '0.00', net: '0.01', tax: '-0.01' })),
    'Cr 6001 0.01',
    'Dr 2221 0.01',
  ],
  ['shipped, in stock', postGoodsIssued(chart, decimal('7.00')), 'Dr 6401 7.00', 'Cr 1405 7.00'],
  [
    'money received at the bank',
    postReceipt(chart, D1, bank, receipt),
    'Dr 1002 100.00',
    'Dr 6603 1.00',
    'Cr 1122/D1 91.00',
    'Cr 2203/D1 10.00',
  ],
  [
    'money received by a provider',
    postReceipt(
      chart,
      D1,
      wechat,
      amounts({ allocated: '0.00', discount: '0.00', unapplied: '5.00' }),
    ),
    'Dr 1012 5.00',
    'Cr 2203/D1 5.00',
  ],
  [
    'a provider settles, with its fee',
    postProviderSettlement(chart, amounts({ gross: '100.00', fee: '0.60' })),
    'Dr 1002 99.40',
    'Dr 6603 0.60',
    'Cr 1012 100.00',
  ],
  [
    'a provider settles less than its fee',
    postProviderSettlement(chart, amounts({ gross: '0.10', fee: '0.30' })),
    'Cr 1002 0.20',
    'Dr 6603 0.30',
    'Cr 1012 0.10',
  ],
  ['unknown payer', postSuspense(chart, decimal('5.00')), 'Dr 1002 5.00', 'Cr 2241.09 5.00'],
  [
    'money left for nobody known',
    postSuspense(chart, decimal('-5.00')),
    'Cr 1002 5.00',
    'Dr 2241.09 5.00',
  ],
  [
    'unknown payer, cleared up',
    postReceipt(chart, D1, { ...bank, clearedFrom: 'suspense' }, receipt),
    'Dr 2241.09 100.00',
    'Dr 6603 1.00',
    'Cr 1122/D1 91.00',
    'Cr 2203/D1 10.00',
  ],
  [
    'payment bounced',
    postReceiptReversal(chart, D1, bank, receipt),
    'Cr 1002 100.00',
    'Cr 6603 1.00',
    'Dr 1122/D1 91.00',
    'Dr 2203/D1 10.00',
  ],
  [
    'unapplied cash allocated, with early-payment discount',
    postAllocation(chart, D1, receipt),
    'Dr 2203/D1 90.00',
    'Dr 6603 1.00',
    'Cr 1122/D1 91.00',
  ],
  [
    'allocations reversed',
    postAllocationReversal(chart, D1, receipt),
    'Cr 2203/D1 90.00',
    'Cr 6603 1.00',
    'Dr 1122/D1 91.00',
  ],
  [
    'late fees, a line a dealer',
    postLateFees(chart, [fee, fee, { ...fee, dealerId: 'D2' }]),
    'Dr 1122/D1 21.20',
    'Dr 1122/D2 10.60',
    'Cr 6301 30.00',
    'Cr 2221 1.80',
  ],
  [
    'late fees corrected, open and paid',
    postLateFeeCorrections(chart, [
      { dealerId: D1, ...amounts({ net: '10.00', tax: '0.60', open: '4.00', paid: '6.60' }) },
    ]),
    'Dr 6301 10.00',
    'Dr 2221 0.60',
    'Cr 1122/D1 4.00',
    'Cr 2203/D1 6.60',
  ],
  [
    'return accepted, partly paid before, with a restocking fee',
    postReturn(
      chart,
      D1,
      amounts({
        net: '100.00',
        tax: '13.00',
        settled: '60.00',
        refundPayable: '45.00',
        discountBack: '3.00',
        restockingFee: '5.00',
      }),
    ),
    'Dr 6001.02 100.00',
    'Dr 2221 13.00',
    'Cr 1122/D1 60.00',
    'Cr 2241.02/D1 45.00',
    'Cr 6603 3.00',
    'Cr 6301 5.00',
  ],
  [
    'restocked and scrapped',
    postGoodsReturned(chart, amounts({ restocked: '7.00', scrapped: '2.00' })),
    'Dr 1405 7.00',
    'Dr 6602 2.00',
    'Cr 6401 9.00',
  ],
  [
    'refund of a return, to the bank',
    postRefund(chart, D1, { ...bank, source: 'return' }, decimal('9.00')),
    'Dr 2241.02/D1 9.00',
    'Cr 1002 9.00',
  ],
  [
    'refund of unapplied cash, by the provider',
    postRefund(chart, D1, { ...wechat, source: 'unapplied-cash' }, decimal('9.00')),
    'Dr 2203/D1 9.00',
    'Cr 1012 9.00',
  ],
  ['spoilage, shortage', postGoodsLost(chart, decimal('7.00')), 'Dr 6602 7.00', 'Cr 1405 7.00'],
  ['surplus', postGoodsFound(chart, decimal('7.00')), 'Dr 1405 7.00', 'Cr 6602 7.00'],
  ['written off', postWriteOff(chart, D1, decimal('8.00')), 'Dr 6702 8.00', 'Cr 1122/D1 8.00'],
  ['recovered', postRecovery(chart, decimal('8.00')), 'Dr 1002 8.00', 'Cr 6702 8.00'],
  ['bank charge', postBankCharge(chart, decimal('8.00')), 'Dr 6603 8.00', 'Cr 1002 8.00'],
  [
    'bank charge that was in suspense',
    postBankCharge(chart, decimal('8.00'), 'suspense'),
    'Dr 6603 8.00',
    'Cr 2241.09 8.00',
  ],
  ['bank interest', postBankCharge(chart, decimal('-8.00')), 'Cr 6603 8.00', 'Dr 1002 8.00'],
]

for (const [fact, journal, ...lines] of rows) {
  test(fact, async (t) => t.same(shown(journal), lines))
}

test('posting rules book on the codes of the chart they are given', async (t) => {
  const own = { ...chart, receivable: { ...chart.receivable, code: '1122.01' } }
  const entry = postWriteOff(own, D1, decimal('8.00'))
  t.same(shown(entry), ['Dr 6702 8.00', 'Cr 1122.01/D1 8.00'])
})

test('an entry that does not balance is a bug, and throws', async (t) => {
  const uneven = amounts({ gross: '113.00', net: '100.00', tax: '12.00' })
  t.throws(() => postShipment(chart, D1, uneven), /does not balance/)
})
