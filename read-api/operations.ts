/** How the machinery does: read models, sagas, the feed, business days. */

import { z } from 'zod'
import { LocalDate } from '../domain/kernel/values.ts'
import type { Server } from '../http/server.ts'
import { Paging } from './cursor.ts'
import type { ReadPorts } from './ports.ts'
import { addRead } from './route.ts'
import { OPERATORS } from './visibility.ts'

export function addOperations(server: Server, ports: ReadPorts): void {
  const { waitFor, db } = ports
  addRead(server, waitFor, {
    path: '/projections',
    summary: 'Each read model: version, position, lag, rebuild progress',
    models: [],
    roles: OPERATORS,
    handle: async () => ({ body: await ports.projections() }),
  })
  addRead(server, waitFor, {
    path: '/sagas',
    summary: 'Saga instances with state and reason',
    models: [],
    roles: OPERATORS,
    query: Paging.extend({ status: z.enum(['live', 'parked']).optional() }),
    handle: async ({ query: { status, limit, cursor } }) => ({
      body: await ports.sagas({ status, limit, cursor }),
    }),
  })
  addRead(server, waitFor, {
    path: '/feed/status',
    summary: "The feed's last sequence and position",
    models: [],
    roles: [...OPERATORS, 'erp'],
    handle: async () => ({ body: await ports.feed() }),
  })
  addRead(server, waitFor, {
    path: '/feed/statements/:date',
    summary: 'Count, sums and hash of what the feed said of a business day',
    models: [],
    roles: [...OPERATORS, 'brand-finance', 'erp'],
    params: z.object({ date: LocalDate }),
    handle: async ({ params: { date } }) => ({ body: await ports.feedStatement(date) }),
  })
  addRead(server, waitFor, {
    path: '/business-days',
    summary: 'Business days, the newest first',
    models: ['ledger'],
    query: z.object({ limit: Paging.shape.limit }),
    handle: async ({ query: { limit } }) => ({
      body: {
        items: await db
          .selectFrom('business_days')
          .selectAll()
          .orderBy('date', 'desc')
          .limit(limit)
          .execute(),
        nextCursor: null,
      },
    }),
  })
}
