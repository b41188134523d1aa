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

/** The grants that are looked at, longest due first. $1 at, $2 how many at most. Those that another node has in hand are left to it. */
const DUE = '(SELECT id, expires_at FROM grants WHERE due_at <= $1 ORDER BY due_at LIMIT $2 SKIP_LOCKED) AS due'

/** Those that live on are due again at their end. */
const POSTPONE = `UPDATE grants SET due_at = expires_at WHERE id IN (SELECT id FROM ${DUE} WHERE expires_at > $1) RETURNING id`

const REMOVALS: readonly string[] = [
  ...Object.entries(ENDING).map(([table, key]) =>
    remove(table, key, `SELECT ${key} FROM ${table} WHERE expires_at <= $1 LIMIT $2 SKIP_LOCKED`),
  ),
  ...OF_A_GRANT.map((table) =>
    remove(
      table,
      'hash',
      `SELECT t.hash FROM ${DUE} JOIN ${table} t ON t.grant_id = due.id WHERE due.expires_at <= $1 LIMIT $2`,
    ),
  ),
  remove(
    'grants',
    'id',
    `SELECT id FROM ${DUE} WHERE expires_at <= $1 AND ${OF_A_GRANT.map((table) => `NOT EXISTS (SELECT 1 FROM ${table} WHERE grant_id = due.id)`).join(' AND ')}`,
  ),
]

function remove(table: string, key: string, select: string): string {
  return `DELETE FROM ${table} WHERE ${key} IN (${select}) RETURNING ${key}`
}

/** Removes what can never matter again, each kind in a short transaction of its own. */
export async function expire(sql: Sql, at: Seconds, limit: number): Promise<number> {
  await closeWindows(sql, at, limit)
  for (let postponed = limit; postponed === limit; ) postponed = (await sql.query(POSTPONE, [at, limit])).length
  let removed = 0
  for (const statement of REMOVALS) removed += (await sql.query(statement, [at, limit])).length
  return removed
}
