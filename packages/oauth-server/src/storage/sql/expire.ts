import type { Seconds } from '../../time.js'
import type { Sql } from './dialect.js'
import { closeWindows } from './refresh-tokens.js'

/** Each table whose rows end by themselves, with its key. */
const ENDING = {
  opaque_tokens: 'hash',
  device_codes: 'hash',
  pushed_requests: 'hash',
  sessions: 'hash',
  used_once: 'key',
  counters: 'key',
} as const

/** Rows of a grant stay recognisable while it lives, and go before it does: so that no grant takes more than `limit` rows with it. */
const OF_A_GRANT = ['authorization_codes', 'refresh_tokens'] as const

/** Rows that another node is removing are left to it. $1 at, $2 how many at most. */
const STATEMENTS: readonly string[] = [
  ...Object.entries(ENDING).map(([table, key]) =>
    remove(table, key, `SELECT ${key} FROM ${table} WHERE expires_at <= $1`),
  ),
  ...OF_A_GRANT.map((table) =>
    remove(table, 'hash', `SELECT t.hash FROM grants g JOIN ${table} t ON t.grant_id = g.id WHERE g.expires_at <= $1`),
  ),
  remove(
    'grants',
    'id',
    `SELECT id FROM grants WHERE expires_at <= $1 AND ${OF_A_GRANT.map((table) => `NOT EXISTS (SELECT 1 FROM ${table} WHERE grant_id = grants.id)`).join(' AND ')}`,
  ),
]

function remove(table: string, key: string, select: string): string {
  return `DELETE FROM ${table} WHERE ${key} IN (${select} LIMIT $2 SKIP_LOCKED) RETURNING ${key}`
}

/** Removes what can never matter again, each kind in a short transaction of its own. */
export async function expire(sql: Sql, at: Seconds, limit: number): Promise<number> {
  await closeWindows(sql, at, limit)
  let removed = 0
  for (const statement of STATEMENTS) removed += (await sql.query(statement, [at, limit])).length
  return removed
}
