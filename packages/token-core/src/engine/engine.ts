import { findNodeCrypto } from '../encoding/node-crypto.js'
import type { SecretAlgorithm, SigningAlgorithm } from './algorithms.js'
import { createNodeEngine, importPublicInNode } from './node.js'
import { createWebEngine, importPublicInWeb } from './web.js'

export type Bytes = Uint8Array<ArrayBuffer>
export type Sign = (data: Bytes) => Bytes | Promise<Bytes>
export type Verify = (data: Bytes, signature: Bytes) => boolean | Promise<boolean>

/** The members of a JWK that make up its key: texts, looked at before. */
export type KeyMembers = Readonly<Record<string, string>>

/** A public key that the engine holds. */
export interface PublicKeyHandle {
  /** Answers inline where that is quick, else with a promise. */
  readonly verify: Verify
  /** Answers inline even where that holds up the event loop; undefined where the runtime can't. */
  readonly verifySync: ((data: Bytes, signature: Bytes) => boolean) | undefined
}

/** A secret that the engine holds. */
interface SecretKeyHandle extends PublicKeyHandle {
  readonly sign: Sign
}

type Awaitable<T> = T | Promise<T>

/**
 * Imports keys and works with them. Every row of the table of algorithms is served by each engine, ML-DSA where the
 * runtime has it. An import throws, or rejects, when the members form no valid key.
 */
export interface Engine {
  readonly name: 'node' | 'web'
  importPrivate(members: KeyMembers, algorithm: SigningAlgorithm): Awaitable<Sign>
  importPublic(members: KeyMembers, algorithm: SigningAlgorithm): Awaitable<PublicKeyHandle>
  importSecret(secret: Bytes, algorithm: SecretAlgorithm): Awaitable<SecretKeyHandle>
}

/** The engine of this runtime, chosen once: node:crypto where it is at its best, else WebCrypto. */
export const engine: Engine = /* @__PURE__ */ chooseEngine()

function chooseEngine(): Engine {
  return createNodeEngine() ?? createWebEngine()
}

/** What `engine.importPublic` does, for those who only verify. */
export function importPublic(members: KeyMembers, algorithm: SigningAlgorithm): Awaitable<PublicKeyHandle> {
  const crypto = findNodeCrypto()
  return crypto ? importPublicInNode(crypto, members, algorithm) : importPublicInWeb(members, algorithm)
}
