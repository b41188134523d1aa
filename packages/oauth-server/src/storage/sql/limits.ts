import type { Seconds } from '../../time.js'
import type { Count, Counter, Store } from '../store.js'
import { integer, text } from './columns.js'
import type { Sql } from './dialect.js'

const USE_ONCE = `INSERT INTO used_once (key, expires_at) VALUES ($1, $2)
  ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at WHERE used_once.expires_at <= $3 RETURNING key`

/** $1 the counters, $2 at. A counter whose window is over begins anew. */
const COUNT = `INSERT INTO counters (key, hits, expires_at)
  SELECT value ->> 'key', 1, $2 + CAST(value ->> 'window' AS BIGINT) FROM EACH($1) WHERE 1 = 1
  ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN counters.expires_at <= $2 THEN 1 ELSE counters.hits + 1 END,
    expires_at = CASE WHEN counters.expires_at <= $2 THEN excluded.expires_at ELSE counters.expires_at END
  RETURNING key, hits, expires_at`

const UNCOUNT = `UPDATE counters SET hits = hits - 1 WHERE key IN (
  SELECT key FROM counters WHERE key IN (SELECT value ->> 'key' FROM EACH($1)) ORDER BY key LOCKED)
  AND hits > 0 AND expires_at > $2`

/** What is good for one use, and how often something was tried. */
export function limits(sql: Sql): Pick<Store, 'useOnce' | 'count' | 'uncount'> {
  return {
    useOnce: async (key, expiresAt, at) =>
      (await sql.query(USE_ONCE, [key, expiresAt, at])).length === 1 ? 'first' : 'replayed',
    count: (counters, at) => count(sql, counters, at),
    async uncount(keys, at) {
      await sql.query(UNCOUNT, [JSON.stringify(keys.map((key) => ({ key }))), at])
    },
  }
}

async function count(sql: Sql, counters: readonly Counter[], at: Seconds): Promise<readonly Count[]> {
  // In the order of keys, so that two calls never wait for each other.
  const inOrder = [...counters].sort((a, b) => (a.key < b.key ? -1 : 1))
  const counts = new Map(
    (await sql.query(COUNT, [JSON.stringify(inOrder), at])).map((row) => {
      const key = text(row, 'key')
      return [key, { key, count: integer(row, 'hits'), resetsAt: integer(row, 'expires_at') }]
    }),
  )
  return counters.flatMap(({ key }) => counts.get(key) ?? [])
}
