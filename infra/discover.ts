/**
 * Finds what is declared: every event, aggregate, command, file import, saga, read model and public
 * event that a file below the declaring folders exports. A new declaration is there by being written;
 * nothing registers it.
 */

import { readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type AnyCommand, isCommand } from '../commands/command.ts'
import { type AnyFileImport, isFileImport } from '../commands/imports/declaration.ts'
import { type Aggregate, isAggregate } from '../domain/kernel/aggregate.ts'
import { type AnyEventDefinition, isEventDefinition } from '../domain/kernel/event.ts'
import { isPublicEvent, type PublicEvent } from '../feed/public-event.ts'
import { isReadModel, type ReadModel } from '../projections/read-model.ts'
import { isSaga, type Saga } from '../sagas/saga.ts'

/** Everything declared, by its name: an event's type, an aggregate's category. */
export type Declarations = Readonly<{
  events: ReadonlyMap<string, AnyEventDefinition>
  aggregates: ReadonlyMap<string, Aggregate>
  commands: ReadonlyMap<string, AnyCommand>
  /** By kind, such as `orders`. */
  imports: ReadonlyMap<string, AnyFileImport>
  sagas: ReadonlyMap<string, Saga>
  readModels: ReadonlyMap<string, ReadModel>
  /** By type, such as `tradeline.v1.orders.order-confirmed`. */
  publicEvents: ReadonlyMap<string, PublicEvent>
}>

/** The folder that holds `domain` and its neighbours. */
export const ROOT = join(import.meta.dirname, '..')

const FOLDERS = ['domain', 'commands', 'sagas', 'projections', 'feed']

/** `root` is the folder that holds `domain` and its neighbours. Throws if two share a name. */
export async function discover(root: string): Promise<Declarations> {
  const found = collection()
  for (const file of await sourceFiles(root)) {
    const exported: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href)
    for (const value of Object.values(exported)) found.add(value, relative(root, file))
  }
  return found.declarations
}

async function sourceFiles(root: string): Promise<readonly string[]> {
  const folders = await Promise.all(
    FOLDERS.map(async (folder) => {
      const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true })
      return entries
        .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
        .map((entry) => join(entry.parentPath, entry.name))
    }),
  )
  return folders.flat().sort()
}

function collection() {
  const events = named<AnyEventDefinition>('events')
  const aggregates = named<Aggregate>('aggregates')
  const commands = named<AnyCommand>('commands')
  const imports = named<AnyFileImport>('imports')
  const sagas = named<Saga>('sagas')
  const readModels = named<ReadModel>('read models')
  const publicEvents = named<PublicEvent>('public events')
  return {
    declarations: {
      events: events.byName,
      aggregates: aggregates.byName,
      commands: commands.byName,
      imports: imports.byName,
      sagas: sagas.byName,
      readModels: readModels.byName,
      publicEvents: publicEvents.byName,
    },
    add: (value: unknown, file: string) => {
      if (isEventDefinition(value)) events.add(value.eventType, value, file)
      else if (isCommand(value)) commands.add(value.name, value, file)
      else if (isFileImport(value)) imports.add(value.kind, value, file)
      else if (isSaga(value)) sagas.add(value.name, value, file)
      else if (isReadModel(value)) readModels.add(value.name, value, file)
      else if (isPublicEvent(value)) publicEvents.add(value.type, value, file)
      else if (isAggregate(value)) {
        aggregates.add(value.category, value, file)
        for (const definition of value.events) events.add(definition.eventType, definition, file)
      }
    },
  }
}

/** Things of one kind, by name; the same one may be found in more than one file. */
function named<Value>(kind: string) {
  const byName = new Map<string, Value>()
  const places = new Map<string, string>()
  return {
    byName,
    add: (name: string, value: Value, file: string) => {
      const there = byName.get(name)
      if (there !== undefined && there !== value) {
        throw new Error(`two ${kind} are called ${name}: in ${places.get(name)} and in ${file}`)
      }
      if (there !== undefined) return
      byName.set(name, value)
      places.set(name, file)
    },
  }
}
