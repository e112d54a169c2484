/** The lines of a request. */

import { z } from 'zod'

/** At least one, at most 1,000; a field that is not of their shape is a mistake of the sender's. */
export function askedLines<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.array(z.strictObject(shape)).min(1, 'must have at least one line').max(1000)
}
