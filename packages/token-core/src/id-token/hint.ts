import { TokenError } from '../errors.js'
import { type KeySource, verifySignature } from '../keys/key-source.js'
import { type IdTokenClaims, parseIdTokenParts } from './claims.js'

/**
 * Verifies an `id_token_hint`: signature, issuer and type. RP-Initiated Logout §2.
 * NOT checked, on purpose: the times (an expired ID token is a good hint) and the audience, which the caller compares
 * with the client it knows.
 * @throws {TokenError} when it is not an ID token of this issuer
 */
export async function verifyIdTokenHint(
  jwt: string,
  { issuer, keys }: { readonly issuer: string; readonly keys: KeySource },
): Promise<IdTokenClaims> {
  const parsed = parseIdTokenParts(jwt)
  if (parsed.claims.iss !== issuer) throw new TokenError('wrong_issuer')
  await verifySignature(parsed, keys)
  return parsed.claims
}
