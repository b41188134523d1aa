/** A store in one SQLite file, and the connection under it. */
export type { SqlPort, SqlQuery, SqlRow, SqlValue } from './storage/sql/port.js'
export { openSqlite, sqliteStore } from './storage/sql/sqlite.js'
export type { SqliteHandle, SqliteStatement } from './storage/sql/sqlite-driver.js'
export type { Store } from './storage/store.js'
