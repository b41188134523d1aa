/**
 * Tokens in PostgreSQL, for all processes that share a database.
 *
 * @module
 */
import { sha256 } from '@scopewise/token-core/encoding'
import { OAuthClientError } from '../errors.js'
import { isObject } from '../http/json.js'
import type { Lock, TokenStore } from '../manager/store.js'
import { leaseLock } from './lease.js'

/** What asks the database: a `Pool` of pg, a `PGlite`, or an object of your own around another driver. */
export interface PostgresDatabase {
  query(text: string, values: string[]): Promise<{ readonly rows: readonly unknown[] }>
}

export interface PostgresTokensOptions {
  /** What the names of the tables begin with: letters, digits, `_`, and a schema before a dot. @default 'oauth_client' */
  readonly prefix?: string | undefined
}

/**
 * Makes the tables where they are missing: run it when a process starts, or copy what it says into your migrations. Any number of processes may
 * run it at the same time.
 */
export async function createPostgresTables(
  database: PostgresDatabase,
  options: PostgresTokensOptions = {},
): Promise<void> {
  const { tokens, locks } = tablesOf(options)
  // IF NOT EXISTS alone lets two that race fail.
  const text = `DO $$ BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('scopewise ${tokens}'));
    CREATE TABLE IF NOT EXISTS ${tokens} (key text PRIMARY KEY, version text NOT NULL, value text NOT NULL, written_at timestamptz NOT NULL DEFAULT now());
    CREATE TABLE IF NOT EXISTS ${locks} (key text PRIMARY KEY, holder text NOT NULL, until timestamptz NOT NULL);
  END $$`
  await database.query(text, [])
}

/**
 * Keeps tokens in PostgreSQL. Each swap is one statement. Keys are kept as hashes; values are JSON with tokens in it, so who may read the table
 * may use the tokens.
 */
export function postgresStore(database: PostgresDatabase, options: PostgresTokensOptions = {}): TokenStore {
  const { tokens } = tablesOf(options)
  const ask = async (text: string, values: string[]) => (await database.query(text, values)).rows
  return {
    async read(key) {
      const [row] = await ask(`SELECT version, value FROM ${tokens} WHERE key = $1`, [await sha256(key)])
      // `as`: both columns are text, and never null.
      return isObject(row) ? { version: row['version'] as string, value: row['value'] as string } : undefined
    },
    async swap(key, expected, next) {
      const id = await sha256(key)
      if (!next && expected === undefined)
        return (await ask(`SELECT 1 FROM ${tokens} WHERE key = $1`, [id])).length === 0
      if (!next)
        return hit(ask(`DELETE FROM ${tokens} WHERE key = $1 AND version = $2 RETURNING 1`, [id, expected ?? '']))
      const { version, value } = next
      return expected === undefined
        ? hit(
            ask(
              `INSERT INTO ${tokens} (key, version, value) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING RETURNING 1`,
              [id, version, value],
            ),
          )
        : hit(
            ask(
              `UPDATE ${tokens} SET version = $3, value = $4, written_at = now() WHERE key = $1 AND version = $2 RETURNING 1`,
              [id, expected, version, value],
            ),
          )
    },
  }
}

/** Removes what nobody has written for `age` seconds: grants that nobody came back to. Gives how many. */
export async function sweepPostgresTokens(
  database: PostgresDatabase,
  { age, ...options }: PostgresTokensOptions & { readonly age: number },
): Promise<number> {
  const { tokens } = tablesOf(options)
  const text = `DELETE FROM ${tokens} WHERE written_at < now() - make_interval(secs => $1::float8) RETURNING 1`
  return (await database.query(text, [String(age)])).rows.length
}

/**
 * A lock for all processes that share the database, with `postgresStore`. It holds no connection while it is held.
 *
 * @param options.lifetime seconds after which the lock of a process that died is free. @default 15
 */
export function postgresLock(
  database: PostgresDatabase,
  { lifetime = 15, ...options }: PostgresTokensOptions & { readonly lifetime?: number | undefined } = {},
): Lock {
  const { locks } = tablesOf(options)
  const ask = async (text: string, values: string[]) => hit(database.query(text, values).then(({ rows }) => rows))
  const until = 'now() + make_interval(secs => $3::float8)'
  return leaseLock(
    {
      take: async (key, holder, seconds) =>
        ask(
          `INSERT INTO ${locks} AS l (key, holder, until) VALUES ($1, $2, ${until})
           ON CONFLICT (key) DO UPDATE SET holder = excluded.holder, until = excluded.until WHERE l.until < now() RETURNING 1`,
          [await sha256(key), holder, String(seconds)],
        ),
      renew: async (key, holder, seconds) =>
        ask(`UPDATE ${locks} SET until = ${until} WHERE key = $1 AND holder = $2 RETURNING 1`, [
          await sha256(key),
          holder,
          String(seconds),
        ]),
      release: async (key, holder) =>
        ask(`DELETE FROM ${locks} WHERE key = $1 AND holder = $2 RETURNING 1`, [await sha256(key), holder]),
    },
    lifetime,
  )
}

const hit = async (rows: Promise<readonly unknown[]>): Promise<boolean> => (await rows).length > 0

/** @throws {OAuthClientError} invalid_configuration: the names become a part of statements. */
function tablesOf({ prefix = 'oauth_client' }: PostgresTokensOptions): {
  readonly tokens: string
  readonly locks: string
} {
  if (!/^([a-z_][a-z0-9_]*\.)?[a-z_][a-z0-9_]{0,40}$/.test(prefix))
    throw new OAuthClientError(
      'invalid_configuration',
      'prefix must be a plain name in small letters, with or without a schema',
    )
  return { tokens: `${prefix}_tokens`, locks: `${prefix}_locks` }
}
