/**
 * Which scenarios the embedded node is not held to.
 *
 * It leaves out deletion, stream metadata, links and persistent subscriptions (see
 * `docs/decisions/event-store-node.md`): a scenario that uses one of those is not run. What differs
 * for another reason is listed with it; the test fails if a listed scenario passes after all.
 */

const leftOutAreas = ['delete', 'metadata', 'persistent']
const leftOutCalls =
  /deleteStream|tombstoneStream|[gs]etStreamMetadata|PersistentSubscription|resolveLinkTos: true/

/** Uses calls that are left out, but only to see them time out in the client. */
const runsAnyway = ['client/deadline-already-passed']

/** Whether a scenario, by its name and source, rests on something that is left out. */
export function restsOnWhatIsLeftOut(name: string, source: string): boolean {
  if (runsAnyway.includes(name)) return false
  return leftOutAreas.some((area) => name.startsWith(`${area}/`)) || leftOutCalls.test(source)
}

export const differences: Readonly<Record<string, string>> = {
  'client/capabilities':
    'The node announces only the methods it serves, so that a client can tell what it leaves out.',
}
