import { test } from 'tap'
import { rehearse } from '../../sagas/rehearsal.ts'
import type { SagaCommand } from '../../sagas/saga.ts'
import { BROADCAST, listen, saga } from '../../sagas/saga.ts'
import { Noted } from '../support/events.ts'
import { recorded } from '../support/recorded.ts'

const noted = (n: number) => recorded('notes-1', Noted({ n }))

/** Counts down, one command for each number, and remembers how often it was called. */
const countdown = saga<Readonly<{ calls: number }>>({
  name: 'countdown',
  version: 1,
  listens: [
    listen(
      Noted,
      () => 'one',
      (state, { data: { n } }) => ({
        state: { calls: (state?.calls ?? 0) + 1 },
        commands:
          n === 0 ? [] : [{ command: 'Note', input: { n: n - 1, calls: state?.calls ?? 0 } }],
      }),
    ),
  ],
})

test('a saga is given what its commands would write, until it asks for no more', async (t) => {
  const sent: SagaCommand[] = []
  const { play } = rehearse(countdown, async (command) => {
    sent.push(command)
    return [noted(Number(command.input.n))]
  })
  const played = await play([noted(2)])
  t.same(
    played.map(({ data }) => data),
    [{ n: 2 }, { n: 1 }, { n: 0 }],
  )
  await play([noted(1)])
  t.same(
    sent.map(({ input }) => input.calls),
    [0, 1, 3],
    'its state goes on from one play to the next',
  )
})

test('a saga that finds no end is stopped', async (t) => {
  const { play } = rehearse(countdown, async () => [noted(1)])
  await t.rejects(play([noted(1)]), { message: 'countdown found no end' })
})

test('a command that is refused ends the play', async (t) => {
  const { play } = rehearse(countdown, async () => {
    throw new Error('refused')
  })
  await t.rejects(play([noted(1)]), { message: 'refused' })
})

test('a broadcast reaches nobody: the instances that exist are not looked at', async (t) => {
  const all = saga<Readonly<{ calls: number }>>({
    name: 'everybody',
    version: 1,
    listens: [
      listen(
        Noted,
        () => BROADCAST,
        () => ({ state: { calls: 1 }, commands: [{ command: 'Note', input: {} }] }),
      ),
    ],
  })
  const { play } = rehearse(all, async () => {
    throw new Error('nothing is to be sent')
  })
  t.equal((await play([noted(1)])).length, 1)
})
