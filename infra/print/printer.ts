/** Has PDFs made in a thread of its own, started with the first and again should it die. */

import { Worker } from 'node:worker_threads'
import { Overloaded } from '../../commands/handler/errors.ts'
import type { PrintedInvoice } from '../../read-api/pdf/invoice-printed.ts'
import type { Printer } from '../../read-api/ports.ts'

export type PrintJob = Readonly<{ id: number; invoice: PrintedInvoice }>

export type PrintAnswer = Readonly<{ id: number; bytes: Uint8Array }> | Failed
type Failed = Readonly<{ id: number; reason: string }>

type Waiting = Readonly<{ resolve: (bytes: Buffer) => void; reject: (error: Error) => void }>

const PROGRAM = new URL('./print-thread.ts', import.meta.url)
const MOST_WAITING = 32

export type RunningPrinter = Printer & Readonly<{ stop: () => Promise<void> }>

export function createPrinter(): RunningPrinter {
  const waiting = new Map<number, Waiting>()
  let worker: Worker | undefined
  let jobs = 0

  function start(): Worker {
    const started = new Worker(PROGRAM, { name: 'printer' })
    started.on('message', (answer: PrintAnswer) => {
      const { resolve, reject } = waiting.get(answer.id) ?? {}
      waiting.delete(answer.id)
      if ('bytes' in answer) resolve?.(Buffer.from(answer.bytes))
      else reject?.(new Error(`a PDF could not be made: ${answer.reason}`))
    })
    const died = (reason: string) => {
      if (worker !== started) return
      worker = undefined
      for (const { reject } of waiting.values()) reject(new Overloaded(reason))
      waiting.clear()
    }
    started.on('error', (error) => died(`the thread that prints died: ${error.message}`))
    started.on('exit', () => died('the thread that prints ended'))
    return started
  }

  return {
    async invoice(invoice) {
      if (waiting.size >= MOST_WAITING) throw new Overloaded('too many PDFs are being made')
      worker ??= start()
      jobs += 1
      const id = jobs
      const made = new Promise<Buffer>((resolve, reject) => waiting.set(id, { resolve, reject }))
      worker.postMessage({ id, invoice })
      return await made
    },
    async stop() {
      await worker?.terminate()
    },
  }
}
