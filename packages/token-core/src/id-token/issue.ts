import type { SigningAlgorithm } from '../engine/algorithms.js'
import { signJwt } from '../jwt/sign.js'
import { currentTime } from '../jwt/time.js'
import { checkIssuer } from '../jwt/url.js'
import { pickSigningKey, type SigningKeys } from '../keys/signing-key.js'
import { isIdTokenClaim } from './claims.js'
import { hashOf, leftHalfHash } from './hash.js'

/** What {@link createIdTokenIssuer} takes. */
export interface IdTokenIssuerOptions {
  /** The issuer identifier: the tokens' `iss`, character by character. */
  readonly issuer: string
  readonly keys: SigningKeys
  /** Seconds. @default 300 */
  readonly lifetime?: number | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/** What goes into one ID token. */
export interface IssueIdTokenOptions {
  readonly subject: string
  /** The client's id. */
  readonly audience: string
  readonly nonce?: string | undefined
  /** When the subject signed in, epoch seconds. */
  readonly authTime?: number | undefined
  readonly acr?: string | undefined
  readonly amr?: readonly string[] | undefined
  /** Becomes `sid`. */
  readonly sessionId?: string | undefined
  /** The access token issued with it: becomes `at_hash`, which an ID token signed with ML-DSA does without. */
  readonly accessToken?: string | undefined
  /** The authorization code issued with it: becomes `c_hash`; not with ML-DSA either. */
  readonly code?: string | undefined
  /** Further claims about the subject, such as `name`. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  /** The algorithm that the client registered; by default that of the key at hand. */
  readonly algorithm?: SigningAlgorithm | undefined
}

/** Issues ID tokens. */
export interface IdTokenIssuer {
  /**
   * Issues a signed ID token. OIDC Core §2.
   * @throws {TypeError} when a further claim has a registered name, or no key is for the algorithm
   */
  issue(options: IssueIdTokenOptions): Promise<string>
}

/**
 * Creates an issuer of ID tokens.
 * @throws {TypeError} when the issuer is not an https URL (http on a loopback address) without query and fragment
 */
export function createIdTokenIssuer(options: IdTokenIssuerOptions): IdTokenIssuer {
  const { issuer, keys, lifetime = 300, now = currentTime } = options
  checkIssuer(issuer, 'createIdTokenIssuer')
  return {
    async issue(content) {
      const {
        subject,
        audience,
        nonce,
        authTime,
        acr,
        amr,
        sessionId,
        accessToken,
        code,
        claims = {},
        algorithm,
      } = content
      const collision = Object.keys(claims).find(isIdTokenClaim)
      if (collision !== undefined)
        throw new TypeError(`The claim "${collision}" is registered: it is set by the issuer, not by \`claims\`.`)
      const key = await pickSigningKey(keys, algorithm)
      const issuedAt = Math.floor(now())
      return signJwt({
        typ: 'JWT',
        key,
        claims: {
          ...claims,
          iss: issuer,
          sub: subject,
          aud: audience,
          iat: issuedAt,
          exp: issuedAt + lifetime,
          nonce,
          auth_time: authTime,
          acr,
          amr,
          sid: sessionId,
          at_hash: await hashIfNamed(accessToken, key.alg),
          c_hash: await hashIfNamed(code, key.alg),
        },
      })
    },
  }
}

/** Undefined without a value, and for an algorithm whose hash no specification names. */
async function hashIfNamed(value: string | undefined, algorithm: string): Promise<string | undefined> {
  return value !== undefined && hashOf(algorithm) ? leftHalfHash(value, algorithm) : undefined
}
