import { invalidConfiguration } from '../../errors.js'
import type { SqlPort, SqlQuery, SqlRow, SqlValue } from './port.js'

/** The part of a `Pool` of pg that is used. */
export interface PgPool {
  readonly totalCount: number
  connect(): Promise<PgClient>
  query(statement: PgStatement): Promise<{ readonly rows: readonly unknown[] }>
  on(event: 'error', listener: (error: Error) => void): unknown
  on(event: 'connect', listener: (client: PgClient) => void): unknown
}
interface PgClient {
  query(statement: PgStatement): Promise<{ readonly rows: readonly unknown[] }>
  on(event: 'error', listener: (error: Error) => void): unknown
  off(event: 'error', listener: (error: Error) => void): unknown
  release(broken?: boolean): void
}
/** Named: PostgreSQL plans it once for each connection. */
interface PgStatement {
  readonly name?: string
  readonly text: string
  readonly values: SqlValue[]
}

/** The part of what `postgres()` of postgres.js gives that is used. */
export interface PostgresJs extends PostgresJsQuery {
  begin(run: (transaction: PostgresJsQuery) => Promise<unknown>): Promise<unknown>
}
interface PostgresJsQuery {
  unsafe(text: string, values: SqlValue[], options: { prepare: boolean }): PromiseLike<readonly unknown[]>
}

/** The part of a `PGlite` that is used. */
export interface Pglite extends PgliteQuery {
  transaction(run: (transaction: PgliteQuery) => Promise<unknown>): Promise<unknown>
}
interface PgliteQuery {
  query(text: string, values: SqlValue[]): Promise<{ readonly rows: readonly unknown[] }>
}

export type PostgresDriver = PgPool | PostgresJs | Pglite

/**
 * The port over a connection pool that belongs to its owner: nothing here closes it.
 * @param prepare whether statements are prepared once for each connection
 */
export function postgresPort(driver: PostgresDriver, prepare: boolean): SqlPort {
  if ('unsafe' in driver) return postgresJsPort(driver, prepare)
  if ('connect' in driver) return pgPort(driver, prepare)
  if ('transaction' in driver) return pglitePort(driver)
  throw invalidConfiguration(
    'postgresStore: the driver has to be a Pool of pg, what postgres() of postgres.js gives, or a PGlite.',
  )
}

const isRow = (value: unknown): value is SqlRow => typeof value === 'object' && value !== null
const rowsOf = (rows: readonly unknown[]): readonly SqlRow[] => rows.filter(isRow)
const close = async (): Promise<void> => undefined

/** A connection that dies says so on its client, and an `error` that nobody hears would end the process. The call that used it fails by itself. */
const ignore = (): void => undefined

/** Pools whose clients are listened to: one may serve several stores. */
const listening = new WeakSet<PgPool>()

function pgPort(pool: PgPool, prepare: boolean): SqlPort {
  if (!listening.has(pool)) {
    listening.add(pool)
    pool.on('error', ignore)
    pool.on('connect', (client) => client.on('error', ignore))
  }
  const statement = (text: string, values: readonly SqlValue[]): PgStatement =>
    prepare ? { name: nameOf(text), text, values: [...values] } : { text, values: [...values] }
  return {
    query: async (text, values = []) => rowsOf((await pool.query(statement(text, values))).rows),
    async transaction(run) {
      const client = await pool.connect()
      // For those that were connected before the pool came here.
      client.on('error', ignore)
      const query: SqlQuery = async (text, values = []) => rowsOf((await client.query(statement(text, values))).rows)
      let isBroken = false
      try {
        await query('BEGIN')
        const result = await run(query)
        await query('COMMIT')
        return result
      } catch (error) {
        isBroken = await query('ROLLBACK').then(
          () => false,
          () => true,
        )
        throw error
      } finally {
        client.off('error', ignore)
        client.release(isBroken)
      }
    },
    close,
  }
}

function postgresJsPort(sql: PostgresJs, prepare: boolean): SqlPort {
  const over =
    (target: PostgresJsQuery): SqlQuery =>
    async (text, values = []) =>
      rowsOf(await target.unsafe(text, [...values], { prepare }))
  return { query: over(sql), transaction: (run) => collect((keep) => sql.begin((tx) => keep(run(over(tx))))), close }
}

function pglitePort(database: Pglite): SqlPort {
  const over =
    (target: PgliteQuery): SqlQuery =>
    async (text, values = []) =>
      rowsOf((await target.query(text, [...values])).rows)
  return {
    query: over(database),
    transaction: (run) => collect((keep) => database.transaction((tx) => keep(run(over(tx))))),
    close,
  }
}

/** What a transaction's callback gave, whose type a driver does not hand on. */
async function collect<T>(begin: (keep: (result: Promise<T>) => Promise<void>) => Promise<unknown>): Promise<T> {
  const kept: T[] = []
  await begin(async (result) => {
    kept.push(await result)
  })
  const [result] = kept
  // Pushed before the commit: a transaction that resolves has one.
  return result as T
}

/** Names of prepared statements; the prefix keeps two copies of this package apart that share a pool. */
const prefix = `scopewise_${Math.random().toString(36).slice(2, 8)}_`
const known = new Map<string, string>()

function nameOf(text: string): string {
  const name = known.get(text) ?? `${prefix}${known.size}`
  known.set(text, name)
  return name
}
