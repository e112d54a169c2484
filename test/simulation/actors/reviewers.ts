/** What reviewers do: they set rules, approve and reject step by step, on the revision they looked at. */

import type { Data } from '../model/law.ts'
import { guaranteeFor } from './finance.ts'
import { DAY, HOUR, MINUTE, type Stage } from './stage.ts'

const RULES: readonly Data[] = [
  {
    ruleId: 'large',
    name: 'Large orders',
    when: { kind: 'amount', over: '9000.00' },
    chain: [
      { role: 'brand-ops', hours: 12 },
      { role: 'brand-finance', over: '14000.00', hours: 6 },
    ],
  },
  {
    ruleId: 'bursts',
    name: 'Many orders at once',
    when: { kind: 'burst', by: 'dealer', orders: 4, minutes: 10 },
    chain: [{ role: 'dealer-approver', hours: 5 }],
    escalateTo: 'brand-ops',
  },
  {
    ruleId: 'cut-up',
    name: 'Orders cut in pieces',
    when: { kind: 'order-cut-up', threshold: '8000.00', minutes: 5 },
    effect: 'reject',
  },
]

/** Some businesses have rules of their own. */
export async function settingRules(stage: Stage): Promise<void> {
  const { random, brand } = stage
  for (const rule of RULES) {
    if (random.chance(0.5)) await brand('brand-ops', 'SetReviewRule', rule)
  }
}

/** Whatever is in review is decided in the end, or finds another way out. */
export function reviewing(stage: Stage): void {
  const { random, later, on } = stage
  on('ReviewRequested', ({ orderId, dealerId, reasons }) => {
    stage.until(10 * MINUTE, random.pick([6 * HOUR, 2 * DAY]), () => decided(stage, orderId))
    const needed = reasons[0]?.decision.inputs.releaseNeeded
    if (needed === undefined || !random.chance(0.3)) return
    later(MINUTE, 5 * HOUR, () => guaranteeFor(stage, dealerId, needed, { orderId }))
  })
}

async function decided(stage: Stage, orderId: string): Promise<boolean> {
  const { random, world } = stage
  const order = world.model.orders.get(orderId)
  const review = order?.review
  if (order === undefined || review === undefined || world.model.orders.isEnded(order)) return true
  const [role = 'brand-admin'] = random.shuffled(review.roles)
  const command = random.chance(0.75) ? 'ApproveOrder' : 'RejectReview'
  const ifRevision = world.revisionOf(`order-${orderId}`)
  const user = `${role}-${random.pick(['one', 'two', 'three'])}`
  const input = { orderId, reason: 'looked at it' }
  if (role.startsWith('dealer-')) {
    await stage.dealer(order.dealerId, role, command, input, { user, ifRevision })
  } else {
    await stage.brand(role, command, input, { user, ifRevision })
  }
  return false
}
