/**
 * DPoP: proofs that a client holds the key that its tokens are bound to. Imports neither jose nor `node:`.
 * @see https://www.rfc-editor.org/rfc/rfc9449
 */
export { type DpopKey, type GenerateDpopKeyOptions, generateDpopKey, importDpopKey } from './dpop/key.js'
export { createDpopNonces, type DpopNonces, type DpopNoncesOptions } from './dpop/nonces.js'
export type { DpopVerifierOptions } from './dpop/options.js'
export { createDpopProof, type DpopProofOptions } from './dpop/proof.js'
export {
  type CheckedDpopProof,
  createDpopVerifier,
  type DpopBinding,
  type DpopProof,
  type DpopVerifier,
  type ProvenRequest,
} from './dpop/verify.js'
export { type MemoryReplay, type MemoryReplayOptions, memoryReplay } from './replay/memory.js'
export type { UseOnce } from './replay/replay.js'
