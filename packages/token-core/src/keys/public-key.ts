import type { SigningAlgorithm } from '../engine/algorithms.js'
import { jwkThumbprint, type PublicJwk, publicJwkOf, readJwk } from './jwk.js'
import { type ImportKeyOptions, type PublicKeyMaterial, toJwk } from './key-material.js'
import { importVerificationKey } from './verification-key.js'

/** A public key that says what it is for and what it is called. */
export type NamedPublicJwk = PublicJwk & { readonly alg: SigningAlgorithm; readonly kid: string }

/**
 * Imports a public key, in any form, and checks it as `importSigningKey` does. Gives the JWK that belongs into a key set,
 * with `alg`, `use` and a `kid`: that of the key, or its RFC 7638 thumbprint.
 * @throws {TypeError} when the key can't verify tokens, with the reason
 */
export async function importPublicKey(key: PublicKeyMaterial, options: ImportKeyOptions = {}): Promise<NamedPublicJwk> {
  const read = await toJwk(key, 'public', options)
  const facts = 'refusal' in read ? read : readJwk(read, 'verify')
  if ('refusal' in facts) throw unusable(String(facts.refusal))
  // readJwk has looked at each member.
  const jwk = read as PublicJwk
  const { alg } = facts
  const kid = facts.kid ?? (await jwkThumbprint({ ...jwk, alg }))
  try {
    await importVerificationKey(jwk, { alg, kid })
  } catch {
    throw unusable(`its members do not form a valid key, or this runtime does not have ${alg}`)
  }
  return Object.freeze({ ...publicJwkOf(jwk, { alg, kid }), alg, kid })
}

function unusable(reason: string): TypeError {
  return new TypeError(`The public key can't be used: ${reason}.`)
}
