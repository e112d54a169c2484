/** Matches in a thread of its own: a large statement takes seconds, in which nothing else would be decided. */

import { parentPort, workerData } from 'node:worker_threads'
import { match } from '../../domain/reconciliation/match.ts'
import type { Matching } from './matching.ts'

const { lines, books, limits } = workerData as Matching
parentPort?.postMessage(match(lines, books, limits))
