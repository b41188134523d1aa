/** What a client does with an ID token. Imports neither jose nor `node:`. */
export { type IdTokenClaims, type ParsedIdToken, parseIdToken } from './id-token/claims.js'
export { leftHalfHash as accessTokenHash } from './id-token/hash.js'
export { type ExpectedIdToken, type IdTokenRefusal, refuseIdToken } from './id-token/refuse.js'
export {
  createIdTokenVerifier,
  type IdTokenContext,
  type IdTokenVerifier,
  type IdTokenVerifierOptions,
  type VerifiedIdToken,
} from './id-token/verify.js'
