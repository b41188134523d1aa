// Rows as the server would have written them, made by the database itself.

/** One row a number, from 1 to n. */
export const numbers = {
  sqlite: (n) =>
    `(WITH RECURSIVE numbers (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${n}) SELECT i FROM numbers)`,
  postgres: (n) => `generate_series(1, ${n}) AS numbers (i)`,
}
/** What a database does by itself in the hours that such rows take to come together: no request waits for it afterwards. */
const TIDY = { sqlite: ['ANALYZE', 'PRAGMA wal_checkpoint(TRUNCATE)'], postgres: ['VACUUM ANALYZE', 'CHECKPOINT'] }

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
/** Hashes lie anywhere among each other, so these begin anyhow. Ids of grants begin with the time and follow each other. */
const ANYWHERE = [1, 64, 4096]
  .map((part) => `substr('${ALPHABET}', 1 + CAST((i * 2654435761 / ${part}) % 64 AS INTEGER), 1)`)
  .join(' || ')
const SCHEMA = { sqlite: '', postgres: 'scopewise.' }

function rows(kind, count, prefix, expiresAt) {
  const now = Math.floor(Date.now() / 1000)
  const source = numbers[kind](count)
  const schema = SCHEMA[kind]
  return [
    `INSERT INTO ${schema}grants (id, client_id, subject, scope, resources, auth_time, session_id, created_at, refresh_until, expires_at, due_at)
     SELECT '${prefix}' || i, 'bench-web', 'user_' || i, '["notes:read"]', '["https://api.example"]', ${now}, 'session_' || i, ${now}, ${expiresAt}, ${expiresAt}, ${expiresAt}
     FROM ${source}`,
    `INSERT INTO ${schema}authorization_codes (hash, grant_id, redirect_uri, code_challenge, expires_at, redeemed_at)
     SELECT ${ANYWHERE} || '${prefix}code_' || i, '${prefix}' || i, 'https://app.example/cb', 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', ${now}, ${now}
     FROM ${source}`,
    `INSERT INTO ${schema}refresh_tokens (hash, grant_id, created_at, expires_at)
     SELECT ${ANYWHERE} || '${prefix}token_' || i, '${prefix}' || i, ${now}, ${expiresAt} FROM ${source}`,
  ]
}

/** So many grants, each with its redeemed code and a refresh token, all alive. */
export const fill = (kind, count) => [
  ...rows(kind, count, 'full_', Math.floor(Date.now() / 1000) + 86_400),
  ...TIDY[kind],
]

/** So many more, all over. */
export const fillExpired = (kind, count) => [
  ...rows(kind, count, 'old_', Math.floor(Date.now() / 1000) - 86_400),
  ...TIDY[kind],
]
