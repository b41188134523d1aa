import { invalidConfiguration } from '../../errors.js'
import type { SqlRow, SqlValue } from './port.js'

/** One synchronous SQLite connection, whichever driver stands behind it. */
export interface SqliteDatabase {
  run(text: string, values?: readonly SqlValue[]): readonly SqlRow[]
  close(): void
}

/** An open database of node:sqlite, better-sqlite3 or libsql: the part that is used. */
export interface SqliteHandle {
  prepare(text: string): SqliteStatement
  close(): void
}
export interface SqliteStatement {
  /** Not in node:sqlite: whether the statement gives rows. */
  readonly reader?: boolean
  all(...values: readonly unknown[]): unknown[]
  run(...values: readonly unknown[]): unknown
}
type DriverClass = new (path: string) => SqliteHandle

const MISSING = 'SQLite: this runtime has no node:sqlite. Use Node >= 22.13 or install the package libsql.'

/** Opens a connection with node:sqlite, else with libsql; or takes one that is open and stays its owner's to close. */
export function openDatabase(at: string | SqliteHandle): SqliteDatabase {
  const driver = typeof at === 'string' ? open(nodeSqlite() ?? libsql(), at) : at
  const statements = new Map<string, Prepared>()
  const prepared = (text: string): Prepared => {
    const known = statements.get(text) ?? prepare(driver, text)
    statements.set(text, known)
    return known
  }
  return {
    run(text, values = []) {
      const { statement, reader, order } = prepared(text)
      const used = order.map((index) => values[index] ?? null)
      // node:sqlite takes the values one by one. The others take them as a list, too, and libsql takes a single NULL for something else.
      const bound = reader === undefined ? used : [used]
      if (reader === false) {
        statement.run(...bound)
        return []
      }
      return statement.all(...bound).filter(isRow)
    },
    close: () => (typeof at === 'string' ? driver.close() : undefined),
  }
}

interface Prepared {
  readonly statement: SqliteStatement
  /** Asked once: libsql asks SQLite each time. */
  readonly reader: boolean | undefined
  /** Which of the given values stands at each `?` of the statement. */
  readonly order: readonly number[]
}

/** SQLite's drivers don't agree on what `$1` and `?1` are; on a bare `?` they do. */
function prepare(driver: SqliteHandle, text: string): Prepared {
  const order: number[] = []
  const own = text.replaceAll(/\$(\d+)/g, (_, number: string) => {
    order.push(Number(number) - 1)
    return '?'
  })
  const statement = driver.prepare(own)
  return { statement, reader: statement.reader, order }
}

function open(Database: DriverClass, path: string): SqliteHandle {
  try {
    return new Database(path)
  } catch (cause) {
    throw invalidConfiguration(
      `SQLite: ${path} can't be opened. Choose a path in a folder that exists and that this process may write to.`,
      cause,
    )
  }
}

const isRow = (value: unknown): value is SqlRow => typeof value === 'object' && value !== null

const isDriverClass = (value: unknown): value is DriverClass => typeof value === 'function'

function nodeSqlite(): DriverClass | undefined {
  // Newer than the oldest supported Node and its types, so it is looked up by name.
  const getBuiltin: (id: string) => unknown = process.getBuiltinModule
  const found = getBuiltin('node:sqlite')
  const Database = isRow(found) ? found['DatabaseSync'] : undefined
  return isDriverClass(Database) ? Database : undefined
}

function libsql(): DriverClass {
  try {
    const require = process.getBuiltinModule('node:module').createRequire(import.meta.url)
    const Database: unknown = require('libsql')
    if (isDriverClass(Database)) return Database
  } catch (cause) {
    throw invalidConfiguration(MISSING, cause)
  }
  throw invalidConfiguration(MISSING)
}
