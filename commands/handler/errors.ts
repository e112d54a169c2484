/** The ways in which handling fails that are no refusal of the domain. */

/** Too much is waiting, or something needed is away: try again later (503). */
export class Overloaded extends Error {
  readonly retryAfterSeconds: number
  constructor(what: string, retryAfterSeconds = 1) {
    super(what)
    this.name = 'Overloaded'
    this.retryAfterSeconds = retryAfterSeconds
  }
}
