#!/usr/bin/env node
/** The command line of an operator, without dependencies. */
import { runCli } from './cli/run.js'

// Not process.exit: what was written is flushed first.
void runCli(process.argv.slice(2), { cwd: process.cwd(), env: process.env }).then(({ exitCode, stdout, stderr }) => {
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  process.exitCode = exitCode
})
