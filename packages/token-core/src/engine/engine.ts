import type { SigningAlgorithm } from './algorithms.js'
import { createNodeEngine } from './node.js'
import { createWebEngine } from './web.js'

export type Bytes = Uint8Array<ArrayBuffer>
type Sign = (data: Bytes) => Bytes | Promise<Bytes>
export type Verify = (data: Bytes, signature: Bytes) => boolean | Promise<boolean>

/** Signs and verifies with imported keys. Answers inline where the runtime can, else with a promise. */
export interface Engine {
  readonly name: 'node' | 'web'
  /** Whether keys must be imported extractable for this engine to use them. */
  readonly extractable: boolean
  signer(key: CryptoKey, algorithm: SigningAlgorithm): Sign
  verifier(key: CryptoKey, algorithm: SigningAlgorithm): Verify
}

/** The engine of this runtime, chosen once: node:crypto where it is at its best, else WebCrypto. */
export const engine: Engine = /* @__PURE__ */ chooseEngine()

function chooseEngine(): Engine {
  return createNodeEngine() ?? createWebEngine()
}
