import { checkLifetime } from '../claims/lifetime.js'
import { COMMON_RULES } from '../claims/rules.js'
import { serializeClaims } from '../claims/schema.js'
import { randomName } from '../encoding/random.js'
import { signJwt } from '../jwt/sign.js'
import { currentTime } from '../jwt/time.js'
import { checkIssuer } from '../jwt/url.js'
import { pickSigningKey, type SigningKeys } from '../keys/signing-key.js'
import type { OptionalClaim, TokenType } from './define.js'

/** What {@link createTokenIssuer} takes. */
export interface TokenIssuerOptions<R extends OptionalClaim, C> {
  readonly token: TokenType<R, C>
  /** The issuer identifier, an https URL (http on a loopback address): the tokens' `iss`, character by character. */
  readonly issuer: string
  readonly keys: SigningKeys
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

interface RegisteredOptions {
  /** Whom the token is about. */
  readonly sub: { readonly subject: string }
  /** Epoch seconds before which the token is not valid. */
  readonly nbf: { readonly notBefore: number }
}

/** What goes into one token. */
export type IssueTokenOptions<R extends OptionalClaim, C> = {
  /** Whom the token is for: who verifies it must be named. */
  readonly audience: string | readonly string[]
  /** Your own claims, as the token's schema gives them back. */
  readonly claims: C
  readonly subject?: string | undefined
  /** Epoch seconds. */
  readonly notBefore?: number | undefined
  /** Seconds; by default the token type's. */
  readonly lifetime?: number | undefined
} & ([R] extends [never] ? unknown : UnionToIntersection<RegisteredOptions[R]>)

type UnionToIntersection<U> = (U extends unknown ? (value: U) => void : never) extends (value: infer I) => void
  ? I
  : never

/** Issues tokens of one kind. */
export interface TokenIssuer<R extends OptionalClaim, C> {
  /**
   * Issues a signed token with a `jti` of 168 random bits.
   * @throws {TypeError} for claims that the verifier would refuse, or an empty audience
   */
  issue(options: IssueTokenOptions<R, C>): Promise<string>
}

/**
 * Creates the issuing side of a kind of token.
 * @throws {TypeError} when the issuer is not an https URL (http on a loopback address) without query and fragment
 */
export function createTokenIssuer<R extends OptionalClaim, C>(options: TokenIssuerOptions<R, C>): TokenIssuer<R, C> {
  const { token, issuer, keys, now = currentTime } = options
  checkIssuer(issuer, 'createTokenIssuer')
  return {
    async issue({ audience, claims, subject, notBefore, lifetime = token.lifetime }) {
      checkLifetime(lifetime)
      if (audience.length === 0) throw new TypeError('A token needs an audience: whoever verifies it.')
      if (token.required.some((name) => ({ sub: subject, nbf: notBefore })[name] === undefined))
        throw new TypeError(`A ${token.typ} needs the claims ${token.required.join(', ')}.`)
      const own = await serializeClaims(token, claims, isCommonClaim)
      const issuedAt = Math.floor(now())
      const registered = {
        iss: issuer,
        aud: audience,
        sub: subject,
        iat: issuedAt,
        nbf: notBefore,
        exp: Math.max(issuedAt, Math.floor(notBefore ?? 0)) + lifetime,
        jti: randomName(),
      }
      return signJwt({ typ: token.typ, key: await pickSigningKey(keys), claims: { ...own, ...registered } })
    },
  }
}

function isCommonClaim(name: string): boolean {
  return Object.hasOwn(COMMON_RULES, name)
}
