#!/usr/bin/env node
/** The composition root and the command line of tradeline. */

import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Each start loads some thousand modules, and so does each thread: what was compiled once is kept.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, 'node_modules', '.cache', 'tradeline')
enableCompileCache(process.env.NODE_COMPILE_CACHE)

const { runProgram } = await import('./infra/cli/program.ts')
await runProgram(process.argv)
