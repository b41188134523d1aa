import type { OpaqueToken, RefreshToken } from '../store.js'
import { type Columns, integer, names, object, optionalText, parameters, text } from './columns.js'
import type { SqlRow, SqlValue } from './port.js'

/** What redeeming a code buys, as steps that follow one named `won`, which returned the `grant_id`. */

const REFRESH_TOKEN: Columns = {
  hash: 'TEXT',
  grant_id: 'TEXT',
  jkt: 'TEXT',
  created_at: 'BIGINT',
  expires_at: 'BIGINT',
}
export const OPAQUE_TOKEN: Columns = {
  hash: 'TEXT',
  grant_id: 'TEXT',
  client_id: 'TEXT',
  claims: 'TEXT',
  expires_at: 'BIGINT',
}

const putRefreshToken = (first: number): string =>
  `INSERT INTO refresh_tokens (${names(REFRESH_TOKEN)}) SELECT ${parameters(REFRESH_TOKEN, first)} FROM won
   WHERE CAST($${first} AS TEXT) IS NOT NULL`

const putAccessToken = (first: number): string =>
  `INSERT INTO opaque_tokens (${names(OPAQUE_TOKEN)}) SELECT ${parameters(OPAQUE_TOKEN, first)} FROM won
   WHERE CAST($${first} AS TEXT) IS NOT NULL`

/** The grant lives at least as long as what it gave. */
const prolongGrant = (first: number): string =>
  `UPDATE grants SET expires_at = $${first} WHERE id IN (SELECT grant_id FROM won) AND expires_at < $${first}`

/** Stores an access token and prolongs the grant: {@link useValues} from parameter `first` on. */
export const useSteps = (first: number): Readonly<Record<'access_token' | 'prolonged', string>> => ({
  access_token: putAccessToken(first),
  prolonged: prolongGrant(first + OPAQUE_LENGTH),
})

/** The same with a refresh token: {@link boughtValues} from parameter `first` on. */
export const boughtSteps = (first: number): Readonly<Record<string, string>> => ({
  refresh_token: putRefreshToken(first),
  ...useSteps(first + REFRESH_LENGTH),
})

const OPAQUE_LENGTH = Object.keys(OPAQUE_TOKEN).length
const REFRESH_LENGTH = Object.keys(REFRESH_TOKEN).length

export const useValues = ({
  accessToken,
  grantExpiresAt,
}: {
  readonly accessToken: OpaqueToken | undefined
  readonly grantExpiresAt: number
}): readonly SqlValue[] => [...opaqueValues(accessToken), grantExpiresAt]

export const boughtValues = ({
  refreshToken,
  ...use
}: {
  readonly refreshToken: RefreshToken | undefined
  readonly accessToken: OpaqueToken | undefined
  readonly grantExpiresAt: number
}): readonly SqlValue[] => [
  refreshToken?.hash ?? null,
  refreshToken?.grantId ?? null,
  refreshToken?.jkt ?? null,
  refreshToken?.createdAt ?? null,
  refreshToken?.expiresAt ?? null,
  ...useValues(use),
]

export const opaqueValues = (token: OpaqueToken | undefined): readonly SqlValue[] => [
  token?.hash ?? null,
  token?.grantId ?? null,
  token?.clientId ?? null,
  token ? JSON.stringify(token.claims) : null,
  token?.expiresAt ?? null,
]

export const readOpaqueToken = (row: SqlRow): OpaqueToken => ({
  hash: text(row, 'hash'),
  grantId: optionalText(row, 'grant_id'),
  clientId: text(row, 'client_id'),
  claims: object(row, 'claims'),
  expiresAt: integer(row, 'expires_at'),
})
