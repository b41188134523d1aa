import { type AlgorithmFacts, algorithmFacts, type SigningAlgorithm } from './algorithms.js'
import type { Engine, KeyMembers, PublicKeyHandle, Sign } from './engine.js'

/** The engine on WebCrypto, which every runtime has. */
export function createWebEngine(): Engine {
  const { subtle } = globalThis.crypto
  return {
    name: 'web',
    async importPrivate(members, algorithm) {
      const facts = algorithmFacts(algorithm)
      return signWithCryptoKey(await importJwk(members, facts, 'sign'), facts)
    },
    importPublic: importPublicInWeb,
    async importSecret(secret, algorithm) {
      const facts = algorithmFacts(algorithm)
      const key = await subtle.importKey('raw', secret, importParameters(facts), false, ['sign', 'verify'])
      return { sign: signWithCryptoKey(key, facts), ...verifyWithCryptoKey(key, facts) }
    },
  }
}

/** Apart from the engine, so that a bundle that only verifies holds nothing that signs. */
export async function importPublicInWeb(members: KeyMembers, algorithm: SigningAlgorithm): Promise<PublicKeyHandle> {
  const facts = algorithmFacts(algorithm)
  return verifyWithCryptoKey(await importJwk(members, facts, 'verify'), facts)
}

function importJwk(members: KeyMembers, facts: AlgorithmFacts, usage: 'sign' | 'verify'): Promise<CryptoKey> {
  return globalThis.crypto.subtle.importKey('jwk', members, importParameters(facts), false, [usage])
}

function verifyWithCryptoKey(key: CryptoKey, facts: AlgorithmFacts): PublicKeyHandle {
  const parameters = signatureParameters(facts)
  return {
    verify: (data, signature) => globalThis.crypto.subtle.verify(parameters, key, signature, data),
    verifySync: undefined,
  }
}

/** Also for a CryptoKey that can not be taken out of WebCrypto. */
export function signWithCryptoKey(key: CryptoKey, facts: AlgorithmFacts): Sign {
  const parameters = signatureParameters(facts)
  return async (data) => new Uint8Array(await globalThis.crypto.subtle.sign(parameters, key, data))
}

type WebParameters = AlgorithmIdentifier & { readonly hash?: string; readonly saltLength?: number }

/** What WebCrypto wants to know when a key is imported or generated. */
export function importParameters({ name, hash, crv }: AlgorithmFacts): RsaHashedImportParams & EcKeyImportParams {
  // The members that an algorithm does not know are not looked at; an undefined one counts as absent.
  return { name, hash, namedCurve: crv } as RsaHashedImportParams & EcKeyImportParams
}

/** What it wants to know when one signs or verifies. RFC 7518 §3.5: the salt is as long as the hash. */
function signatureParameters({ name, hash }: AlgorithmFacts): WebParameters {
  return { name, hash, saltLength: Number(hash?.slice(-3)) / 8 } as WebParameters
}
