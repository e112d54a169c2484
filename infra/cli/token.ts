/** `tradeline token`: a token for trying things. */

import type { Role } from '../../domain/kernel/roles.ts'
import { signToken } from '../keys.ts'

type Options = Readonly<{
  role: Role
  dealer?: string
  user?: string
  amr?: readonly string[]
  data: string
}>

export async function token({ role, dealer, user, amr, data }: Options): Promise<void> {
  process.stdout.write(`${await signToken(data, { role, dealer, user, amr })}\n`)
}
