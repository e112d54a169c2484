/** Wakes whoever waits for more work; rung before anybody listens, it is not heard. */

export type Bell = Readonly<{
  ring: () => void
  /** Resolves at the next ring after this call. */
  next: () => Promise<'rung'>
}>

export function createBell(): Bell {
  let next = Promise.withResolvers<'rung'>()
  return {
    ring: () => {
      next.resolve('rung')
      next = Promise.withResolvers()
    },
    next: () => next.promise,
  }
}
