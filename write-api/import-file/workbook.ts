/** The parts of a workbook (.xlsx): a zip archive whose parts are read one at a time, within bounds. */

import type { Readable } from 'node:stream'
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl'
import { BOUNDS } from './bounds.ts'
import { tooLarge, unreadable, wrongType } from './file-problem.ts'
import { readXml, type XmlHandlers } from './xml.ts'

export type Workbook = Readonly<{
  /** A part as it is unpacked; undefined if there is none of that name. */
  part: (path: string, mostBytes?: number) => Promise<Readable | undefined>
  /** The first sheet that is shown, and what goes with it. */
  sheet: string
  sharedStrings: string | undefined
  styles: string | undefined
}>

/** Throws a problem for what is no workbook, is broken, or unpacks to more than the bounds. */
export async function openWorkbook(bytes: Buffer): Promise<Workbook> {
  const zip = await opened(bytes)
  const entries = await entriesOf(zip)
  const part = async (path: string, mostBytes: number = BOUNDS.partBytes) => {
    const entry = entries.get(path)
    return entry && (await unpacked(zip, entry, mostBytes))
  }
  const main = await mainPart(part)
  const relations = await relationsOf(part, main)
  const sheet = await firstSheet(part, main, relations)
  const byKind = (kind: string) => [...relations.values()].find((one) => one.kind === kind)?.path
  return { part, sheet, sharedStrings: byKind('sharedStrings'), styles: byKind('styles') }
}

async function opened(bytes: Buffer): Promise<ZipFile> {
  try {
    return await fromBufferPromise(bytes)
  } catch (error) {
    throw broken(error)
  }
}

function broken(error: unknown): unknown {
  return unreadable(`The workbook is broken: ${error instanceof Error ? error.message : 'no zip'}.`)
}

async function entriesOf(zip: ZipFile): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>()
  try {
    if (zip.entryCount > BOUNDS.parts) throw tooLarge(`The workbook has ${zip.entryCount} parts.`)
    for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry)
  } catch (error) {
    throw asProblem(error)
  }
  return entries
}

/** The size that the archive states is held against the bound, and what comes against that size. */
async function unpacked(zip: ZipFile, entry: Entry, mostBytes: number): Promise<Readable> {
  if (entry.uncompressedSize > mostBytes) {
    const detail = `unpacks to ${entry.uncompressedSize} bytes, and may to ${mostBytes}`
    throw tooLarge(`The workbook's ${entry.fileName} ${detail}.`)
  }
  if (entry.isEncrypted()) throw wrongType('The workbook is protected: save it without a password.')
  try {
    return await zip.openReadStreamPromise(entry)
  } catch (error) {
    throw broken(error)
  }
}

/** A problem stays what it is; anything else thrown while unpacking is the archive's fault. */
export function asProblem(error: unknown): unknown {
  return error instanceof Error && error.name === 'Problem' ? error : broken(error)
}

type PartOf = Workbook['part']

/** Reads a whole part for what its handlers take from it. */
export async function readPart(
  stream: AsyncIterable<Uint8Array>,
  handlers: XmlHandlers,
): Promise<void> {
  try {
    await Array.fromAsync(readXml(stream, handlers, () => []))
  } catch (error) {
    throw asProblem(error)
  }
}

const NO_WORKBOOK = 'This is no workbook: send .xlsx or .csv.'

/** The workbook's own part, wherever the package says that it is. */
async function mainPart(part: PartOf): Promise<string> {
  const relations = await part('_rels/.rels')
  if (relations === undefined) throw wrongType(NO_WORKBOOK)
  let main: string | undefined
  await readPart(relations, {
    open: (name, { Type = '', Target = '' }) => {
      if (name === 'Relationship' && Type.endsWith('/officeDocument')) main ??= Target
    },
  })
  if (main === undefined) throw wrongType(NO_WORKBOOK)
  return resolved('', main)
}

type Relation = Readonly<{ kind: string; path: string }>

async function relationsOf(part: PartOf, main: string): Promise<ReadonlyMap<string, Relation>> {
  const folder = main.slice(0, main.lastIndexOf('/') + 1)
  const relations = new Map<string, Relation>()
  const stream = await part(`${folder}_rels/${main.slice(folder.length)}.rels`)
  if (stream === undefined) throw wrongType(NO_WORKBOOK)
  await readPart(stream, {
    open: (name, { Id, Type = '', Target = '', TargetMode }) => {
      if (name !== 'Relationship' || Id === undefined || TargetMode === 'External') return
      const kind = Type.slice(Type.lastIndexOf('/') + 1)
      relations.set(Id, { kind, path: resolved(folder, Target) })
    },
  })
  return relations
}

async function firstSheet(
  part: PartOf,
  main: string,
  relations: ReadonlyMap<string, Relation>,
): Promise<string> {
  const stream = await part(main)
  if (stream === undefined) throw wrongType(NO_WORKBOOK)
  let first: string | undefined
  await readPart(stream, {
    open: (name, attributes) => {
      if (name !== 'sheet' || (attributes.state ?? 'visible') !== 'visible') return
      const [, id = ''] = Object.entries(attributes).find(([key]) => key.endsWith(':id')) ?? []
      const relation = relations.get(id)
      if (relation?.kind === 'worksheet') first ??= relation.path
    },
  })
  if (first === undefined) throw wrongType(NO_WORKBOOK)
  return first
}

/** A target is relative to its part's folder, or begins at the root. */
function resolved(folder: string, target: string): string {
  return new URL(target, `zip:/${folder}`).pathname.slice(1)
}
