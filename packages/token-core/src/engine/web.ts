import type { SigningAlgorithm } from './algorithms.js'
import type { Engine } from './engine.js'

const PARAMETERS: Readonly<Record<SigningAlgorithm, AlgorithmIdentifier | EcdsaParams>> = {
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  RS256: 'RSASSA-PKCS1-v1_5',
  EdDSA: 'Ed25519',
}

/** The engine on WebCrypto, which every runtime has. */
export function createWebEngine(): Engine {
  const { subtle } = globalThis.crypto
  return {
    name: 'web',
    extractable: false,
    signer: (key, algorithm) => async (data) => new Uint8Array(await subtle.sign(PARAMETERS[algorithm], key, data)),
    verifier: (key, algorithm) => (data, signature) => subtle.verify(PARAMETERS[algorithm], key, signature, data),
  }
}
