import type { Seconds } from '../../time.js'
import type { Authorization, AuthorizationCode, Store } from '../store.js'
import { boughtSteps, boughtValues, perPurchase } from './bought.js'
import { type Columns, integer, names, optionalInteger, optionalText, parameters, text } from './columns.js'
import type { Sql, Transition } from './dialect.js'
import { addConsent, consentValue, grantValues, JOINED_GRANT, putGrant, readGrant } from './grant-rows.js'
import type { SqlRow, SqlValue } from './port.js'

const CODE: Columns = {
  hash: 'TEXT',
  grant_id: 'TEXT',
  redirect_uri: 'TEXT',
  code_challenge: 'TEXT',
  nonce: 'TEXT',
  jkt: 'TEXT',
  expires_at: 'BIGINT',
  redeemed_at: 'BIGINT',
}

/** A row may be told for a second use only once the first is forgotten. $1 is the caller's now. */
const burn = (first: number, condition: string): string =>
  `INSERT INTO used_once (key, expires_at) SELECT CAST($${first} AS TEXT), CAST($${first + 1} AS BIGINT)
   WHERE CAST($${first} AS TEXT) IS NOT NULL AND ${condition}
   ON CONFLICT (key) DO UPDATE SET expires_at = excluded.expires_at WHERE used_once.expires_at <= $1 RETURNING key`

const INTERACTION_BURNT = '(CAST($2 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM interaction_burnt))'
const REQUEST_BURNT = '(CAST($4 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM request_burnt))'

/** $1 at, $2-$3 interaction, $4-$5 pushed request, $6 consent, $7-$20 grant, $21-$28 code. */
const PUT_AUTHORIZATION: Transition = {
  steps: {
    interaction_burnt: burn(2, '1 = 1'),
    request_burnt: burn(4, INTERACTION_BURNT),
    granted: putGrant(7, `${INTERACTION_BURNT} AND ${REQUEST_BURNT}`),
    code_stored: `INSERT INTO authorization_codes (${names(CODE)}) SELECT ${parameters(CODE, 21)} FROM granted`,
    consented: addConsent(6, 'EXISTS (SELECT 1 FROM granted)'),
  },
  answer: 'granted',
}

/** The grant is joined in the same statement: once it is revoked, nothing of it is redeemed. */
export const GRANT_LIVES = 'EXISTS (SELECT 1 FROM grants WHERE grants.id = grant_id AND grants.revoked_at IS NULL)'

/** $1 hash, $2 at, then what it buys. */
const redeemCode = perPurchase((bought) => ({
  steps: {
    won: `UPDATE authorization_codes SET redeemed_at = $2
          WHERE hash = $1 AND redeemed_at IS NULL AND expires_at > $2 AND ${GRANT_LIVES} RETURNING grant_id`,
    ...boughtSteps(3, bought),
  },
  answer: 'won',
}))

const FIND_CODE = `SELECT c.*, ${JOINED_GRANT} FROM authorization_codes c JOIN grants g ON g.id = c.grant_id WHERE c.hash = $1`

/** Codes, the grants they belong to, and what they were pushed with. */
export function authorizations(
  sql: Sql,
): Pick<
  Store,
  'putAuthorization' | 'findAuthorizationCode' | 'redeemAuthorizationCode' | 'putPushedRequest' | 'findPushedRequest'
> {
  return {
    async putAuthorization(authorization, at) {
      const stored = await sql.run(PUT_AUTHORIZATION, authorizationValues(authorization, at))
      return stored.length === 1 ? 'stored' : 'replayed'
    },
    async findAuthorizationCode(hash) {
      const [row] = await sql.query(FIND_CODE, [hash])
      return row && { code: readCode(row), grant: readGrant(row, 'g_') }
    },
    async redeemAuthorizationCode(hash, at, bought) {
      const won = await sql.run(redeemCode(bought), [hash, at, ...boughtValues(bought)])
      if (won.length === 1) return 'redeemed'
      const [row] = await sql.query('SELECT redeemed_at FROM authorization_codes WHERE hash = $1', [hash])
      return row && row['redeemed_at'] !== null ? 'already_redeemed' : 'gone'
    },
    async putPushedRequest({ hash, clientId, request, expiresAt, keptUntil }) {
      await sql.query(
        'INSERT INTO pushed_requests (hash, client_id, request, usable_until, expires_at) VALUES ($1, $2, $3, $4, $5)',
        [hash, clientId, request, expiresAt, keptUntil],
      )
    },
    async findPushedRequest(hash) {
      const [row] = await sql.query('SELECT * FROM pushed_requests WHERE hash = $1', [hash])
      return (
        row && {
          hash: text(row, 'hash'),
          clientId: text(row, 'client_id'),
          request: text(row, 'request'),
          expiresAt: integer(row, 'usable_until'),
          keptUntil: integer(row, 'expires_at'),
        }
      )
    },
  }
}

const authorizationValues = (
  { interaction, pushedRequest, consent, grant, code }: Authorization,
  at: Seconds,
): readonly SqlValue[] => [
  at,
  interaction?.id ?? null,
  interaction?.expiresAt ?? null,
  pushedRequest?.id ?? null,
  pushedRequest?.expiresAt ?? null,
  consentValue(consent),
  ...grantValues(grant),
  ...codeValues(code),
]

const codeValues = (code: AuthorizationCode): readonly SqlValue[] => [
  code.hash,
  code.grantId,
  code.redirectUri,
  code.codeChallenge,
  code.nonce ?? null,
  code.jkt ?? null,
  code.expiresAt,
  code.redeemedAt ?? null,
]

const readCode = (row: SqlRow): AuthorizationCode => ({
  hash: text(row, 'hash'),
  grantId: text(row, 'grant_id'),
  redirectUri: text(row, 'redirect_uri'),
  codeChallenge: text(row, 'code_challenge'),
  nonce: optionalText(row, 'nonce'),
  jkt: optionalText(row, 'jkt'),
  expiresAt: integer(row, 'expires_at'),
  redeemedAt: optionalInteger(row, 'redeemed_at'),
})
