import { accessTokenHash, type IdTokenClaims, parseIdToken, refuseIdToken } from '@scopewise/token-core/id-token'
import type { OAuthClient } from '../client/client.js'
import type { Transaction } from '../client/transaction.js'
import { OAuthClientError } from '../errors.js'
import type { TokenResponse } from './token-response.js'
import type { CheckedIdToken } from './tokens.js'

/** What the ID token has to say, beyond issuer, audience and times. */
export type IdTokenExpectation = Partial<Pick<Transaction, 'nonce' | 'maxAge' | 'acrValues'>>

/**
 * Checks the ID token of a token response. OpenID Connect Core 1.0 §3.1.3.7, at a refresh also §12.2.
 *
 * NOT checked: its signature, unless the client has `verifySignature`. It came straight from the token endpoint over TLS, which
 * §3.1.3.7 item 6 lets stand in for it.
 *
 * @param previous the claims of the ID token that came with the grant that is being refreshed
 * @throws {OAuthClientError} invalid_id_token
 */
export async function checkIdToken(
  client: OAuthClient,
  { accessToken }: TokenResponse,
  jwt: string,
  { nonce, maxAge, acrValues }: IdTokenExpectation,
  previous?: IdTokenClaims,
): Promise<CheckedIdToken> {
  const { header, claims } = parse(jwt)
  const { issuer, clientId, verifySignature } = client
  const known = { subject: previous?.sub, authTime: previous?.auth_time }
  const reason =
    refuseIdToken(claims, { issuer, clientId, nonce, maxAge, acrValues, ...known }, client.now()) ??
    (previous && refuseRefreshed(claims, previous)) ??
    (await refuseHash(claims, header.alg, accessToken))
  if (reason !== undefined) throw new OAuthClientError('invalid_id_token', `The ID token was refused: ${reason}`)
  await verifySignature?.(client, jwt)
  return { claims, signatureVerified: verifySignature !== undefined }
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
