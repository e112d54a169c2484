import { test } from 'tap'
import { openProviders } from '../../../infra/app/payment-providers.ts'
import { readConfig } from '../../../infra/config.ts'
import { until } from '../../support/until.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const within = () => AbortSignal.timeout(5_000)

test('with none configured, providers of our own stand in, and their payers pay when told to', async (t) => {
  const ending: (() => Promise<unknown>)[] = []
  t.teardown(async () => {
    for (const end of ending) await end()
  })
  const { byName } = await openProviders(readConfig({ SIMULATED_PAYERS: 'wait' }), silent, ending)
  t.strictSame([...byName.keys()], ['wechat', 'alipay'])
  const wechat = byName.get('wechat')
  const order = { paymentId: 'P1', amount: '12.50', description: 'P1' }
  const opened = await wechat?.createOrder(order, within())
  const qr = opened?.status === 'pending' ? (opened.qr ?? '') : ''
  t.equal((await fetch(qr)).status, 200)
  const paid = await until('it is paid', async () => {
    const view = await wechat?.findPayment('P1', within())
    return view?.status === 'captured' && view
  })
  t.match(paid, { amount: '12.50' })
})
