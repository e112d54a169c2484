/** The read service: routes over the read models, and over the streams for the audit. */

import { createServer, type Server, type ServerOptions } from '../http/server.ts'
import { addAgeing } from './ageing.ts'
import { addAudit } from './audit.ts'
import { addCatalogue } from './catalogue.ts'
import { addCredit } from './credit.ts'
import { addDealerStatement } from './dealer-statement.ts'
import { addImports } from './imports.ts'
import { addInvoices } from './invoices.ts'
import { addLedger } from './ledger.ts'
import { addOperations } from './operations.ts'
import { addOrders } from './orders.ts'
import { addPayments } from './payments.ts'
import type { ReadPorts } from './ports.ts'
import { addReceivables } from './receivables.ts'
import { addReconciliation } from './reconciliation.ts'
import { addRefunds } from './refunds.ts'
import { addReturns } from './returns.ts'
import { addReviews } from './reviews.ts'
import { addStock } from './stock.ts'

export async function createReadApi(
  ports: ReadPorts,
  options: Omit<ServerOptions, 'title' | 'description'>,
): Promise<Server> {
  const server = await createServer({
    ...options,
    title: 'tradeline: read service',
    description: 'Read models, ledger and audit. `?after=` waits until a position is seen.',
  })
  const parts = [
    addOrders,
    addReviews,
    addImports,
    addCatalogue,
    addStock,
    addCredit,
    addReceivables,
    addPayments,
    addRefunds,
    addReturns,
    addInvoices,
    addLedger,
    addReconciliation,
    addDealerStatement,
    addAgeing,
    addAudit,
    addOperations,
  ]
  for (const add of parts) add(server, ports)
  return server
}
