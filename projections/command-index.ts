/** Every command id ever accepted: by it, a command that comes again is answered as the first time. */

import { readModel } from './read-model.ts'

export const commandIndex = readModel({
  name: 'command_index',
  version: 1,
  tables: {
    command_index: {
      columns: {
        command_id: { type: 'text' },
        stream: { type: 'text' },
        payload_hash: { type: 'text' },
        last_revision: { type: 'bigint' },
        events: { type: 'integer' },
      },
      key: ['command_id'],
    },
  },
  every: ({ metadata, stream, revision }) => [
    {
      op: 'add',
      table: 'command_index',
      key: { command_id: metadata.commandId },
      add: { events: 1 },
      set: { stream, payload_hash: metadata.payloadHash, last_revision: revision },
    },
  ],
})
