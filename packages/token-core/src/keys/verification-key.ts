import { importJWK } from 'jose/key/import'
import { algorithmFacts } from '../engine/algorithms.js'
import { engine, type Verify } from '../engine/engine.js'
import { type KeyFacts, keyMembers, type PublicJwk, publicJwkOf } from './jwk.js'

/** A public key, ready to verify with the one algorithm that it is for. */
export interface VerificationKey extends KeyFacts {
  readonly verify: Verify
}

/** Imports a public JWK that `readJwk` let through. Rejects when its members form no valid key. */
export async function importVerificationKey(jwk: PublicJwk, facts: KeyFacts): Promise<VerificationKey> {
  // Only a symmetric key comes back as bytes, and readJwk lets none through.
  const key = (await importJWK(keyMembers(publicJwkOf(jwk, facts)), facts.alg, { extractable: true })) as CryptoKey
  const verify = engine.verifier(key, facts.alg)
  const { signatureLength } = algorithmFacts(facts.alg)
  return Object.freeze({
    ...facts,
    verify: (data, signature) => {
      // RFC 7518 §3.4: r and s have fixed length, so a DER signature can't be one.
      if (signatureLength !== undefined && signature.length !== signatureLength) return false
      return verify(data, signature)
    },
  } satisfies VerificationKey)
}
