/**
 * The signatures of ID tokens and logout tokens.
 *
 * @module
 */
export { type IdTokenSignaturesOptions, idTokenSignatures } from './idtoken/id-token-signatures.js'
export { type LogoutTokensOptions, logoutTokens } from './idtoken/logout-tokens.js'
export { signedUserinfo } from './idtoken/signed-userinfo.js'
