/** A store in one SQLite file. */
export { sqliteStore } from './storage/sql/sqlite.js'
export type { Store } from './storage/store.js'
