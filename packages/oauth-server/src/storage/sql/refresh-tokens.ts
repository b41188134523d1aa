import type { Seconds } from '../../time.js'
import type { FoundRefreshToken, RefreshToken, Rotation, Store } from '../store.js'
import { perPurchase, useSteps, useValues } from './bought.js'
import { integer, optionalInteger, optionalText, text } from './columns.js'
import type { Sql } from './dialect.js'
import { JOINED_GRANT, readGrant } from './grant-rows.js'
import type { SqlRow } from './port.js'

/**
 * What a token has to be to be used: $1 hash, $2 at, $3 client, $4 thumbprint. The client is compared in words that no index
 * serves: a database that knows little of its rows yet would read all grants of a client to find the one that has this id.
 */
const USABLE = `hash = $1 AND rotated_at IS NULL AND expires_at > $2 AND (jkt IS NULL OR jkt = $4) AND EXISTS (
  SELECT 1 FROM grants WHERE grants.id = grant_id AND client_id IS NOT DISTINCT FROM $3 AND revoked_at IS NULL AND refresh_until > $2)`

const GRANT_OF_WON = `SELECT ${JOINED_GRANT} FROM won JOIN grants g ON g.id = won.grant_id`

/**
 * $5 the successor, $6 its idle lifetime, $7 end of the retry window, $8-$9 what it was derived with, then what it buys. A
 * successor keeps by itself what it was derived with, so that the write that uses it erases that.
 */
const rotate = perPurchase((bought) => ({
  steps: {
    won: `UPDATE refresh_tokens SET rotated_at = $2, rotated_jkt = $4, successor_hash = $5, salt = NULL, kid = NULL
          WHERE ${USABLE} RETURNING grant_id, jkt`,
    renewed: GRANT_OF_WON,
    child: `INSERT INTO refresh_tokens (hash, grant_id, jkt, created_at, expires_at, retry_until, salt, kid)
            SELECT CAST($5 AS TEXT), grant_id, jkt, CAST($2 AS BIGINT), CAST($6 AS BIGINT), CAST($7 AS BIGINT), CAST($8 AS TEXT), CAST($9 AS TEXT)
            FROM won`,
    ...useSteps(10, bought),
  },
  answer: 'renewed',
}))

/** $5 the idle lifetime from now on, then what it buys. */
const use = perPurchase((bought) => ({
  steps: {
    won: `UPDATE refresh_tokens SET expires_at = CASE WHEN expires_at < $5 THEN $5 ELSE expires_at END
          WHERE ${USABLE} RETURNING grant_id`,
    renewed: GRANT_OF_WON,
    ...useSteps(6, bought),
  },
  answer: 'renewed',
}))

const FIND = `SELECT t.*, s.rotated_at AS successor_rotated_at, s.retry_until AS successor_until, s.salt AS successor_salt,
  s.kid AS successor_kid, ${JOINED_GRANT} FROM refresh_tokens t
  JOIN grants g ON g.id = t.grant_id LEFT JOIN refresh_tokens s ON s.hash = t.successor_hash WHERE t.hash = $1`

/** $1 at, $2 how many at most. */
const CLOSE_WINDOWS = `UPDATE refresh_tokens SET salt = NULL, kid = NULL WHERE hash IN (
  SELECT hash FROM refresh_tokens WHERE salt IS NOT NULL AND retry_until <= $1 LIMIT $2 SKIP_LOCKED) RETURNING hash`

/** Windows that one rotation closes at most, beside its own work. */
const SWEEP = 200

/** Refresh tokens, their rotation and its retry window. */
export function refreshTokens(sql: Sql): Pick<Store, 'findRefreshToken' | 'rotateRefreshToken' | 'useRefreshToken'> {
  // The end of the first window that this process knows to be open. A process that has just started knows of none and looks.
  let nextSweep: Seconds = 0
  const sweep = async (at: Seconds, retryUntil: Seconds): Promise<void> => {
    if (at < nextSweep) {
      nextSweep = Math.min(nextSweep, retryUntil)
      return
    }
    nextSweep = retryUntil
    if ((await closeWindows(sql, at, SWEEP)) === SWEEP) nextSweep = at
  }
  return {
    findRefreshToken: (hash) => find(sql, hash),
    async rotateRefreshToken(hash, at, { clientId, jkt }, successor) {
      const { retryUntil, derivation, expiresAt } = successor
      await sweep(at, retryUntil)
      const presented = [hash, at, clientId, jkt ?? null]
      const child = [successor.hash, expiresAt, retryUntil, derivation.salt, derivation.kid]
      const [row] = await sql.run(rotate(successor), [...presented, ...child, ...useValues(successor)])
      if (row) return { outcome: 'rotated', grant: readGrant(row, 'g_') }
      return { outcome: 'refused', found: await find(sql, hash) }
    },
    async useRefreshToken(hash, at, { clientId, jkt }, bought) {
      const values = [hash, at, clientId, jkt ?? null, bought.expiresAt, ...useValues(bought)]
      const [row] = await sql.run(use(bought), values)
      if (row) return { outcome: 'used', grant: readGrant(row, 'g_') }
      return { outcome: 'refused', found: await find(sql, hash) }
    },
  }
}

/** Erases what successors were derived with where the window has closed. Gives how many there were. */
export async function closeWindows(sql: Sql, at: Seconds, limit: number): Promise<number> {
  return (await sql.query(CLOSE_WINDOWS, [at, limit])).length
}

async function find(sql: Sql, hash: string): Promise<FoundRefreshToken | undefined> {
  const [row] = await sql.query(FIND, [hash])
  return row && { token: readRefreshToken(row), grant: readGrant(row, 'g_') }
}

const readRefreshToken = (row: SqlRow): RefreshToken => ({
  hash: text(row, 'hash'),
  grantId: text(row, 'grant_id'),
  jkt: optionalText(row, 'jkt'),
  createdAt: integer(row, 'created_at'),
  expiresAt: integer(row, 'expires_at'),
  rotation: readRotation(row),
})

function readRotation(row: SqlRow): Rotation | undefined {
  const at = optionalInteger(row, 'rotated_at')
  if (at === undefined) return undefined
  const salt = optionalText(row, 'successor_salt')
  const kid = optionalText(row, 'successor_kid')
  return {
    at,
    jkt: optionalText(row, 'rotated_jkt'),
    // Without its successor the grant is over, and `expire` has come half-way.
    retryUntil: optionalInteger(row, 'successor_until') ?? at,
    successorHash: text(row, 'successor_hash'),
    successorUsed: optionalInteger(row, 'successor_rotated_at') !== undefined,
    derivation: salt !== undefined && kid !== undefined ? { salt, kid } : undefined,
  }
}
