/** What a client does with an ID token. Imports neither jose nor `node:`; signatures are not checked here. */
export { type IdTokenClaims, type ParsedIdToken, parseIdToken } from './id-token/claims.js'
export { accessTokenHash } from './id-token/hash.js'
export { type ExpectedIdToken, type IdTokenRefusal, refuseIdToken } from './id-token/refuse.js'
