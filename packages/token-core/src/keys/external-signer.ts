import { algorithmFacts, type SigningAlgorithm } from '../engine/algorithms.js'
import type { Bytes } from '../engine/engine.js'
import { TokenError } from '../errors.js'
import type { PublicJwk } from './jwk.js'
import { importPublicKey } from './public-key.js'
import type { SigningKey } from './signing-key.js'
import { importVerificationKey } from './verification-key.js'

/** A key that never leaves its vault: a KMS, an HSM, another process. */
export interface ExternalSigner {
  /** By default what its public half says. */
  readonly alg?: SigningAlgorithm | undefined
  /** By default what its public half says, else its thumbprint. */
  readonly kid?: string | undefined
  /** Its public half: see `importPublicKey` for one that comes as PEM. */
  readonly publicJwk: PublicJwk
  /** Signs bytes with the vault's key: hashes them, too, unless its interface wants the hash. */
  sign(data: Uint8Array<ArrayBuffer>): Uint8Array | Promise<Uint8Array>
  /** How it writes ECDSA signatures: as JWTs do, or as DER, which most vaults do. @default 'raw' */
  readonly signatures?: 'raw' | 'der' | undefined
  /** Told what went wrong, for the operator's eyes alone. */
  readonly onFailure?: ((error: unknown) => void) | undefined
}

/**
 * Makes a signing key of a signer elsewhere. Each signature is verified before it goes out: one of the wrong length, by
 * another key or over other bytes is refused. What the signer throws reaches `onFailure` alone. NOT checked: that it
 * answers in time.
 * @throws {TypeError} when its public key can't verify tokens; later, from `sign`, a {TokenError} `keys_unavailable`
 */
export async function connectSigner(signer: ExternalSigner): Promise<SigningKey> {
  const { alg: algorithm, kid, onFailure, signatures = 'raw' } = signer
  const publicJwk = await importPublicKey(signer.publicJwk, { algorithm, kid })
  const facts = { alg: publicJwk.alg, kid: publicJwk.kid }
  const { verify } = await importVerificationKey(publicJwk, facts)
  const { keyLength = 0, kty } = algorithmFacts(facts.alg)
  const isDer = signatures === 'der' && kty === 'EC'
  if (signatures === 'der' && !isDer)
    throw new TypeError('Only ECDSA signatures are written as DER: leave `signatures` out.')

  return Object.freeze({
    ...facts,
    publicJwk,
    async sign(data) {
      try {
        // A copy, which the slice of a Buffer is not: what is verified must be what was to be signed.
        const answer = await signer.sign(new Uint8Array(data))
        if (!(answer instanceof Uint8Array)) throw new TypeError('The signer answered something else than bytes.')
        const signature: Bytes = isDer ? rawOfDer(answer, keyLength) : Uint8Array.from(answer)
        if (!(await verify(data, signature)))
          throw new TypeError('The signer answered a signature that its key does not verify.')
        return signature
      } catch (error) {
        onFailure?.(error)
        // No cause: errors of a vault name keys, accounts and addresses.
        throw new TokenError('keys_unavailable', { message: 'The external signer did not sign.' })
      }
    },
  } satisfies SigningKey)
}

/** Two integers in a sequence become two numbers of fixed length. RFC 3279 §2.2.3, RFC 7518 §3.4. */
function rawOfDer(der: Uint8Array, length: number): Bytes {
  const raw = new Uint8Array(2 * length)
  // A sequence of up to 139 bytes: its length takes one byte, or two from 128 on.
  let at = der[1] === 0x81 ? 3 : 2
  if (der[0] !== 0x30 || at + (der[at - 1] ?? 0) !== der.length) throw new TypeError('The signature is not DER.')
  for (const end of [length, 2 * length]) {
    const size = der[at + 1] ?? 0
    const integer = der.subarray(at + 2, at + 2 + size)
    const digits = integer[0] === 0 ? integer.subarray(1) : integer
    if (der[at] !== 2 || integer.length !== size || digits.length > length)
      throw new TypeError('The signature is not DER.')
    raw.set(digits, end - digits.length)
    at += 2 + size
  }
  if (at !== der.length) throw new TypeError('The signature is not DER.')
  return raw
}
