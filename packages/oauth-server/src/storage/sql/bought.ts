import type { Bought, OpaqueToken, RefreshToken } from '../store.js'
import { type Columns, integer, names, object, optionalText, parameters, text } from './columns.js'
import { memoize, type Transition } from './dialect.js'
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

/** Which of the two a transition stores: a database takes its time for each step, also for one that finds nothing to do. */
type Purchase = '' | 'access' | 'refresh' | 'access refresh'

/** A transition for each purchase, made when it is first asked for. */
export function perPurchase(make: (purchase: Purchase) => Transition): (bought: Partial<Bought>) => Transition {
  const transition = memoize(make)
  return ({ accessToken, refreshToken }) => {
    if (accessToken) return transition(refreshToken ? 'access refresh' : 'access')
    return transition(refreshToken ? 'refresh' : '')
  }
}

const ACCESS_LENGTH = Object.keys(OPAQUE_TOKEN).length

/** Prolongs the grant and stores an access token: {@link useValues} from parameter `first` on. */
export const useSteps = (first: number, purchase: Purchase): Transition['steps'] => ({
  prolonged: `UPDATE grants SET expires_at = $${first} WHERE id = (SELECT grant_id FROM won) AND expires_at < $${first}`,
  ...(purchase.includes('access') && {
    access_token: `INSERT INTO opaque_tokens (${names(OPAQUE_TOKEN)}) SELECT ${parameters(OPAQUE_TOKEN, first + 1)} FROM won`,
  }),
})

/** The same with a refresh token: {@link boughtValues} from parameter `first` on. */
export function boughtSteps(first: number, purchase: Purchase): Transition['steps'] {
  const own = first + 1 + (purchase.includes('access') ? ACCESS_LENGTH : 0)
  return {
    ...useSteps(first, purchase),
    ...(purchase.includes('refresh') && {
      refresh_token: `INSERT INTO refresh_tokens (${names(REFRESH_TOKEN)}) SELECT ${parameters(REFRESH_TOKEN, own)} FROM won`,
    }),
  }
}

export const useValues = ({
  accessToken,
  grantExpiresAt,
}: Pick<Bought, 'accessToken' | 'grantExpiresAt'>): readonly SqlValue[] => [
  grantExpiresAt,
  ...(accessToken ? opaqueValues(accessToken) : []),
]

export const boughtValues = (bought: Bought): readonly SqlValue[] => [
  ...useValues(bought),
  ...(bought.refreshToken ? refreshValues(bought.refreshToken) : []),
]

const refreshValues = (token: RefreshToken): readonly SqlValue[] => [
  token.hash,
  token.grantId,
  token.jkt ?? null,
  token.createdAt,
  token.expiresAt,
]

export const opaqueValues = (token: OpaqueToken): readonly SqlValue[] => [
  token.hash,
  token.grantId ?? null,
  token.clientId,
  JSON.stringify(token.claims),
  token.expiresAt,
]

export const readOpaqueToken = (row: SqlRow): OpaqueToken => ({
  hash: text(row, 'hash'),
  grantId: optionalText(row, 'grant_id'),
  clientId: text(row, 'client_id'),
  claims: object(row, 'claims'),
  expiresAt: integer(row, 'expires_at'),
})
