/** The one file of a form that is sent as `multipart/form-data`. */

import type { FastifyRequest } from 'fastify'
import { Problem } from '../http/problem.ts'

/** What a body has besides its file. */
const ENVELOPE_BYTES = 64 * 1024

/** For the parser of bodies: one file and nothing else, of at most so many bytes. */
export function multipartOptions(mostBytes: number) {
  const limits = { files: 1, fields: 0, parts: 1, fileSize: mostBytes, headerPairs: 20 }
  return { limits, throwFileSizeLimit: true }
}

export type UploadedFile = Readonly<{ bytes: Buffer; name: string }>

/** The one part called `file`. */
export async function fileOf(request: FastifyRequest, mostBytes: number): Promise<UploadedFile> {
  if (!request.isMultipart()) {
    throw new Problem(415, 'unsupported-media-type', 'Send the file as multipart/form-data.')
  }
  if (Number(request.headers['content-length'] ?? 0) > mostBytes + ENVELOPE_BYTES) {
    throw bodyTooLarge(mostBytes)
  }
  try {
    const part = await request.file()
    if (part?.fieldname === 'file') {
      return { bytes: await part.toBuffer(), name: part.filename }
    }
  } catch (error) {
    throw uploadProblem(error, mostBytes)
  }
  throw new Problem(400, 'file-missing', 'The body must hold one part, the file, called "file".')
}

function bodyTooLarge(mostBytes: number): Problem {
  return new Problem(413, 'file-too-large', `A file may have ${mostBytes} bytes: divide it.`)
}

/** What the parser of bodies says; whatever it has no status for is a body that it can't read. */
function uploadProblem(error: unknown, mostBytes: number): unknown {
  const { code, message } = error instanceof Error && 'code' in error ? error : MALFORMED
  if (code === 'FST_REQ_FILE_TOO_LARGE') return bodyTooLarge(mostBytes)
  if (/^FST_(PARTS|FILES|FIELDS)_LIMIT$/.test(String(code))) {
    return new Problem(400, 'file-missing', 'The body must hold one part only, the file.')
  }
  const reason = error instanceof Error ? error.message : message
  return new Problem(400, 'malformed-request', `The body can't be read as multipart: ${reason}.`)
}

const MALFORMED = { code: undefined, message: 'malformed' }
