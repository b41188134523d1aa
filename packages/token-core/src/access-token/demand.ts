import type { DpopVerifier } from '../dpop/verify.js'
import type { CertificateReader } from '../mtls/certificate.js'
import type { VerifiedAccessToken } from './verified.js'

/** How access tokens may be presented. */
export interface PresentationOptions {
  /** `createDpopVerifier(…)` of `@scopewise/token-core/dpop`: accepts tokens that are bound to a key. RFC 9449. */
  readonly dpop?: DpopVerifier | undefined
  /** `clientCertificate(…)`: accepts tokens that are bound to a client certificate. RFC 8705. */
  readonly mtls?: CertificateReader | undefined
  /** Refuses tokens that are bound to nothing. @default false */
  readonly requireBinding?: boolean | undefined
  /** URL of this resource's RFC 9728 metadata. It goes into every challenge. */
  readonly resourceMetadata?: string | undefined
}

/** What a request needs. A challenge names all of it at once. */
export interface Demand<S extends string> {
  /** All of them are needed. RFC 6750 §3. */
  readonly scope?: readonly S[] | undefined
  /** The resource owner must have signed in by one of these, the first is liked best. RFC 9470 §3. */
  readonly acr?: readonly string[] | undefined
  /** Seconds since the resource owner signed in. RFC 9470 §3. */
  readonly maxAge?: number | undefined
}

/**
 * Why a verified token does not suffice, or undefined. Pure. RFC 9470 §3: what is absent counts as not met.
 * @param now epoch seconds, less the tolerance
 */
export function refuseDemand<S extends string>(
  { claims, has }: VerifiedAccessToken<object, S>,
  { scope = [], acr = [], maxAge }: Demand<S>,
  now: number,
): 'insufficient_user_authentication' | 'insufficient_scope' | undefined {
  if (acr.length > 0 && !(claims.acr !== undefined && acr.includes(claims.acr)))
    return 'insufficient_user_authentication'
  // Written so that a maxAge that is no number is never met.
  if (maxAge !== undefined && !(claims.auth_time !== undefined && now <= claims.auth_time + maxAge))
    return 'insufficient_user_authentication'
  return has(...scope) ? undefined : 'insufficient_scope'
}

/** @throws {TypeError} for something else than a verifier of proofs, a reader of certificates, or a URL */
export function checkPresentation({ dpop, mtls, requireBinding, resourceMetadata }: PresentationOptions): void {
  if (dpop !== undefined && dpop?.['~scopewise'] !== 'dpop')
    throw new TypeError('`dpop` is what createDpopVerifier gives.')
  if (mtls !== undefined && mtls?.['~scopewise'] !== 'mtls')
    throw new TypeError('`mtls` is what clientCertificate gives.')
  if (requireBinding && !dpop && !mtls)
    throw new TypeError('`requireBinding` needs `dpop` or `mtls`: without them no token that is bound can be accepted.')
  if (resourceMetadata !== undefined && !URL.canParse(resourceMetadata))
    throw new TypeError('resourceMetadata is an absolute URL.')
}
