import type { SqliteDatabase } from './sqlite-driver.js'

/** `read` and `write` may share a transaction with others; `alone` runs outside of any, as VACUUM and PRAGMA ask for. */
export type Kind = 'read' | 'write' | 'alone'

export function kindOf(text: string): Kind {
  if (/^\s*SELECT\b/i.test(text)) return 'read'
  return /^\s*(INSERT|UPDATE|DELETE|WITH)\b/i.test(text) ? 'write' : 'alone'
}

interface Job {
  readonly kind: Kind
  /** Gives what tells the caller how it went. */
  run(): Promise<() => void>
  fail(error: unknown): void
}

/**
 * One connection on which nothing interleaves: what is asked first runs first. What has come together in one turn of the event
 * loop is committed together, since the commit is what waits for the disk, and each caller learns of it after the commit only.
 */
export function groupCommit(database: SqliteDatabase): <T>(kind: Kind, run: () => Promise<T>) => Promise<T> {
  const waiting: Job[] = []
  let isScheduled = false
  const schedule = (): void => {
    isScheduled = true
    setImmediate(() => void runNext())
  }
  const runNext = async (): Promise<void> => {
    const alone = waiting.findIndex(({ kind }) => kind === 'alone')
    await runGroup(database, waiting.splice(0, alone === -1 ? waiting.length : Math.max(alone, 1)))
    isScheduled = false
    // The requests that came in the meantime join the next group.
    if (waiting.length > 0) schedule()
  }
  return (kind, run) =>
    new Promise((resolve, reject) => {
      const tell = () =>
        run().then(
          (value) => () => resolve(value),
          (error) => () => reject(error),
        )
      waiting.push({ kind, run: tell, fail: reject })
      if (!isScheduled) schedule()
    })
}

async function runGroup(database: SqliteDatabase, jobs: readonly Job[]): Promise<void> {
  const isTransaction = jobs.some(({ kind }) => kind === 'write')
  try {
    // IMMEDIATE takes the write lock first: a transaction never fails half-way because another process was quicker.
    if (isTransaction) database.run('BEGIN IMMEDIATE')
    const told: (() => void)[] = []
    for (const job of jobs) told.push(await job.run())
    if (isTransaction) database.run('COMMIT')
    for (const tell of told) tell()
  } catch (error) {
    if (isTransaction) rollBack(database)
    for (const { fail } of jobs) fail(error)
  }
}

/** After some errors, a full disk among them, SQLite has rolled back by itself; the error that led here is the one to tell. */
export function rollBack(database: SqliteDatabase, statements: readonly string[] = ['ROLLBACK']): void {
  try {
    for (const statement of statements) database.run(statement)
  } catch {
    // No transaction is open any more.
  }
}
