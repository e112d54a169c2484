/** Appends that wait to be committed: bounded, and in the order they came. */
import type { AppendAnswer, AppendRequest } from './append-group.ts'

const MAX_GROUP_EVENTS = 4_000
const MAX_GROUP_BYTES = 8 * 1024 * 1024
const MAX_QUEUED_APPENDS = 10_000
const MAX_QUEUED_BYTES = 64 * 1024 * 1024

export type AppendOutcome =
  | AppendAnswer
  /** Postgres was lost: whether the events are written is unknown. */
  | Readonly<{ kind: 'unavailable'; reason: string }>
  | Readonly<{ kind: 'overloaded' }>

export type Waiting = Readonly<{
  request: AppendRequest
  answer: (outcome: AppendOutcome) => void
}>

export type AppendQueue = Readonly<{
  isEmpty: () => boolean
  /** Resolves with the outcome; `overloaded` at once when there is no room. */
  add: (request: AppendRequest) => Promise<AppendOutcome>
  /** Takes what is to be committed together. */
  takeGroup: () => readonly Waiting[]
  /** Whether callers should hold back; `room` resolves when they need not any more. */
  isCrowded: () => boolean
  room: () => Promise<void>
}>

export function createAppendQueue(): AppendQueue {
  const waiting: Waiting[] = []
  const roomWaiters: (() => void)[] = []
  let bytes = 0

  const isCrowded = () => waiting.length > MAX_QUEUED_APPENDS / 2 || bytes > MAX_QUEUED_BYTES / 2
  const isFull = (more: number) =>
    waiting.length >= MAX_QUEUED_APPENDS || bytes + more > MAX_QUEUED_BYTES

  return {
    isEmpty: () => waiting.length === 0,
    add: (request) => {
      if (isFull(request.bytes)) return Promise.resolve({ kind: 'overloaded' })
      return new Promise((answer) => {
        waiting.push({ request, answer })
        bytes += request.bytes
      })
    },
    takeGroup: () => {
      const group = waiting.splice(0, groupLength(waiting))
      for (const { request } of group) bytes -= request.bytes
      if (!isCrowded()) for (const resume of roomWaiters.splice(0)) resume()
      return group
    },
    isCrowded,
    room: () => {
      if (!isCrowded()) return Promise.resolve()
      return new Promise((resolve) => roomWaiters.push(resolve))
    },
  }
}

/** How many of those who wait fit into one transaction; at least one. */
function groupLength(waiting: readonly Waiting[]): number {
  let events = 0
  let bytes = 0
  let length = 0
  for (const { request } of waiting) {
    events += request.events.length
    bytes += request.bytes
    if (length > 0 && (events > MAX_GROUP_EVENTS || bytes > MAX_GROUP_BYTES)) break
    length += 1
  }
  return length
}
