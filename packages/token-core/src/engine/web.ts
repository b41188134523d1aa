import { type AlgorithmFacts, algorithmFacts } from './algorithms.js'
import type { Bytes, Engine, KeyMembers, PublicKeyHandle } from './engine.js'

/** The engine on WebCrypto, which every runtime has. */
export function createWebEngine(): Engine {
  const { subtle } = globalThis.crypto

  function importJwk(members: KeyMembers, facts: AlgorithmFacts, usage: 'sign' | 'verify'): Promise<CryptoKey> {
    return subtle.importKey('jwk', members, importParameters(facts), false, [usage])
  }
  const signWith = (parameters: WebParameters, key: CryptoKey) => async (data: Bytes) =>
    new Uint8Array(await subtle.sign(parameters, key, data))
  const verifyWith = (parameters: WebParameters, key: CryptoKey): PublicKeyHandle => ({
    verify: (data, signature) => subtle.verify(parameters, key, signature, data),
    verifySync: undefined,
  })

  return {
    name: 'web',
    async importPrivate(members, algorithm) {
      const facts = algorithmFacts(algorithm)
      return signWith(signatureParameters(facts), await importJwk(members, facts, 'sign'))
    },
    async importPublic(members, algorithm) {
      const facts = algorithmFacts(algorithm)
      return verifyWith(signatureParameters(facts), await importJwk(members, facts, 'verify'))
    },
    async importSecret(secret, algorithm) {
      const facts = algorithmFacts(algorithm)
      const key = await subtle.importKey('raw', secret, importParameters(facts), false, ['sign', 'verify'])
      const parameters = signatureParameters(facts)
      return { sign: signWith(parameters, key), ...verifyWith(parameters, key) }
    },
  }
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
