/** XML, read piece by piece; prefixes of names do not count. */

import { SaxesParser } from 'saxes'
import { unreadable } from './file-problem.ts'

export type XmlHandlers = Readonly<{
  open?: (name: string, attributes: Readonly<Record<string, string>>) => void
  close?: (name: string) => void
  text?: (text: string) => void
}>

/**
 * Calls the handlers; gives the stream a way to pass on, between two pieces, what they collected. `what`
 * is being read, for messages. No document types, and so no entities but the five that XML has itself.
 */
export async function* readXml<Item>(
  part: AsyncIterable<Uint8Array>,
  handlers: XmlHandlers,
  collected: () => readonly Item[],
  what = 'A part of the workbook',
): AsyncGenerator<Item> {
  const parser = parserOf(handlers, what)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  try {
    for await (const piece of part) {
      parser.write(decoder.decode(piece, { stream: true }))
      yield* collected()
    }
    parser.write(decoder.decode()).close()
  } catch (error) {
    throw isOfEncoding(error) ? unreadable(`${what} is not in UTF-8.`) : error
  }
  yield* collected()
}

function isOfEncoding(error: unknown): boolean {
  return error instanceof TypeError && 'code' in error
}

function parserOf({ open, close, text }: XmlHandlers, what: string) {
  const parser = new SaxesParser({ xmlns: false, position: false })
  parser.on('error', (error) => {
    throw unreadable(`${what} is no XML: ${error.message}.`)
  })
  parser.on('doctype', () => {
    throw unreadable(`${what} declares a document type.`)
  })
  if (open) parser.on('opentag', ({ name, attributes }) => open(local(name), attributes))
  if (close) parser.on('closetag', ({ name }) => close(local(name)))
  if (text) {
    parser.on('text', text)
    parser.on('cdata', text)
  }
  return parser
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
