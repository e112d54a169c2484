/** `POST /v1<path>/import`: the route that follows from an import's declaration. */

import multipart from '@fastify/multipart'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { Overloaded } from '../commands/handler/errors.ts'
import type { AnyFileImport } from '../commands/imports/declaration.ts'
import type { Imported, Importer } from '../commands/imports/importer.ts'
import { rowVerdicts } from '../commands/imports/report.ts'
import { callerOf } from '../http/caller.ts'
import { PROBLEM_ANSWER, problemOf, roleForbidden } from '../http/problem.ts'
import type { Server } from '../http/server.ts'
import { idempotencyKeyOf, traceparentOf } from './headers.ts'
import { BOUNDS } from './import-file/bounds.ts'
import { readImportFile } from './import-file/read-file.ts'
import { fileOf, multipartOptions } from './uploaded-file.ts'

/** Files taken in at once: each may need some tens of megabytes. */
const MOST_AT_ONCE = 4

/** Adds the routes of all imports; they alone understand `multipart/form-data`. */
export async function addImportRoutes(
  server: Server,
  imports: Iterable<AnyFileImport>,
  importer: Importer,
): Promise<void> {
  let underWay = 0
  await server.register(async (scope) => {
    await scope.register(multipart, multipartOptions(BOUNDS.fileBytes))
    for (const declared of imports) {
      const schema = describe(declared)
      scope.post(`/v1${declared.path}/import`, { schema }, async (request, reply) => {
        refuseRole(declared, request)
        if (underWay >= MOST_AT_ONCE) throw new Overloaded('too many files are being taken in', 5)
        underWay += 1
        try {
          return await take(declared, importer, request, reply)
        } finally {
          underWay -= 1
        }
      })
    }
  })
}

function refuseRole({ command, kind }: AnyFileImport, request: FastifyRequest): void {
  const { role } = callerOf(request)
  if (!command.roles.some((one) => one === role)) {
    throw roleForbidden(role, command.roles, `import ${kind}`)
  }
}

async function take(
  declared: AnyFileImport,
  importer: Importer,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Readonly<Record<string, unknown>>> {
  const idempotencyKey = idempotencyKeyOf(request)
  const { bytes } = await fileOf(request, BOUNDS.fileBytes)
  const { layout, ...file } = await readImportFile(declared, bytes)
  const { secondFactor: _, ...caller } = callerOf(request)
  const imported = await importer.take({
    declared,
    ...file,
    actor: { ...caller, address: request.ip },
    idempotencyKey,
    traceparent: traceparentOf(request),
  })
  return answer(declared, imported, layout.ignored, reply)
}

function answer(
  { kind, idName }: AnyFileImport,
  imported: Imported,
  ignored: readonly string[],
  reply: FastifyReply,
): Readonly<Record<string, unknown>> {
  if (!imported.accepted) throw problemOf(imported.refusal)
  const { outcome, revision, position, replayed } = imported
  const { importId, completed } = outcome
  if (completed === undefined) throw new Error('an import was answered before it was completed')
  const { totals, verdicts } = completed
  if (replayed) reply.header('idempotency-replayed', 'true')
  reply.header('etag', `W/"${revision}"`)
  reply.header('tradeline-position', String(position))
  return {
    importId,
    accepted: totals.rowsAccepted,
    refused: totals.rowsRefused,
    [kind]: totals.unitsAccepted,
    ignoredColumns: ignored,
    rows: rowVerdicts(verdicts, idName),
    position: String(position),
  }
}

function describe(declared: AnyFileImport) {
  const { command, kind, path, summary, columns, idName } = declared
  const headings = Object.values(columns).map(({ headings: { en, zh } }) => `${en} / ${zh}`)
  return {
    operationId: `Import${kind.charAt(0).toUpperCase()}${kind.slice(1)}`,
    summary,
    description: [
      `Roles: ${command.roles.join(', ')}.`,
      `Columns, in any order: ${headings.join(', ')}.`,
      `At most ${BOUNDS.rows} rows and ${BOUNDS.fileBytes} bytes.`,
      `The template is at \`GET /v1${path}/import-template.xlsx\` of the read service.`,
    ].join(' '),
    tags: [path.split('/')[1] ?? ''],
    consumes: ['multipart/form-data'],
    body: z.object({ file: z.string().meta({ format: 'binary' }) }),
    headers: z.object({ 'idempotency-key': z.string().optional() }),
    response: {
      200: z.object({
        importId: z.string(),
        accepted: z.number().int().describe('Rows.'),
        refused: z.number().int().describe('Rows.'),
        [kind]: z.number().int().describe('What the accepted rows became.'),
        ignoredColumns: z.array(z.string()),
        rows: z.array(
          z.object({
            row: z.number().int().describe("As the file's program numbers it, from 1."),
            verdict: z.enum(['accepted', 'refused']),
            [idName]: z.string().optional(),
            code: z.string().optional(),
            message: z.string().optional(),
          }),
        ),
        position: z.string(),
      }),
      default: PROBLEM_ANSWER,
    },
  }
}
