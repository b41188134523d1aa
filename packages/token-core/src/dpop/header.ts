import { copyText } from '../encoding/utf8.js'
import type { SigningAlgorithm } from '../engine/algorithms.js'
import { isSigningAlgorithm } from '../engine/algorithms.js'
import { type CompactJwt, isObject, readHeader, readHeaderMembers } from '../jwt/parse.js'
import { jwkThumbprint, type PublicJwk, readJwk } from '../keys/jwk.js'
import { importVerificationKey, type VerificationKey } from '../keys/verification-key.js'
import { invalidProof } from './problem.js'

/** What the header of a proof gives: the key that the proof must be signed with. */
export interface ProofKey {
  readonly key: VerificationKey
  /** RFC 7638, SHA-256. */
  readonly thumbprint: string
}

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/**
 * Reads the header of a proof and imports its key. RFC 9449 §4.3 (4, 5, 6, 7).
 * @throws {TokenError} `invalid_dpop_proof`
 */
export async function importProofKey(proof: CompactJwt, allowed: readonly SigningAlgorithm[]): Promise<ProofKey> {
  const { alg, typ } = readHeader(proof)
  if (typ === undefined || !/^(?:application\/)?dpop\+jwt$/i.test(typ)) throw invalidProof('Its typ is not dpop+jwt.')
  if (!isSigningAlgorithm(alg) || !allowed.includes(alg))
    throw invalidProof(`It is signed with none of the algorithms ${allowed.join(', ')}.`)
  const { jwk } = readHeaderMembers(proof)
  if (!isObject(jwk)) throw invalidProof('Its header holds no public key (jwk).')
  if (PRIVATE_MEMBERS.some((name) => name in jwk)) throw invalidProof('Its header holds a key that is not public.')
  // Where the key does not say what it is for, the header may; where it does, they must agree.
  const facts = readJwk({ alg, ...jwk }, 'verify')
  if ('refusal' in facts) throw invalidProof(`Its key can't be used: ${facts.refusal}.`)
  if (facts.alg !== alg) throw invalidProof('Its key is for another algorithm.')
  // readJwk has looked at each member.
  return importKey(jwk as unknown as PublicJwk, alg)
}

async function importKey(jwk: PublicJwk, alg: SigningAlgorithm): Promise<ProofKey> {
  try {
    const key = await importVerificationKey(jwk, { alg, kid: undefined })
    return { key, thumbprint: await jwkThumbprint({ ...jwk, alg }) }
  } catch {
    throw invalidProof("Its key can't be used: its members do not form a valid key.")
  }
}

/** Longer headers (ML-DSA) are read each time. */
const MAX_CACHED_LENGTH = 2048
const MAX_CACHED = 1000

/** Remembers the keys of headers under which a proof was verified. */
export interface ProofKeyCache {
  get(part: string): ProofKey | undefined
  /** Call it after a signature was verified, so that only holders of keys get in. */
  put(part: string, key: ProofKey): void
}

/**
 * A client sends one header with all its proofs, and importing its key costs as much as verifying a signature. The key
 * of the cache is the whole header segment, letter by letter; a proof itself is never remembered.
 */
export function createProofKeyCache(): ProofKeyCache {
  const known = new Map<string, ProofKey>()
  return {
    get(part) {
      const key = known.get(part)
      // Out and in again: the one that was not used for longest goes first. As long as there is room, the order is no matter.
      if (key && known.size > MAX_CACHED / 2 && known.delete(part)) known.set(part, key)
      return key
    },
    put(part, key) {
      if (part.length > MAX_CACHED_LENGTH) return
      known.set(copyText(part), key)
      if (known.size <= MAX_CACHED) return
      const [oldest = ''] = known.keys()
      known.delete(oldest)
    },
  }
}
