/** A log file that can't fill the disk: at its bound it becomes `<file>.1`, and a new one begins. */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs'

const defaultMaxBytes = 5 * 1024 * 1024
const tailLimit = 4_000

export type BoundedLog = Readonly<{
  write: (chunk: Buffer) => void
  /** The last lines written, for saying why a process ended. */
  tail: () => string[]
  close: () => void
}>

/** Opens (or goes on with) the file; keeps at most `2 * maxBytes` and one chunk on disk. */
export function boundedLog(file: string, maxBytes = defaultMaxBytes): BoundedLog {
  let descriptor = openSync(file, 'a', 0o600)
  let bytes = fstatSync(descriptor).size
  let last = ''
  const startAnew = () => {
    closeSync(descriptor)
    renameSync(file, `${file}.1`)
    descriptor = openSync(file, 'a', 0o600)
    bytes = 0
  }
  return {
    write: (chunk) => {
      last = (last + chunk.toString('utf8')).slice(-tailLimit)
      try {
        if (bytes >= maxBytes) startAnew()
        bytes += writeSync(descriptor, chunk)
      } catch {
        // A full disk must not stop the system for the sake of a log line.
      }
    },
    tail: () => last.split('\n').filter((line) => line.trim() !== ''),
    close: () => closeSync(descriptor),
  }
}
