/** The command line: `tradeline <command>`; each says with `--help` what it takes. */

import { Command, Option } from 'commander'
import { ROLES } from '../../domain/kernel/roles.ts'
import { StartError } from '../embedded/start-error.ts'
import { demo } from './demo.ts'
import { importFile } from './import.ts'
import { rebuild } from './rebuild.ts'
import { start } from './start.ts'
import { token } from './token.ts'
import { verify } from './verify.ts'

const MAIN_DATA = './data/main'

/** Runs one command; the exit code is 0 only if all went well. */
export async function runProgram(argv: readonly string[]): Promise<void> {
  try {
    await program().parseAsync(argv)
  } catch (error) {
    const sentence = error instanceof StartError ? error.message : String(stackOf(error))
    process.stderr.write(`${sentence}\n`)
    process.exitCode = 1
  }
}

function stackOf(error: unknown): unknown {
  return error instanceof Error ? error.stack : error
}

const data = (standard = MAIN_DATA) =>
  new Option('--data <dir>', 'where the data is').default(standard)

function program(): Command {
  const root = new Command('tradeline')
    .description('Orders and credit for dealers: event-sourced, every cent provable.')
    .showHelpAfterError()
  root
    .command('start')
    .description('start the services, and what they stand on unless a URL names it')
    .addOption(data())
    .option('--role <roles>', 'all, or any of write, read, worker with commas between', 'all')
    .option('--business-date <date>', 'the first business day of an empty system (default: today)')
    .action(start)
  root
    .command('demo')
    .description('start, and play the real orders of Northwind Traders through the commands')
    .addOption(data('./data/demo'))
    .option('--exit', 'end when the summary is printed')
    .action(demo)
  root
    .command('import')
    .description(
      'send a file of rows to a running system; prints the verdict on each row. Where tokens are not ' +
        'signed with the local key, TRADELINE_TOKEN holds one',
    )
    .argument('<kind>', 'what its rows are, such as orders')
    .argument('<file>', 'a workbook (.xlsx) or CSV file')
    .addOption(
      new Option('--role <role>', 'who sends it').choices(ROLES).default('brand-ops' as const),
    )
    .option('--dealer <id>', "the dealer, for a dealer's people")
    .option('--user <name>', 'the name of the user (default: the role)')
    .option('--url <url>', 'the write service (default: the one on this machine)')
    .option('--key <key>', 'an idempotency key (default: the content of the file)')
    .addOption(data())
    .action(importFile)
  root
    .command('token')
    .description('print a token signed with the local key')
    .addOption(
      new Option('--role <role>', 'who the caller is').choices(ROLES).makeOptionMandatory(),
    )
    .option('--dealer <id>', "the dealer, for a dealer's people")
    .option('--user <name>', 'the name of the user (default: the role)')
    .option(
      '--amr <methods...>',
      'how the user signed in (RFC 8176); with pwd alone there is no second factor',
      ['pwd', 'otp'],
    )
    .addOption(data())
    .action(token)
  root
    .command('rebuild')
    .description('build a read model anew beside the old one, then put it in its place')
    .argument('<read model>', 'its name, such as orders')
    .addOption(data())
    .action(rebuild)
  root
    .command('verify')
    .description('read the streams again and compare: projections, sagas or the ledger')
    .argument('<what>', 'projections, sagas or ledger')
    .addOption(data())
    .action(verify)
  return root
}
