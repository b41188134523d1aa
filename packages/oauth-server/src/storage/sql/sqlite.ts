import { invalidConfiguration } from '../../errors.js'
import type { Store } from '../store.js'
import { sqliteDialect } from './dialect.js'
import { groupCommit, kindOf, rollBack } from './group-commit.js'
import type { SqlPort, SqlQuery } from './port.js'
import { MIGRATIONS } from './schema.js'
import { sqlStore } from './sql-store.js'
import { openDatabase, type SqliteDatabase, type SqliteHandle } from './sqlite-driver.js'

/** Milliseconds that a statement waits for another process before it fails. */
const BUSY_TIMEOUT = 5000

/**
 * A store in one SQLite file, shared by any number of processes on one machine. Uses node:sqlite where the runtime has
 * it, else the optional package libsql. Opened and migrated at once, so a wrong path fails here and not at the first login.
 * Every commit is on disk before it is acknowledged (WAL, synchronous=FULL). Instead of a path it takes an open database of
 * node:sqlite, better-sqlite3 or libsql: one that nobody else uses, set up in the same way; `close` leaves it open.
 * @throws {OAuthError} invalid_configuration when the file can't be opened, or when neither driver is there.
 */
export function sqliteStore(at: string | SqliteHandle): Store {
  return sqlStore(sqliteStorePort(at), sqliteDialect)
}

/** The port under the store: tests put delays and lost replies between. */
export function sqliteStorePort(at: string | SqliteHandle): SqlPort {
  return sqlitePort(openPrepared(at, migrate))
}

/**
 * Opens a SQLite file of your own with the same driver and the same durability: one connection on which statements and
 * transactions never interleave. Give it a file of its own: a second connection of one process waits for the first by
 * standing still.
 * @throws {OAuthError} invalid_configuration when the file can't be opened, or when neither driver is there.
 */
export function openSqlite(path: string): SqlPort {
  return sqlitePort(openPrepared(path))
}

function openPrepared(
  at: string | SqliteHandle,
  migrate: (database: SqliteDatabase) => void = () => undefined,
): SqliteDatabase {
  const database = openDatabase(at)
  try {
    prepare(database)
    migrate(database)
    return database
  } catch (cause) {
    database.close()
    const name = typeof at === 'string' ? at : 'the database'
    throw invalidConfiguration(
      `SQLite: ${name} can't be used as a database. Choose a path in a folder that this process may write to.`,
      cause,
    )
  }
}

/** The port over one synchronous connection. */
function sqlitePort(database: SqliteDatabase): SqlPort {
  const enqueue = groupCommit(database)
  const direct: SqlQuery = async (text, values) => database.run(text, values)
  return {
    query: (text, values) => enqueue(kindOf(text), () => direct(text, values)),
    transaction: (run) =>
      enqueue('write', async () => {
        // One that fails undoes its own part of the group.
        database.run('SAVEPOINT part')
        try {
          const result = await run(direct)
          database.run('RELEASE part')
          return result
        } catch (error) {
          rollBack(database, ['ROLLBACK TO part', 'RELEASE part'])
          throw error
        }
      }),
    close: () => enqueue('alone', async () => database.close()),
  }
}

function prepare(database: SqliteDatabase): void {
  database.run(`PRAGMA busy_timeout = ${BUSY_TIMEOUT}`)
  retryWhileBusy(() => database.run('PRAGMA journal_mode = WAL'))
  database.run('PRAGMA synchronous = FULL')
}

/** Several processes may start together: the first one in migrates, the others wait for its lock and find nothing left to do. */
function migrate(database: SqliteDatabase): void {
  database.run('BEGIN IMMEDIATE')
  try {
    const done = Number(database.run('PRAGMA user_version')[0]?.['user_version'] ?? 0)
    if (done > MIGRATIONS.length) throw new RangeError('the database was written by a newer version')
    for (const statement of MIGRATIONS.slice(done).flat()) database.run(statement)
    database.run(`PRAGMA user_version = ${MIGRATIONS.length}`)
    database.run('COMMIT')
  } catch (error) {
    rollBack(database)
    throw error
  }
}

/** Switching to WAL does not wait for the busy timeout, so this does. */
function retryWhileBusy(run: () => void): void {
  const deadline = Date.now() + BUSY_TIMEOUT
  for (;;) {
    try {
      run()
      return
    } catch (error) {
      if (Date.now() > deadline || !/locked|busy/i.test(String(error))) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
    }
  }
}
