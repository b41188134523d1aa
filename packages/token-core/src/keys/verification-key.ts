import { algorithmFacts } from '../engine/algorithms.js'
import { importPublic, type PublicKeyHandle } from '../engine/engine.js'
import { type KeyFacts, type PublicJwk, publicMembers } from './jwk.js'

/** A key, ready to verify with the one algorithm that it is for. */
export interface VerificationKey extends PublicKeyHandle {
  readonly alg: string
  readonly kid: string | undefined
}

/** Imports a public JWK that `readJwk` let through. Rejects when its members form no valid key. */
export async function importVerificationKey(jwk: PublicJwk, facts: KeyFacts): Promise<VerificationKey> {
  const { verify, verifySync } = await importPublic(publicMembers({ ...jwk, alg: facts.alg }), facts.alg)
  const { signatureLength } = algorithmFacts(facts.alg)
  // RFC 7518 §3.4: r and s have fixed length, so a DER signature can't be one.
  const fits = (signature: Uint8Array) => signatureLength === undefined || signature.length === signatureLength
  return Object.freeze({
    alg: facts.alg,
    kid: facts.kid,
    verify: (data, signature) => fits(signature) && verify(data, signature),
    verifySync: verifySync && ((data, signature) => fits(signature) && verifySync(data, signature)),
  } satisfies VerificationKey)
}
