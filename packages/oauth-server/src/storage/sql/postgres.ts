import { invalidConfiguration } from '../../errors.js'
import type { Store } from '../store.js'
import { postgresDialect } from './dialect.js'
import type { SqlPort, SqlQuery } from './port.js'
import { type PostgresDriver, postgresPort } from './postgres-port.js'
import { MIGRATIONS, TABLES } from './schema.js'
import { sqlStore } from './sql-store.js'

export interface PostgresStoreOptions {
  /** The schema that holds the tables, made when it is missing: lower-case letters, digits, underscores. @default scopewise */
  readonly schema?: string
  /** Whether the tables are made and brought up to date at the first use. Otherwise run {@link postgresMigrations} yourself. @default true */
  readonly migrate?: boolean
  /** Whether statements are prepared once for each connection. Switch it off behind a pooler that can't keep them. @default true */
  readonly prepare?: boolean
}

/**
 * A store in PostgreSQL 14 or newer, for any number of processes: each transition is one statement on one round trip, decided by
 * row locks under READ COMMITTED. The pool stays yours: `close` leaves it open. The tables are made at the first use; of
 * processes that start together one does it and the others wait. Exactly-once holds on one primary with synchronous
 * commit: a replica that takes over without the last transactions has forgotten them.
 * @throws {OAuthError} invalid_configuration when the driver is none of the three, or the schema's name would need quotes.
 */
export function postgresStore(driver: PostgresDriver, options: PostgresStoreOptions = {}): Store {
  const { schema = 'scopewise', migrate: mayMigrate = true, prepare = true } = options
  checkSchema(schema)
  return storeOver(postgresPort(driver, prepare), schema, mayMigrate)
}

/** The store over any port: tests put delays and lost replies between. */
export function storeOver(port: SqlPort, schema: string, mayMigrate: boolean): Store {
  const spell = qualify(schema)
  let ready: Promise<void> | undefined
  const isReady = (): Promise<void> => {
    ready ??= prepareSchema(port, schema, mayMigrate).catch((error) => {
      ready = undefined // a database that was away for a moment must not be remembered as broken
      throw error
    })
    return ready
  }
  return sqlStore(
    {
      async query(text, values) {
        await isReady()
        return port.query(spell(text), values)
      },
      async transaction(run) {
        await isReady()
        return port.transaction((query) => run((text, values) => query(spell(text), values)))
      },
      close: () => port.close(),
    },
    postgresDialect,
  )
}

/**
 * The schema as plain SQL, one script for each version, for those who run migrations with other rights or tools. Each script has
 * to run in one transaction, and writes its own version down.
 */
export function postgresMigrations(schema = 'scopewise'): readonly string[] {
  checkSchema(schema)
  return MIGRATIONS.map((_, version) =>
    migration(schema, version)
      .map((statement) => `${statement};\n`)
      .join(''),
  )
}

function checkSchema(schema: string): void {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    throw invalidConfiguration('postgresStore: schema may hold lower-case letters, digits and underscores only.')
}

/** Puts the schema before each table, so that none depends on a connection's search_path. */
function qualify(schema: string): (text: string) => string {
  const table = new RegExp(`\\b(${TABLES.join('|')})\\b`, 'g')
  const known = new Map<string, string>()
  return (text) => {
    const qualified = known.get(text) ?? text.replaceAll(table, `${schema}.$1`)
    known.set(text, qualified)
    return qualified
  }
}

function migration(schema: string, version: number): readonly string[] {
  const statements = (MIGRATIONS[version] ?? []).map(qualify(schema))
  const first =
    version > 0
      ? []
      : [
          `CREATE SCHEMA IF NOT EXISTS ${schema}`,
          `CREATE TABLE IF NOT EXISTS ${schema}.migrations (version BIGINT PRIMARY KEY)`,
        ]
  return [...first, ...statements, `INSERT INTO ${schema}.migrations (version) VALUES (${version + 1})`]
}

/** Any number, the same for every process: 'scopewis' in ASCII. */
const MIGRATION_LOCK = '8314880208513493363'

async function prepareSchema(port: SqlPort, schema: string, mayMigrate: boolean): Promise<void> {
  if ((await readVersion(port.query, schema)) === MIGRATIONS.length) return
  if (!mayMigrate)
    throw invalidConfiguration(
      `postgresStore: the schema ${schema} is not at version ${MIGRATIONS.length}. Run what postgresMigrations() gives, or start a server of this version that may migrate.`,
    )
  await port.transaction(async (query) => {
    // Ten processes that start together stand in a row here; all but the first find nothing left to do.
    await query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`)
    for (let version = await readVersion(query, schema); version < MIGRATIONS.length; version++)
      for (const statement of migration(schema, version)) await query(statement)
  })
}

const HAS_MIGRATIONS = `SELECT 1 AS found FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = 'migrations'`

/** How many migrations are done. @throws {OAuthError} invalid_configuration when a newer version wrote them */
async function readVersion(query: SqlQuery, schema: string): Promise<number> {
  // Asked of the catalogue as a table: to_regclass may answer from a cache filled before another process made the schema.
  const tables = await query(HAS_MIGRATIONS, [schema])
  if (tables.length === 0) return 0
  const [row] = await query(`SELECT MAX(version) AS version FROM ${schema}.migrations`)
  const version = Number(row?.['version'] ?? 0)
  if (version > MIGRATIONS.length)
    throw invalidConfiguration(
      'postgresStore: the schema was written by a newer version of this package. Update it here too.',
    )
  return version
}
