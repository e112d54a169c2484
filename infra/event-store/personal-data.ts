/**
 * Personal fields are sealed with a key per person before they are stored (AES-256-GCM). Forgetting
 * the key forgets the data everywhere at once, while the stored bytes, and every hash over them, stay.
 */

import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'

/** The keys of the persons whose data is stored. */
export interface PersonalKeys {
  /** The person's key; made, and durable, before it is given out for the first time. */
  keyFor(subject: string): Promise<Buffer>
  /** The keys there are, by subject; a forgotten person is missing. */
  known(subjects: readonly string[]): Promise<ReadonlyMap<string, Buffer>>
  /** Deletes the person's key: what was sealed with it can never be read again. */
  forget(subject: string): Promise<void>
}

export const PERSONAL_KEY_BYTES = 32

/** A sealed field as it is stored in the event's JSON, in the field's place. */
export const SealedField = z.strictObject({
  $sealed: z.literal('aes-256-gcm'),
  subject: z.string(),
  /** Which key of this person: the first 8 bytes of its SHA-256, as hex. */
  key: z.string(),
  /** Nonce (12 bytes), tag (16 bytes) and ciphertext, as base64. */
  box: z.string(),
})
export type SealedField = z.output<typeof SealedField>

/** Whether a stored field is sealed. Cheap: it is asked of every field of every event. */
export function isSealed(value: unknown): value is SealedField {
  return typeof value === 'object' && value !== null && '$sealed' in value
}

const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Seals a JSON value. `place` binds it to where it stands: it opens nowhere else. */
export function seal(value: unknown, subject: string, key: Buffer, place: string): SealedField {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place))
  const text = Buffer.concat([cipher.update(JSON.stringify(value), 'utf8'), cipher.final()])
  const box = Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64')
  return { $sealed: 'aes-256-gcm', subject, key: fingerprint(key), box }
}

/**
 * Opens a sealed value; `undefined` if it was sealed with a key that is forgotten, even where the
 * same person has a newer one. Throws if the stored bytes were changed.
 */
export function open(sealed: SealedField, key: Buffer | undefined, place: string): unknown {
  if (key === undefined || fingerprint(key) !== sealed.key) return undefined
  const box = Buffer.from(sealed.box, 'base64')
  const nonce = box.subarray(0, NONCE_BYTES)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce)
    .setAAD(Buffer.from(place))
    .setAuthTag(box.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
  const text = decipher.update(box.subarray(NONCE_BYTES + TAG_BYTES), undefined, 'utf8')
  return JSON.parse(text + decipher.final('utf8'))
}

function fingerprint(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16)
}

/** Keys that live and die with the process, for tests and simulations. */
export function memoryKeys(): PersonalKeys {
  const keys = new Map<string, Buffer>()
  return {
    keyFor: async (subject) => {
      const key = keys.get(subject) ?? randomBytes(PERSONAL_KEY_BYTES)
      keys.set(subject, key)
      return key
    },
    known: async (subjects) =>
      new Map(
        subjects.flatMap((subject) => {
          const key = keys.get(subject)
          return key === undefined ? [] : [[subject, key] as const]
        }),
      ),
    forget: async (subject) => {
      keys.delete(subject)
    },
  }
}
