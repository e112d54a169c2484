/** The write service: one route for each command that declares one. */

import type { AnyCommand } from '../commands/command.ts'
import { createServer, type Server, type ServerOptions } from '../http/server.ts'
import { addCommandRoute, type CommandRoutePorts } from './command-route.ts'

export async function createWriteApi(
  commands: Iterable<AnyCommand>,
  ports: CommandRoutePorts,
  options: Omit<ServerOptions, 'title' | 'description'>,
): Promise<Server> {
  const server = await createServer({
    ...options,
    title: 'tradeline: write service',
    description: 'Commands. Each answers once what it wrote is durable.',
  })
  for (const command of commands) addCommandRoute(server, command, ports)
  return server
}
