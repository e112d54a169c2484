/** By what a dealer can pay, and by what not. */

import { type Refusal, refusal } from '../kernel/decision.ts'

export function methodUnavailable(method: string, available: readonly string[]): Refusal {
  return refusal('payment-method-unavailable', {
    message: `payments by ${method} are not available`,
    inputs: { method, available },
    ways: available.map((one) => `pay by ${one}`),
  })
}
