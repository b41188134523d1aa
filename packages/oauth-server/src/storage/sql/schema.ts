/** Plain SQL, applied in order, each once and for ever: a released migration is never edited. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE grants (
      id TEXT PRIMARY KEY, client_id TEXT NOT NULL, subject TEXT NOT NULL, scope TEXT NOT NULL, resources TEXT NOT NULL,
      auth_time BIGINT NOT NULL, acr TEXT, amr TEXT, session_id TEXT NOT NULL,
      created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, revoked_at BIGINT)`,
    'CREATE INDEX grants_expiry ON grants (expires_at)',
    `CREATE TABLE authorization_codes (
      hash TEXT PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
      redirect_uri TEXT NOT NULL, code_challenge TEXT NOT NULL, nonce TEXT, expires_at BIGINT NOT NULL, redeemed_at BIGINT)`,
    'CREATE INDEX authorization_codes_grant ON authorization_codes (grant_id)',
    `CREATE TABLE refresh_tokens (
      hash TEXT PRIMARY KEY, grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
      created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL,
      rotated_at BIGINT, retry_until BIGINT, successor_hash TEXT, successor_salt TEXT, successor_kid TEXT)`,
    'CREATE INDEX refresh_tokens_grant ON refresh_tokens (grant_id)',
    'CREATE UNIQUE INDEX refresh_tokens_successor ON refresh_tokens (successor_hash)',
    'CREATE INDEX refresh_tokens_window ON refresh_tokens (retry_until) WHERE successor_salt IS NOT NULL',
    'CREATE TABLE consents (subject TEXT NOT NULL, client_id TEXT NOT NULL, scope TEXT NOT NULL, PRIMARY KEY (subject, client_id, scope))',
    `CREATE TABLE sessions (
      hash TEXT PRIMARY KEY, id TEXT NOT NULL, subject TEXT NOT NULL, name TEXT, auth_time BIGINT NOT NULL, acr TEXT, amr TEXT,
      login_attempt TEXT NOT NULL, expires_at BIGINT NOT NULL)`,
    'CREATE INDEX sessions_expiry ON sessions (expires_at)',
    'CREATE TABLE used_once (key TEXT PRIMARY KEY, expires_at BIGINT NOT NULL)',
    'CREATE INDEX used_once_expiry ON used_once (expires_at)',
    'CREATE TABLE signing_keys (id INTEGER PRIMARY KEY CHECK (id = 1), version BIGINT NOT NULL, wrapped TEXT NOT NULL)',
  ],
]
