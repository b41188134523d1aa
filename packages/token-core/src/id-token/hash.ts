import { encodeBase64url } from '../encoding/base64url.js'
import { encodeUtf8 } from '../encoding/utf8.js'
import { TokenError } from '../errors.js'

/** The hash that belongs to each signature algorithm. RFC 7518 §3.1; for EdDSA that of Ed25519, RFC 8032 §5.1. */
const HASHES: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  ['256', 'SHA-256'],
  ['384', 'SHA-384'],
  ['512', 'SHA-512'],
])

const NO_HASH =
  'No specification names the hash for at_hash and c_hash in an ID token with this algorithm, such as ML-DSA: it goes without them.'

/**
 * The hash of an algorithm; undefined for ML-DSA: OIDC Core takes the hash of the `alg`, and neither it nor RFC 9964 says
 * which one that is where a signature does not begin with one.
 */
export function hashOf(algorithm: string): string | undefined {
  if (algorithm === 'EdDSA' || algorithm === 'Ed25519') return 'SHA-512'
  return HASHES.get(/^(?:RS|PS|ES|HS)(256|384|512)$/.exec(algorithm)?.[1] ?? '')
}

/**
 * The `at_hash` of an access token, or the `c_hash` of a code: the left half of its hash. OIDC Core §3.1.3.6, §3.3.2.11.
 * @param algorithm the `alg` of the ID token
 * @throws {TokenError} `unsupported_alg` when the algorithm names no hash
 */
export async function leftHalfHash(value: string, algorithm: string): Promise<string> {
  const hash = hashOf(algorithm)
  if (!hash) throw new TokenError('unsupported_alg', { message: NO_HASH })
  const digest = new Uint8Array(await crypto.subtle.digest(hash, encodeUtf8(value)))
  return encodeBase64url(digest.subarray(0, digest.length / 2))
}
