/**
 * Client assertions: `private_key_jwt`, made by clients and verified by authorization servers. Imports neither jose nor
 * `node:`.
 * @see https://www.rfc-editor.org/rfc/rfc7523
 */
export type { ClientAssertionClaims } from './client-assertion/claims.js'
export { type ClientAssertionOptions, createClientAssertion } from './client-assertion/create.js'
export {
  type CheckedClientAssertion,
  type ClientAssertion,
  type ClientAssertionVerifier,
  type ClientAssertionVerifierOptions,
  createClientAssertionVerifier,
} from './client-assertion/verify.js'
export type { Signer } from './jwt/sign.js'
export { type MemoryReplay, type MemoryReplayOptions, memoryReplay } from './replay/memory.js'
export type { UseOnce } from './replay/replay.js'
