import type { Seconds } from '../../time.js'
import type { Authorization, Bought, RotationOutcome, Store, Successor } from '../store.js'
import type { SqlPort, SqlQuery } from './port.js'
import {
  codeColumns,
  codeValues,
  grantColumns,
  grantValues,
  integer,
  joinedGrantColumns,
  readCode,
  readGrant,
  readRefreshToken,
  readSession,
  sessionValues,
  text,
} from './rows.js'

const USE_ONCE = `INSERT INTO used_once (key, expires_at) VALUES ($1, $2)
  ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at WHERE used_once.expires_at <= $3 RETURNING key`

const GRANT_LIVES = 'EXISTS (SELECT 1 FROM grants WHERE grants.id = grant_id AND grants.revoked_at IS NULL)'

const REDEEM_CODE = `UPDATE authorization_codes SET redeemed_at = $2
  WHERE hash = $1 AND redeemed_at IS NULL AND expires_at > $2 AND ${GRANT_LIVES} RETURNING grant_id`

const ROTATE = `UPDATE refresh_tokens SET rotated_at = $2, retry_until = $3, successor_hash = $4, successor_salt = $5, successor_kid = $6
  WHERE hash = $1 AND rotated_at IS NULL AND expires_at > $2 AND ${GRANT_LIVES} RETURNING grant_id`

const FIND_REFRESH_TOKEN = `SELECT t.*, s.rotated_at AS successor_rotated_at, ${joinedGrantColumns} FROM refresh_tokens t
  JOIN grants g ON g.id = t.grant_id LEFT JOIN refresh_tokens s ON s.hash = t.successor_hash WHERE t.hash = $1`

const PUT_REFRESH_TOKEN = 'INSERT INTO refresh_tokens (hash, grant_id, created_at, expires_at) VALUES ($1, $2, $3, $4)'

const PROLONG_GRANT = 'UPDATE grants SET expires_at = $2 WHERE id = $1 AND expires_at < $2'

const CLOSE_WINDOWS =
  'UPDATE refresh_tokens SET successor_salt = NULL, successor_kid = NULL WHERE successor_salt IS NOT NULL AND retry_until <= $1'

/** Each table whose rows end by themselves, with its key. Codes and refresh tokens go with their grant. */
const EXPIRING = { grants: 'id', sessions: 'hash', used_once: 'key' } as const

/** The store contract over any database of one primary that speaks this SQL. Only hashes of secrets ever reach it. */
export function sqlStore(port: SqlPort): Store {
  const { query } = port
  return {
    durability: 'durable',
    putAuthorization: (authorization, at) => port.transaction((run) => putAuthorization(run, authorization, at)),
    async findAuthorizationCode(hash) {
      const [row] = await query(
        `SELECT c.*, ${joinedGrantColumns} FROM authorization_codes c JOIN grants g ON g.id = c.grant_id WHERE c.hash = $1`,
        [hash],
      )
      return row && { code: readCode(row), grant: readGrant(row, 'g_') }
    },
    redeemAuthorizationCode: (hash, at, bought) => port.transaction((run) => redeem(run, hash, at, bought)),
    findRefreshToken: (hash) => findRefreshToken(query, hash),
    rotateRefreshToken: (hash, at, successor) => port.transaction((run) => rotate(run, hash, at, successor)),
    async findGrant(id) {
      const [row] = await query('SELECT * FROM grants WHERE id = $1', [id])
      return row && readGrant(row)
    },
    revokeGrant: (id, at) => port.transaction((run) => revokeGrant(run, id, at)),
    async findConsent(subject, clientId) {
      const rows = await query('SELECT scope FROM consents WHERE subject = $1 AND client_id = $2', [subject, clientId])
      return rows.length === 0 ? undefined : { subject, clientId, scope: rows.map((row) => text(row, 'scope')) }
    },
    async findSession(hash) {
      const [row] = await query('SELECT * FROM sessions WHERE hash = $1', [hash])
      return row && readSession(row)
    },
    replaceSession: (session, replaced) =>
      port.transaction(async (run) => {
        if (replaced !== undefined) await run('DELETE FROM sessions WHERE hash = $1', [replaced])
        await run(
          'INSERT INTO sessions (hash, id, subject, name, auth_time, acr, amr, login_attempt, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
          sessionValues(session),
        )
      }),
    async deleteSession(hash) {
      await query('DELETE FROM sessions WHERE hash = $1', [hash])
    },
    useOnce: async (key, expiresAt, at) =>
      (await query(USE_ONCE, [key, expiresAt, at])).length === 1 ? 'first' : 'replayed',
    async findKeys() {
      const [row] = await query('SELECT version, wrapped FROM signing_keys WHERE id = 1')
      return row && { version: integer(row, 'version'), wrapped: text(row, 'wrapped') }
    },
    casKeys: (expectedVersion, wrapped) => casKeys(query, expectedVersion, wrapped),
    expire: (at, limit) => expire(query, at, limit),
    close: () => port.close(),
  }
}

async function putAuthorization(
  run: SqlQuery,
  { interaction, consent, grant, code }: Authorization,
  at: Seconds,
): Promise<'stored' | 'replayed'> {
  if (interaction && (await run(USE_ONCE, [interaction.id, interaction.expiresAt, at])).length === 0) return 'replayed'
  for (const value of consent?.scope ?? []) {
    await run('INSERT INTO consents (subject, client_id, scope) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
      grant.subject,
      grant.clientId,
      value,
    ])
  }
  await run(
    `INSERT INTO grants (${grantColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    grantValues(grant),
  )
  await run(`INSERT INTO authorization_codes (${codeColumns}) VALUES ($1, $2, $3, $4, $5, $6, $7)`, codeValues(code))
  return 'stored'
}

async function redeem(
  run: SqlQuery,
  hash: string,
  at: Seconds,
  { refreshToken, grantExpiresAt }: Bought,
): Promise<'redeemed' | 'already_redeemed' | 'gone'> {
  const [won] = await run(REDEEM_CODE, [hash, at])
  if (!won) {
    const [row] = await run('SELECT redeemed_at FROM authorization_codes WHERE hash = $1', [hash])
    return row && row['redeemed_at'] !== null ? 'already_redeemed' : 'gone'
  }
  if (refreshToken)
    await run(PUT_REFRESH_TOKEN, [
      refreshToken.hash,
      refreshToken.grantId,
      refreshToken.createdAt,
      refreshToken.expiresAt,
    ])
  await run(PROLONG_GRANT, [text(won, 'grant_id'), grantExpiresAt])
  return 'redeemed'
}

async function findRefreshToken(run: SqlQuery, hash: string): ReturnType<Store['findRefreshToken']> {
  const [row] = await run(FIND_REFRESH_TOKEN, [hash])
  return row && { token: readRefreshToken(row), grant: readGrant(row, 'g_') }
}

async function rotate(run: SqlQuery, hash: string, at: Seconds, successor: Successor): Promise<RotationOutcome> {
  const { token, derivation, retryUntil, grantExpiresAt } = successor
  await run(CLOSE_WINDOWS, [at])
  const [won] = await run(ROTATE, [hash, at, retryUntil, token.hash, derivation.salt, derivation.kid])
  if (!won) return explain(await findRefreshToken(run, hash))
  await run(PUT_REFRESH_TOKEN, [token.hash, token.grantId, token.createdAt, token.expiresAt])
  await run('UPDATE refresh_tokens SET successor_salt = NULL, successor_kid = NULL WHERE successor_hash = $1', [hash])
  await run(PROLONG_GRANT, [text(won, 'grant_id'), grantExpiresAt])
  return { outcome: 'rotated' }
}

function explain(found: Awaited<ReturnType<Store['findRefreshToken']>>): RotationOutcome {
  if (!found) return { outcome: 'gone' }
  if (found.grant.revokedAt !== undefined) return { outcome: 'revoked' }
  return found.token.rotation ? { outcome: 'already_rotated', token: found.token } : { outcome: 'gone' }
}

async function revokeGrant(run: SqlQuery, id: string, at: Seconds): Promise<boolean> {
  const won = await run('UPDATE grants SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id', [id, at])
  if (won.length === 0) return false
  await run(
    'UPDATE refresh_tokens SET successor_salt = NULL, successor_kid = NULL WHERE grant_id = $1 AND successor_salt IS NOT NULL',
    [id],
  )
  return true
}

async function casKeys(run: SqlQuery, expectedVersion: number, wrapped: string): Promise<boolean> {
  const won =
    expectedVersion === 0
      ? await run(
          'INSERT INTO signing_keys (id, version, wrapped) VALUES (1, 1, $1) ON CONFLICT DO NOTHING RETURNING id',
          [wrapped],
        )
      : await run(
          'UPDATE signing_keys SET version = version + 1, wrapped = $2 WHERE id = 1 AND version = $1 RETURNING id',
          [expectedVersion, wrapped],
        )
  return won.length === 1
}

async function expire(run: SqlQuery, at: Seconds, limit: number): Promise<number> {
  await run(CLOSE_WINDOWS, [at])
  let removed = 0
  for (const [table, key] of Object.entries(EXPIRING)) {
    const rows = await run(
      `DELETE FROM ${table} WHERE ${key} IN (SELECT ${key} FROM ${table} WHERE expires_at <= $1 LIMIT $2) RETURNING ${key}`,
      [at, limit],
    )
    removed += rows.length
  }
  return removed
}
