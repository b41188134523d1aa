import { algorithmFacts, type SigningAlgorithm } from '../engine/algorithms.js'
import { importParameters } from '../engine/web.js'
import { jwkThumbprint, type PublicJwk, publicMembers } from '../keys/jwk.js'

/** A key that a client proves possession of. A plain value: IndexedDB stores it as it is. */
export interface DpopKey {
  readonly alg: SigningAlgorithm
  readonly publicJwk: PublicJwk
  /** RFC 7638, SHA-256: what a token is bound to (`cnf.jkt`), and the `dpop_jkt` of an authorization request. */
  readonly thumbprint: string
  readonly privateKey: CryptoKey
}

/** How {@link generateDpopKey} makes a key. */
export interface GenerateDpopKeyOptions {
  /** @default 'ES256', which every verifier of proofs is likely to know */
  readonly algorithm?: 'ES256' | 'Ed25519' | 'EdDSA' | undefined
}

/** Generates a key for DPoP proofs. Its private half can be used and not read, by a hostile script of the page neither. */
export async function generateDpopKey({ algorithm = 'ES256' }: GenerateDpopKeyOptions = {}): Promise<DpopKey> {
  const parameters = importParameters(algorithmFacts(algorithm))
  const pair = await crypto.subtle.generateKey(parameters, false, ['sign', 'verify'])
  return importDpopKey(pair, algorithm)
}

/** Makes a key for DPoP proofs from a key pair of WebCrypto. Its public half must be extractable, as it usually is. */
export async function importDpopKey(pair: CryptoKeyPair, algorithm: SigningAlgorithm = 'ES256'): Promise<DpopKey> {
  const { kty = '', crv, x, y, n, e } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const publicJwk: PublicJwk = { kty, ...publicMembers({ kty, crv, x, y, n, e }) }
  return { alg: algorithm, publicJwk, thumbprint: await jwkThumbprint(publicJwk), privateKey: pair.privateKey }
}
