/** Why a file can't be read at all; nothing of it is taken. */

import { Problem } from '../../http/problem.ts'

/** Parsers say what they stumbled over, which may be as long as the file. */
const MOST_DETAIL_LENGTH = 500

/** It is what it says it is, but broken. */
export function unreadable(detail: string): Problem {
  return new Problem(400, 'file-unreadable', detail.slice(0, MOST_DETAIL_LENGTH))
}

export function wrongType(detail: string): Problem {
  return new Problem(415, 'file-type-unsupported', detail)
}

export function tooLarge(detail: string): Problem {
  return new Problem(413, 'file-too-large', detail)
}
