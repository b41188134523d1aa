import { OAuthError } from '../../errors.js'
import type { AuthorizationCode, Grant, RefreshToken, Rotation, Session } from '../store.js'
import type { SqlRow, SqlValue } from './port.js'

/** Rows to records and back. A column of another type means a damaged or foreign database and is refused. */

export const grantColumns =
  'id, client_id, subject, scope, resources, auth_time, acr, amr, session_id, created_at, expires_at, revoked_at'

export function grantValues(grant: Grant): readonly SqlValue[] {
  return [
    grant.id,
    grant.clientId,
    grant.subject,
    JSON.stringify(grant.scope),
    JSON.stringify(grant.resources),
    grant.authTime,
    grant.acr ?? null,
    grant.amr ? JSON.stringify(grant.amr) : null,
    grant.sessionId,
    grant.createdAt,
    grant.expiresAt,
    grant.revokedAt ?? null,
  ]
}

/** Reads a grant; `g_` is put before the columns where the row is a join. */
export function readGrant(row: SqlRow, prefix = ''): Grant {
  return {
    id: text(row, `${prefix}id`),
    clientId: text(row, `${prefix}client_id`),
    subject: text(row, `${prefix}subject`),
    scope: list(row, `${prefix}scope`),
    resources: list(row, `${prefix}resources`),
    authTime: integer(row, `${prefix}auth_time`),
    acr: optionalText(row, `${prefix}acr`),
    amr: optionalList(row, `${prefix}amr`),
    sessionId: text(row, `${prefix}session_id`),
    createdAt: integer(row, `${prefix}created_at`),
    expiresAt: integer(row, `${prefix}expires_at`),
    revokedAt: optionalInteger(row, `${prefix}revoked_at`),
  }
}

export const joinedGrantColumns = grantColumns
  .split(', ')
  .map((column) => `g.${column} AS g_${column}`)
  .join(', ')

export const codeColumns = 'hash, grant_id, redirect_uri, code_challenge, nonce, expires_at, redeemed_at'

export function codeValues(code: AuthorizationCode): readonly SqlValue[] {
  return [
    code.hash,
    code.grantId,
    code.redirectUri,
    code.codeChallenge,
    code.nonce ?? null,
    code.expiresAt,
    code.redeemedAt ?? null,
  ]
}

export function readCode(row: SqlRow): AuthorizationCode {
  return {
    hash: text(row, 'hash'),
    grantId: text(row, 'grant_id'),
    redirectUri: text(row, 'redirect_uri'),
    codeChallenge: text(row, 'code_challenge'),
    nonce: optionalText(row, 'nonce'),
    expiresAt: integer(row, 'expires_at'),
    redeemedAt: optionalInteger(row, 'redeemed_at'),
  }
}

export function readRefreshToken(row: SqlRow): RefreshToken {
  return {
    hash: text(row, 'hash'),
    grantId: text(row, 'grant_id'),
    createdAt: integer(row, 'created_at'),
    expiresAt: integer(row, 'expires_at'),
    rotation: readRotation(row),
  }
}

function readRotation(row: SqlRow): Rotation | undefined {
  const at = optionalInteger(row, 'rotated_at')
  if (at === undefined) return undefined
  const salt = optionalText(row, 'successor_salt')
  const kid = optionalText(row, 'successor_kid')
  return {
    at,
    retryUntil: integer(row, 'retry_until'),
    successorHash: text(row, 'successor_hash'),
    successorUsed: optionalInteger(row, 'successor_rotated_at') !== undefined,
    derivation: salt !== undefined && kid !== undefined ? { salt, kid } : undefined,
  }
}

export function sessionValues(session: Session): readonly SqlValue[] {
  return [
    session.hash,
    session.id,
    session.subject,
    session.name ?? null,
    session.authTime,
    session.acr ?? null,
    session.amr ? JSON.stringify(session.amr) : null,
    session.loginAttempt,
    session.expiresAt,
  ]
}

export function readSession(row: SqlRow): Session {
  return {
    hash: text(row, 'hash'),
    id: text(row, 'id'),
    subject: text(row, 'subject'),
    name: optionalText(row, 'name'),
    authTime: integer(row, 'auth_time'),
    acr: optionalText(row, 'acr'),
    amr: optionalList(row, 'amr'),
    loginAttempt: text(row, 'login_attempt'),
    expiresAt: integer(row, 'expires_at'),
  }
}

export function text(row: SqlRow, column: string): string {
  const value = row[column]
  return typeof value === 'string' ? value : damaged(column)
}

export function integer(row: SqlRow, column: string): number {
  const value = row[column]
  // Some drivers give 64-bit columns as bigint; every number of this schema is far below 2^53.
  const number = typeof value === 'bigint' ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : damaged(column)
}

const isNull = (row: SqlRow, column: string): boolean => row[column] === null || row[column] === undefined
const optionalText = (row: SqlRow, column: string): string | undefined =>
  isNull(row, column) ? undefined : text(row, column)
const optionalInteger = (row: SqlRow, column: string): number | undefined =>
  isNull(row, column) ? undefined : integer(row, column)
const optionalList = (row: SqlRow, column: string): readonly string[] | undefined =>
  isNull(row, column) ? undefined : list(row, column)

function list(row: SqlRow, column: string): readonly string[] {
  const value: unknown = JSON.parse(text(row, column))
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : damaged(column)
}

function damaged(column: string): never {
  throw new OAuthError('server_error', {
    description: 'The database holds a row that this version can not read.',
    reason: `damaged column ${column}`,
  })
}
