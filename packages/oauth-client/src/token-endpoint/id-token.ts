import { accessTokenHash, type IdTokenClaims, parseIdToken, refuseIdToken } from '@scopewise/token-core/id-token'
import { OAuthClientError } from '../errors.js'
import type { Context } from './context.js'
import type { TokenResponse } from './token-response.js'

/** What the ID token has to say, beyond issuer, audience and times. */
export interface IdTokenExpectation {
  readonly nonce?: string | undefined
  /** Seconds. */
  readonly maxAge?: number | undefined
  readonly acrValues?: readonly string[] | undefined
  /** The claims of the ID token that came with the grant that is being refreshed. */
  readonly previous?: IdTokenClaims | undefined
}

/**
 * Checks the ID token of a token response. OpenID Connect Core 1.0 §3.1.3.7, at a refresh also §12.2.
 *
 * NOT checked: its signature. It came straight from the token endpoint over TLS, which §3.1.3.7 item 6 lets stand in for it.
 *
 * @throws {OAuthClientError} invalid_id_token
 */
export async function checkIdToken(
  context: Context,
  response: TokenResponse,
  jwt: string,
  expected: IdTokenExpectation,
): Promise<IdTokenClaims> {
  const { header, claims } = parse(jwt)
  const { previous, ...asked } = expected
  const { issuer, clientId } = context
  const known = { subject: previous?.sub, authTime: previous?.auth_time }
  const reason =
    refuseIdToken(claims, { issuer, clientId, ...asked, ...known }, context.now()) ??
    (previous && refuseRefreshed(claims, previous)) ??
    (await refuseHash(claims, header.alg, response.accessToken))
  if (reason === undefined) return claims
  throw new OAuthClientError('invalid_id_token', `The ID token was refused: ${reason}`)
}

function parse(jwt: string): ReturnType<typeof parseIdToken> {
  try {
    return parseIdToken(jwt)
  } catch (cause) {
    throw new OAuthClientError('invalid_id_token', 'The ID token is malformed', { cause })
  }
}

/** OI-07: what else must not change while a grant is refreshed. A server may leave either out. Pure. */
function refuseRefreshed(claims: IdTokenClaims, previous: IdTokenClaims): string | undefined {
  if (claims.azp !== undefined && claims.azp !== previous.azp) return 'wrong_authorized_party'
  if (claims.nonce !== undefined && claims.nonce !== previous.nonce) return 'wrong_nonce'
  return undefined
}

async function refuseHash(claims: IdTokenClaims, alg: string, accessToken: string): Promise<string | undefined> {
  if (claims.at_hash === undefined) return undefined
  try {
    return (await accessTokenHash(accessToken, alg)) === claims.at_hash ? undefined : 'wrong_access_token_hash'
  } catch {
    return 'wrong_access_token_hash'
  }
}
