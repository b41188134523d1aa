/**
 * Logout tokens: how an issuer tells its clients that somebody has signed out. Imports neither jose nor `node:`.
 * @see https://openid.net/specs/openid-connect-backchannel-1_0.html
 */
export type { LogoutTokenClaims } from './logout-token/claims.js'
export {
  createLogoutTokenIssuer,
  type IssueLogoutTokenOptions,
  type LogoutTokenIssuer,
  type LogoutTokenIssuerOptions,
} from './logout-token/issue.js'
export {
  createLogoutTokenVerifier,
  type LogoutTokenVerifier,
  type LogoutTokenVerifierOptions,
} from './logout-token/verify.js'
export { type MemoryReplay, type MemoryReplayOptions, memoryReplay } from './replay/memory.js'
export type { UseOnce } from './replay/replay.js'
