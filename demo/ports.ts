/** What playing the history needs of tradeline: its two services, as any outside program sees them. */

import type { Role } from '../domain/kernel/roles.ts'
import type { WriteRequest } from './requests.ts'

export interface DemoPorts {
  /** Sends a write; resolves with the answer's body. Throws `Refused` where the answer is a problem. */
  post(request: WriteRequest, options?: PostOptions): Promise<unknown>
  /** Sends a file; the same content may be sent again. */
  upload(file: UploadedFile, options?: PostOptions): Promise<unknown>
  /** Reads a path below `/v1`, query included. */
  get(path: string, role: Role): Promise<unknown>
}

export type UploadedFile = Readonly<{
  /** Below `/v1`. */
  path: string
  name: string
  content: string
  role: Role
}>

export type PostOptions = Readonly<{
  /** `Prefer: wait=…`: how long to wait for the coordinated outcome. */
  waitSeconds?: number
}>

/** A problem document came back. */
export class Refused extends Error {
  readonly status: number
  readonly code: string
  constructor(asked: string, status: number, code: string, detail: string) {
    super(`${asked}: ${status} ${code}: ${detail}`)
    this.name = 'Refused'
    this.status = status
    this.code = code
  }
}
