/** A place in the log of all streams. Positions are bigint: never through a JS number. */

export type Position = bigint

/** Before every event. */
export const START: Position = -1n
