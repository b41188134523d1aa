#!/usr/bin/env node
/** The command line of an operator, without dependencies. */
import { runCli } from './cli/run.js'

void runCli(process.argv.slice(2), { cwd: process.cwd(), env: process.env }).then(({ exitCode, stdout, stderr }) => {
  // A module that --config names may hold the process: by a pool, a timer or a server that listens. What was written is flushed first.
  process.stdout.write(stdout, () => process.stderr.write(stderr, () => process.exit(exitCode)))
})
