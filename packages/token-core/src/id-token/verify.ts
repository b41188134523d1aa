import { checkTolerance } from '../claims/times.js'
import type { SigningAlgorithm } from '../engine/algorithms.js'
import { TokenError, type TokenErrorCode } from '../errors.js'
import { currentTime } from '../jwt/time.js'
import { type KeySource, verifySignature } from '../keys/key-source.js'
import { type IdTokenClaims, parseIdTokenParts } from './claims.js'
import { leftHalfHash } from './hash.js'
import { type ExpectedIdToken, type IdTokenRefusal, refuseIdToken } from './refuse.js'

/** What {@link createIdTokenVerifier} takes. */
export interface IdTokenVerifierOptions {
  readonly issuer: string
  readonly clientId: string
  /** The issuer's keys: `remoteKeys(metadata.jwks_uri)`. */
  readonly keys: KeySource
  /** The algorithm that the client registered (`id_token_signed_response_alg`); by default any that a key is for. */
  readonly algorithm?: SigningAlgorithm | undefined
  /** Seconds by which the issuer's clock may differ, 0 to 60. @default 10 */
  readonly clockTolerance?: number | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/** What one ID token has to go with. */
export interface IdTokenContext extends Omit<ExpectedIdToken, 'issuer' | 'clientId' | 'clockTolerance'> {
  /** The access token that came with it: held against `at_hash`, when there is one. OIDC Core §3.1.3.8. */
  readonly accessToken?: string | undefined
  /** The code that came with it from the authorization endpoint: `c_hash` must be there. OIDC Core §3.3.2.10. */
  readonly code?: string | undefined
}

/** An ID token that its verifier accepted, signature included. */
export interface VerifiedIdToken {
  readonly '~scopewise': 'id-token'
  readonly claims: IdTokenClaims
}

/** Verifies ID tokens at a client. */
export interface IdTokenVerifier {
  /** Verifies an ID token: signature, and all of OIDC Core §3.1.3.7. @throws {TokenError} */
  verify(jwt: string, context: IdTokenContext): Promise<VerifiedIdToken>
}

/**
 * Creates a client's verifier of ID tokens.
 * @throws {TypeError} for an empty issuer or client id, or a tolerance out of its range
 */
export function createIdTokenVerifier(options: IdTokenVerifierOptions): IdTokenVerifier {
  const { issuer, clientId, keys, algorithm, clockTolerance = 10, now = currentTime } = options
  if (!issuer || !clientId) throw new TypeError('createIdTokenVerifier needs the issuer and the client id.')
  checkTolerance(clockTolerance)
  return Object.freeze({
    async verify(jwt: string, context: IdTokenContext) {
      const parsed = parseIdTokenParts(jwt)
      const { claims, header } = parsed
      if (algorithm !== undefined && header.alg !== algorithm) throw new TokenError('unsupported_alg')
      // Before the key: another issuer's token must not cause a fetch of this one's keys.
      if (claims.iss !== issuer) throw new TokenError('wrong_issuer')
      await verifySignature(parsed, keys)
      const refusal = refuseIdToken(claims, { ...context, issuer, clientId, clockTolerance }, now())
      if (refusal) throw refused(refusal)
      await checkHashes(claims, header.alg, context)
      return Object.freeze({ '~scopewise': 'id-token' as const, claims: Object.freeze(claims) })
    },
  })
}

async function checkHashes(claims: IdTokenClaims, alg: string, { accessToken, code }: IdTokenContext): Promise<void> {
  const { at_hash, c_hash } = claims
  if (accessToken !== undefined && at_hash !== undefined && at_hash !== (await leftHalfHash(accessToken, alg)))
    throw refused('wrong_access_token')
  if (code !== undefined && c_hash !== (await leftHalfHash(code, alg))) throw refused('wrong_code')
}

/** Refusals that every token knows keep their code; the others tell in a sentence what an ID token alone has. */
const SENTENCES: Readonly<
  Record<Exclude<IdTokenRefusal, TokenErrorCode> | 'wrong_access_token' | 'wrong_code', string>
> = {
  wrong_authorized_party: 'It was issued to another client (azp).',
  wrong_nonce: 'It does not answer this authorization request (nonce).',
  wrong_subject: 'It is about another subject than expected.',
  wrong_auth_time: 'It is about another sign-in than expected (auth_time).',
  authentication_too_old: 'The sign-in was too long ago (auth_time).',
  wrong_acr: 'The sign-in was of another class than asked for (acr).',
  wrong_access_token: 'It came with another access token (at_hash).',
  wrong_code: 'It came with another code (c_hash).',
}

function refused(reason: IdTokenRefusal | keyof typeof SENTENCES): TokenError {
  if (!isSentence(reason)) return new TokenError(reason)
  return new TokenError('invalid_claims', { message: `The claims of the ID token are not valid. ${SENTENCES[reason]}` })
}

function isSentence(reason: string): reason is keyof typeof SENTENCES {
  return Object.hasOwn(SENTENCES, reason)
}
