/** `npm run docs`: writes the pages that are made from the declarations. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { asyncApi } from '../feed/asyncapi.ts'
import { catalogue, feedGuide } from '../feed/pages.ts'
import { discover } from '../infra/discover.ts'

const root = fileURLToPath(new URL('../', import.meta.url))

/** What each made file holds, by its path from the root. */
export async function madeDocuments(): Promise<ReadonlyMap<string, string>> {
  const declared = await discover(root)
  const publicEvents = [...declared.publicEvents.values()]
  return new Map([
    ['docs/events.md', catalogue(declared)],
    ['docs/erp-feed.md', feedGuide(publicEvents)],
    ['docs/asyncapi.json', `${JSON.stringify(asyncApi(publicEvents), null, 2)}\n`],
  ])
}

if (import.meta.main) {
  for (const [path, text] of await madeDocuments()) await writeFile(join(root, path), text)
}
