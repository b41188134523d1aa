/** A store in PostgreSQL: over pg, postgres.js or PGlite. */
export { type PostgresStoreOptions, postgresMigrations, postgresStore } from './storage/sql/postgres.js'
export type { Pglite, PgPool, PostgresDriver, PostgresJs } from './storage/sql/postgres-port.js'
export type { Store } from './storage/store.js'
