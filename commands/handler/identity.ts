/** Ids that follow from what was asked, so that asking again gives the same. */

import { createHash } from 'node:crypto'
import { v5 } from 'uuid'

const COMMANDS = 'b8f1a3f0-5a57-4c0e-9c8f-3d1d5e9a7c01'

/** The id of a command sent with an idempotency key by a caller. */
export function commandIdOf(caller: string, key: string): string {
  return v5(`${caller}\n${key}`, COMMANDS)
}

/** The id of the nth event of one try at a command. */
export function eventIdOf(salt: string, index: number): string {
  return v5(String(index), salt)
}

const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz'
const ID_LENGTH = 20

/** A short id (100 bits) that follows from a command's id and a purpose. */
export function newIdOf(commandId: string, purpose: string): string {
  const digest = createHash('sha256').update(commandId).update('\n').update(purpose).digest()
  let text = ''
  for (let index = 0; index < ID_LENGTH; index++) text += BASE32[(digest[index] ?? 0) & 31]
  return text
}

/** SHA-256 of a command's name and the JSON of its parsed input, whose field order its schema fixes. */
export function payloadHashOf(command: string, payload: string): string {
  return createHash('sha256').update(`${command}\n${payload}`).digest('base64url')
}
