import { createRequire } from 'node:module'
import type { Database, Queries, Row, Value } from './database.js'

/** What node:sqlite and libsql have in common. */
interface Connection {
  prepare(text: string): {
    all(...values: readonly Value[]): unknown[]
    run(...values: readonly Value[]): unknown
    readonly reader?: boolean
  }
  close(): void
}
type Driver = new (path: string) => Connection

/**
 * Opens a SQLite file with node:sqlite where Node has it (22.13 and newer), else with libsql. What was acknowledged
 * survives the loss of power (WAL, synchronous=FULL), and several processes may share the file.
 */
export function openSqlite(path: string): Database {
  const connection = new (findDriver())(path)
  const run = (text: string, values: readonly Value[] = []): readonly Row[] => {
    // libsql numbers `$1` by first appearance; `?1` is the first value everywhere.
    const statement = connection.prepare(text.replaceAll(/\$(\d+)/g, '?$1'))
    // libsql knows beforehand whether a statement gives rows, and refuses `all` when it does not.
    if (statement.reader === false) statement.run(...values)
    return statement.reader === false ? [] : statement.all(...values).filter(isRow)
  }
  // Switching to WAL ignores the timeout when another process opens the file at the same moment; that process switches it, then.
  for (const pragma of ['busy_timeout = 5000', 'journal_mode = WAL', 'synchronous = FULL', 'foreign_keys = ON'])
    run(`PRAGMA ${pragma}`)
  return serialize(run, () => connection.close())
}

/** One connection for everybody: a statement waits for the transaction before it, so nobody writes inside another's. */
function serialize(run: (text: string, values?: readonly Value[]) => readonly Row[], close: () => void): Database {
  let tail: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => T | Promise<T>): Promise<T> => {
    const result = tail.then(work)
    tail = result.catch(() => undefined)
    return result
  }
  const inside: Queries = { query: async (text, values) => run(text, values) }
  return {
    query: (text, values) => inTurn(() => run(text, values)),
    transaction: (steps) =>
      inTurn(async () => {
        // The write lock is taken first: no transaction fails half-way because another process was quicker.
        run('BEGIN IMMEDIATE')
        try {
          const result = await steps(inside)
          run('COMMIT')
          return result
        } catch (error) {
          run('ROLLBACK')
          throw error
        }
      }),
    close: () => inTurn(close),
  }
}

const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null

function findDriver(): Driver {
  // Asked for by name: Node 20 has no node:sqlite, and neither have its types.
  const getBuiltin: (id: string) => unknown = process.getBuiltinModule
  const builtin = getBuiltin('node:sqlite')
  const found: unknown = isRow(builtin) ? builtin['DatabaseSync'] : createRequire(import.meta.url)('libsql')
  if (!isDriver(found)) throw new TypeError('Neither node:sqlite nor libsql has a database class.')
  return found
}

const isDriver = (value: unknown): value is Driver => typeof value === 'function'
