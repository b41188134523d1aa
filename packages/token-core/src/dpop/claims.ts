import { isNumericDate } from '../jwt/time.js'
import { normalizeUri, withoutQuery } from './uri.js'

/** The claims of a proof. RFC 9449 §4.2. */
export interface ProofClaims {
  readonly jti: string
  readonly htm: string
  readonly htu: string
  readonly iat: number
  readonly ath?: string
  readonly nonce?: string
}

/** Characters. A UUID has 36; what is remembered must be bounded. */
const MAX_JTI = 256

/** The first claim that is missing or not what it must be, or undefined. Pure. RFC 9449 §4.3 (3). */
export function findInvalidProofClaim(claims: Readonly<Record<string, unknown>>): keyof ProofClaims | undefined {
  const { jti, htm, htu, iat, ath, nonce } = claims
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI) return 'jti'
  if (typeof htm !== 'string') return 'htm'
  if (typeof htu !== 'string') return 'htu'
  if (!isNumericDate(iat)) return 'iat'
  if (ath !== undefined && typeof ath !== 'string') return 'ath'
  if (nonce !== undefined && typeof nonce !== 'string') return 'nonce'
  return undefined
}

/** What a proof is held against. */
export interface ExpectedProof {
  readonly method: string
  readonly url: string
  /** The hash of the access token that came with it. */
  readonly ath: string | undefined
  /** What the access token, code or refresh token is bound to. */
  readonly thumbprint: string | undefined
  /** Epoch seconds. */
  readonly now: number
  /** Seconds that a proof is good for after its `iat`. */
  readonly lifetime: number
  /** Seconds that the client's clock may be ahead. */
  readonly clockTolerance: number
}

/** Why a well-formed proof is refused, or undefined. Pure. RFC 9449 §4.3 (8, 9, 11, 12). */
export function refuseProof(claims: ProofClaims, thumbprint: string, expected: ExpectedProof): string | undefined {
  const { now, lifetime, clockTolerance } = expected
  if (claims.htm !== expected.method) return 'It was made for another method (htm).'
  if (!isSameUri(claims.htu, expected.url)) return 'It was made for another URI (htu).'
  if (claims.iat > now + clockTolerance) return 'It was made in the future (iat): the clock of the client is wrong.'
  if (now >= claims.iat + lifetime) return 'It is too old (iat).'
  if (expected.ath !== undefined && claims.ath !== expected.ath) return 'It was made for another access token (ath).'
  if (expected.thumbprint !== undefined && thumbprint !== expected.thumbprint) return 'It was made with another key.'
  return undefined
}

function isSameUri(htu: string, url: string): boolean {
  // Most clients spell it as it arrives, and a comparison costs less than taking two URIs apart.
  return htu === withoutQuery(url) || (normalizeUri(htu) ?? '') === normalizeUri(url)
}
