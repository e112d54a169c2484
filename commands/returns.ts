/** What may be asked about goods that come back. */

import { z } from 'zod'
import {
  Amount,
  LocalDate,
  OrderId,
  Quantity,
  ReturnId,
  Sku,
  Text,
  WarehouseId,
} from '../domain/kernel/values.ts'
import { orderIdOf } from '../domain/order/refusals.ts'
import { ReturnRequested } from '../domain/order/return-events.ts'
import { closeReturn, receiveReturn } from '../domain/order/return-receipt.ts'
import { requestReturn } from '../domain/order/return-request.ts'
import { approveReturn, rejectReturn } from '../domain/order/return-review.ts'
import type { OrderState } from '../domain/order/state.ts'
import { firstOf } from './answers.ts'
import { type Answered, command } from './command.ts'
import { askedLines } from './lines.ts'
import { ofOrder } from './of-order.ts'

/** What all answers about a return begin with. */
const ofReturn = { returnId: ReturnId, orderId: OrderId }

export const RequestReturn = command({
  ...ofOrder,
  name: 'RequestReturn',
  schema: z.strictObject({
    orderId: OrderId,
    lines: askedLines({ sku: Sku, quantity: Quantity, reason: Text }),
  }),
  roles: [
    'dealer-buyer',
    'dealer-approver',
    'dealer-warehouse',
    'brand-ops',
    'brand-admin',
    'platform-service',
  ],
  decide: requestReturn,
  route: {
    path: '/returns',
    status: 201,
    summary: 'Ask to bring back goods of an order that were delivered',
    answer: ({ events }) => {
      const requested = firstOf(ReturnRequested, events)
      if (requested === undefined) return {}
      const { returnId, orderId, lines } = requested.data
      return { returnId, orderId, status: 'requested', lines }
    },
    answerSchema: z.object({
      ...ofReturn,
      status: z.literal('requested'),
      lines: z.array(z.unknown()),
    }),
    location: ({ events }) => `/returns/${firstOf(ReturnRequested, events)?.data.returnId}`,
  },
})

const onReturn = {
  ...ofOrder,
  stream: ({ returnId }: Readonly<{ returnId: string }>) => orderIdOf(returnId),
} as const

const REVIEWING_ROLES = ['brand-ops', 'brand-admin', 'platform-service'] as const

const counted = { sku: Sku, quantity: Quantity, resalable: z.boolean() }

export const ApproveReturn = command({
  ...onReturn,
  name: 'ApproveReturn',
  schema: z.strictObject({
    returnId: ReturnId,
    restockingFee: Amount.optional(),
    lines: askedLines(counted).optional(),
    note: Text.optional(),
  }),
  roles: REVIEWING_ROLES,
  decide: approveReturn,
  route: {
    path: '/returns/:returnId/approve',
    summary: 'Let the goods of a return come back, all or fewer, perhaps for a restocking fee',
    answer: approvedAnswer,
    answerSchema: z.object({
      ...ofReturn,
      status: z.literal('approved'),
      restockingFee: z.string(),
      lines: z.array(z.unknown()),
    }),
  },
})

type AboutReturn = Answered<Readonly<{ returnId: string }>, OrderState>

/** The return that a command was about: what is approved or received of it never changes again. */
function returnOf({ input, state }: AboutReturn) {
  return state?.returning.returns.find(({ returnId }) => returnId === input.returnId)
}

function approvedAnswer(answered: AboutReturn): Readonly<Record<string, unknown>> {
  const approved = returnOf(answered)?.approved
  if (approved === undefined) return {}
  const { returnId, orderId, restockingFee, lines } = approved
  return { returnId, orderId, status: 'approved', restockingFee, lines }
}

export const RejectReturn = command({
  ...onReturn,
  name: 'RejectReturn',
  schema: z.strictObject({ returnId: ReturnId, reason: Text }),
  roles: REVIEWING_ROLES,
  decide: rejectReturn,
  route: {
    path: '/returns/:returnId/reject',
    summary: 'End a return of which nothing is taken back',
    answer: rejectedAnswer,
    answerSchema: z.object({ ...ofReturn, status: z.literal('rejected') }),
  },
})

function rejectedAnswer({ input: { returnId }, streamId }: AboutReturn) {
  return { returnId, orderId: streamId, status: 'rejected' }
}

export const ReceiveReturn = command({
  ...onReturn,
  name: 'ReceiveReturn',
  schema: z.strictObject({
    returnId: ReturnId,
    lines: askedLines(counted),
    warehouseId: WarehouseId.optional(),
    effectiveOn: LocalDate.optional(),
  }),
  roles: [...REVIEWING_ROLES, 'brand-warehouse', 'erp'],
  decide: receiveReturn,
  route: {
    path: '/returns/:returnId/receive',
    summary: 'Note what came of an approved return, as counted, and what of it can be sold again',
    answer: receivedAnswer,
    answerSchema: z.object({
      ...ofReturn,
      status: z.literal('received'),
      amount: z.string(),
      net: z.string(),
      tax: z.string(),
      restockingFee: z.string(),
      lines: z.array(z.unknown()),
      places: z.array(z.unknown()),
    }),
  },
})

function receivedAnswer(answered: AboutReturn): Readonly<Record<string, unknown>> {
  const received = returnOf(answered)?.received
  if (received === undefined) return {}
  const { returnId, orderId, amount, net, tax, restockingFee, lines, places } = received
  return {
    ...{ returnId, orderId, status: 'received', amount, net, tax, restockingFee },
    lines: lines.map(({ before: _, delivered: __, ...line }) => line),
    places: places.map(({ warehouseId, lines: there }) => ({
      warehouseId,
      lines: there.map(({ sku, restocked, scrapped }) => ({ sku, restocked, scrapped })),
    })),
  }
}

/** Sent once the goods of a return are put away and its worth is credited. */
export const CloseReturn = command({
  ...ofOrder,
  name: 'CloseReturn',
  schema: z.strictObject({ orderId: OrderId, returnId: ReturnId }),
  roles: [],
  decide: closeReturn,
})
