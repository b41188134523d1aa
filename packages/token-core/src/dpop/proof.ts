import { encodeTextBase64url } from '../encoding/base64url.js'
import { randomToken, sha256 } from '../encoding/random.js'
import { encodeInside } from '../encoding/utf8.js'
import { algorithmFacts } from '../engine/algorithms.js'
import { signWithCryptoKey } from '../engine/web.js'
import { signCompact } from '../jwt/sign.js'
import { currentTime } from '../jwt/time.js'
import type { DpopKey } from './key.js'
import { normalizeUri } from './uri.js'

/** What a proof is for. */
export interface DpopProofOptions {
  /** The HTTP method of the request, as it will be sent. */
  readonly method: string
  /** The URL of the request. Query and fragment stay out of the proof. */
  readonly url: string | URL
  /** The access token that is sent with it: becomes `ath`. Absent at the token endpoint. */
  readonly accessToken?: string | undefined
  /** The last `DPoP-Nonce` of this very server. RFC 9449 §8, §9. */
  readonly nonce?: string | undefined
  /** Epoch seconds. */
  readonly now?: number | undefined
}

/**
 * Makes the proof for one request: the value of its `DPoP` header. Never send one twice. RFC 9449 §4.2.
 * @throws {TypeError} when the URL is not an absolute http or https URL
 */
export async function createDpopProof(key: DpopKey, options: DpopProofOptions): Promise<string> {
  const { method, url, accessToken, nonce, now = currentTime() } = options
  const htu = URL.canParse(String(url)) ? normalizeUri(new URL(url).href) : undefined
  if (htu === undefined) throw new TypeError('A DPoP proof needs an absolute http or https URL without credentials.')
  const header = { typ: 'dpop+jwt', alg: key.alg, jwk: key.publicJwk }
  const claims = {
    jti: randomToken(16),
    htm: method,
    htu,
    iat: Math.floor(now),
    // Undefined members are left out of the JSON.
    ath: accessToken === undefined ? undefined : await sha256(accessToken),
    nonce,
  }
  const sign = signWithCryptoKey(key.privateKey, algorithmFacts(key.alg))
  return signCompact(encodeTextBase64url(JSON.stringify(header)), claims, (text) => sign(encodeInside(text)))
}
