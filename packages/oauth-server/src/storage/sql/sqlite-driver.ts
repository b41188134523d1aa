import { invalidConfiguration } from '../../errors.js'
import type { SqlRow, SqlValue } from './port.js'

/** One synchronous SQLite connection, whichever driver stands behind it. */
export interface SqliteDatabase {
  run(text: string, values?: readonly SqlValue[]): readonly SqlRow[]
  close(): void
}

/** The part of node:sqlite and of libsql that is used. */
interface Driver {
  prepare(text: string): Statement
  close(): void
}
interface Statement {
  /** libsql only: whether the statement gives rows. */
  readonly reader?: boolean
  all(...values: readonly SqlValue[]): unknown[]
  run(...values: readonly SqlValue[]): unknown
}
type DriverClass = new (path: string) => Driver

const MISSING = 'SQLite: this runtime has no node:sqlite. Use Node >= 22.13 or install the package libsql.'

/** Opens a connection with node:sqlite, else with libsql. */
export function openDatabase(path: string): SqliteDatabase {
  const Database = nodeSqlite() ?? libsql()
  const driver = open(Database, path)
  const statements = new Map<string, Statement>()
  const prepared = (text: string): Statement => {
    // libsql numbers `$1` by first appearance; `?1` means the first value everywhere.
    const statement = statements.get(text) ?? driver.prepare(text.replaceAll(/\$(\d+)/g, '?$1'))
    statements.set(text, statement)
    return statement
  }
  return {
    run(text, values = []) {
      const statement = prepared(text)
      if (statement.reader === false) {
        statement.run(...values)
        return []
      }
      return statement.all(...values).filter(isRow)
    },
    close: () => driver.close(),
  }
}

function open(Database: DriverClass, path: string): Driver {
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
