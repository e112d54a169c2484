#!/usr/bin/env node
/** The composition root and the command line of tradeline. */

import { runProgram } from './infra/cli/program.ts'

await runProgram(process.argv)
