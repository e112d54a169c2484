/** Parts of an XML file, one after another: each a tree of names, dropped once it was looked at. */

import { unreadable } from '../import-file/file-problem.ts'
import { readXml, type XmlHandlers } from '../import-file/xml.ts'
import { STATEMENT_BOUNDS } from './statement.ts'

export type Element = Readonly<{
  name: string
  attributes: Readonly<Record<string, string>>
  text: string
  children: readonly Element[]
}>

type Open = {
  name: string
  attributes: Readonly<Record<string, string>>
  text: string
  children: Element[]
}

/** Parts of a file, with where each was found: `Document/BkToCstmrStmt/Stmt/Ntry`. */
export type Part = Readonly<{ path: string; element: Element }>

/** Elements of one part, of which a movement has some twenty: they are in memory together. */
const MOST_ELEMENTS = 1_000_000
const MOST_TEXT = 4_000

/**
 * The parts at these paths, in their order; and each path of `ends` as an empty part when its element
 * ends. Throws a problem for what is no XML, has a document type, or is too deep.
 */
export async function* partsOf(
  bytes: AsyncIterable<Uint8Array>,
  paths: ReadonlySet<string>,
  ends: ReadonlySet<string>,
): AsyncGenerator<Part> {
  const names: string[] = []
  const open: Open[] = []
  let found: Part[] = []
  let elements = 0
  const handlers: XmlHandlers = {
    open: (name, attributes) => {
      names.push(name)
      if (names.length > STATEMENT_BOUNDS.depth) throw unreadable('The file is too deep.')
      if (open.length === 0 && !paths.has(names.join('/'))) return
      elements = open.length === 0 ? 1 : elements + 1
      if (elements > MOST_ELEMENTS) throw unreadable('One entry of the file is too long.')
      open.push({ name, attributes, text: '', children: [] })
    },
    text: (text) => {
      const element = open.at(-1)
      if (element !== undefined && element.text.length < MOST_TEXT) {
        element.text += text.slice(0, MOST_TEXT)
      }
    },
    close: () => {
      const path = names.join('/')
      names.pop()
      const element = open.pop()
      if (element === undefined) {
        const nothing = { name: '', attributes: {}, text: '', children: [] }
        if (ends.has(path)) found.push({ path, element: nothing })
        return
      }
      const parent = open.at(-1)
      if (parent === undefined) found.push({ path, element })
      else parent.children.push(element)
    },
  }
  const collected = () => {
    const some = found
    found = []
    return some
  }
  yield* readXml(bytes, handlers, collected, 'The file')
}

/** All elements at a path below one. */
export function allAt(element: Element, path: string): readonly Element[] {
  return path
    .split('/')
    .reduce<readonly Element[]>(
      (level, name) => level.flatMap(({ children }) => children.filter((one) => one.name === name)),
      [element],
    )
}

/** The trimmed text of the first element that one of the paths leads to; empty if none does. */
export function textAt(element: Element, ...paths: readonly string[]): string {
  for (const path of paths) {
    const [first] = allAt(element, path)
    if (first !== undefined && first.text.trim() !== '') return first.text.trim()
  }
  return ''
}
