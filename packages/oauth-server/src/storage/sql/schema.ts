/**
 * Plain SQL for both dialects, applied in order, each once and for ever: a released migration is never edited.
 * Nothing refers to `grants` by a foreign key: `expire` removes what belongs to a grant before the grant, which ends last of
 * all, and checking or locking the grant for each token would double what a token costs to write.
 */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE grants (
      id TEXT PRIMARY KEY, client_id TEXT NOT NULL, subject TEXT NOT NULL, scope TEXT NOT NULL, resources TEXT NOT NULL,
      auth_time BIGINT NOT NULL, acr TEXT, amr TEXT, session_id TEXT NOT NULL,
      created_at BIGINT NOT NULL, refresh_until BIGINT NOT NULL, expires_at BIGINT NOT NULL, revoked_at BIGINT,
      due_at BIGINT NOT NULL)`,
    'CREATE INDEX grants_due ON grants (due_at)',
    'CREATE INDEX grants_subject ON grants (subject, client_id)',
    'CREATE INDEX grants_client ON grants (client_id)',
    `CREATE TABLE authorization_codes (
      hash TEXT PRIMARY KEY, grant_id TEXT NOT NULL, redirect_uri TEXT NOT NULL, code_challenge TEXT NOT NULL,
      nonce TEXT, jkt TEXT, expires_at BIGINT NOT NULL, redeemed_at BIGINT)`,
    'CREATE INDEX authorization_codes_grant ON authorization_codes (grant_id)',
    `CREATE TABLE refresh_tokens (
      hash TEXT PRIMARY KEY, grant_id TEXT NOT NULL, jkt TEXT, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
      rotated_at BIGINT, rotated_jkt TEXT, successor_hash TEXT, retry_until BIGINT, salt TEXT, kid TEXT)`,
    'CREATE INDEX refresh_tokens_grant ON refresh_tokens (grant_id)',
    'CREATE INDEX refresh_tokens_window ON refresh_tokens (retry_until) WHERE salt IS NOT NULL',
    `CREATE TABLE opaque_tokens (
      hash TEXT PRIMARY KEY, grant_id TEXT, client_id TEXT NOT NULL, claims TEXT NOT NULL, expires_at BIGINT NOT NULL)`,
    'CREATE INDEX opaque_tokens_expiry ON opaque_tokens (expires_at)',
    'CREATE INDEX opaque_tokens_client ON opaque_tokens (client_id) WHERE grant_id IS NULL',
    `CREATE TABLE device_codes (
      hash TEXT PRIMARY KEY, user_code_hash TEXT NOT NULL UNIQUE, client_id TEXT NOT NULL, scope TEXT NOT NULL, resources TEXT NOT NULL,
      requested_from TEXT, expires_at BIGINT NOT NULL, poll_interval BIGINT NOT NULL, polled_at BIGINT, polled_early BIGINT NOT NULL DEFAULT 0,
      status TEXT NOT NULL, claimed_by TEXT, grant_id TEXT)`,
    'CREATE INDEX device_codes_expiry ON device_codes (expires_at)',
    `CREATE TABLE pushed_requests (
      hash TEXT PRIMARY KEY, client_id TEXT NOT NULL, request TEXT NOT NULL, usable_until BIGINT NOT NULL, expires_at BIGINT NOT NULL)`,
    'CREATE INDEX pushed_requests_expiry ON pushed_requests (expires_at)',
    `CREATE TABLE clients (
      client_id TEXT PRIMARY KEY, registration_token_hash TEXT NOT NULL, version BIGINT NOT NULL, metadata TEXT NOT NULL, created_at BIGINT NOT NULL)`,
    'CREATE TABLE consents (subject TEXT NOT NULL, client_id TEXT NOT NULL, scope TEXT NOT NULL, PRIMARY KEY (subject, client_id, scope))',
    'CREATE INDEX consents_client ON consents (client_id)',
    `CREATE TABLE sessions (
      hash TEXT PRIMARY KEY, id TEXT NOT NULL, subject TEXT NOT NULL, name TEXT, auth_time BIGINT NOT NULL, acr TEXT, amr TEXT,
      login_attempt TEXT NOT NULL, expires_at BIGINT NOT NULL)`,
    'CREATE INDEX sessions_expiry ON sessions (expires_at)',
    'CREATE INDEX sessions_subject ON sessions (subject)',
    'CREATE TABLE used_once (key TEXT PRIMARY KEY, expires_at BIGINT NOT NULL)',
    'CREATE INDEX used_once_expiry ON used_once (expires_at)',
    'CREATE TABLE counters (key TEXT PRIMARY KEY, hits BIGINT NOT NULL, expires_at BIGINT NOT NULL)',
    'CREATE INDEX counters_expiry ON counters (expires_at)',
    'CREATE TABLE signing_keys (id INTEGER PRIMARY KEY CHECK (id = 1), version BIGINT NOT NULL, wrapped TEXT NOT NULL)',
  ],
]

/** Every table that the migrations make, for a dialect that keeps them in a schema of their own. */
export const TABLES: readonly string[] = MIGRATIONS.flat().flatMap(
  (statement) => /^CREATE TABLE (\w+)/.exec(statement)?.[1] ?? [],
)
