import { checkLifetime } from '../claims/lifetime.js'
import { randomName } from '../encoding/random.js'
import type { SigningAlgorithm } from '../engine/algorithms.js'
import { signJwt } from '../jwt/sign.js'
import { currentTime } from '../jwt/time.js'
import { checkIssuer } from '../jwt/url.js'
import { pickSigningKey, type SigningKeys } from '../keys/signing-key.js'
import { LOGOUT_EVENT } from './claims.js'

/** What {@link createLogoutTokenIssuer} takes. */
export interface LogoutTokenIssuerOptions {
  /** The issuer identifier: the tokens' `iss`, character by character. */
  readonly issuer: string
  readonly keys: SigningKeys
  /** Seconds. @default 120, as Back-Channel Logout §2.4 recommends */
  readonly lifetime?: number | undefined
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/** What goes into one logout token: whom to sign out, or which session to end, or both. */
export type IssueLogoutTokenOptions = {
  /** The client's id. */
  readonly audience: string
  /** The algorithm that the client registered for ID tokens; by default that of the key at hand. */
  readonly algorithm?: SigningAlgorithm | undefined
} & (
  | { readonly subject: string; readonly sessionId?: string | undefined }
  | { readonly subject?: string | undefined; readonly sessionId: string }
)

/** Issues logout tokens. */
export interface LogoutTokenIssuer {
  /** Issues a signed logout token. OpenID Connect Back-Channel Logout §2.4. @throws {TypeError} with neither subject nor session */
  issue(options: IssueLogoutTokenOptions): Promise<string>
}

/**
 * Creates an issuer of logout tokens.
 * @throws {TypeError} when the issuer is not an https URL (http on a loopback address) without query and fragment
 */
export function createLogoutTokenIssuer(options: LogoutTokenIssuerOptions): LogoutTokenIssuer {
  const { issuer, keys, lifetime = 120, now = currentTime } = options
  checkIssuer(issuer, 'createLogoutTokenIssuer')
  checkLifetime(lifetime)
  return {
    async issue({ audience, subject, sessionId, algorithm }) {
      if (!subject && !sessionId) throw new TypeError('A logout token needs a subject or a session id.')
      const issuedAt = Math.floor(now())
      return signJwt({
        typ: 'logout+jwt',
        key: await pickSigningKey(keys, algorithm),
        claims: {
          iss: issuer,
          aud: audience,
          iat: issuedAt,
          exp: issuedAt + lifetime,
          jti: randomName(),
          sub: subject,
          sid: sessionId,
          events: { [LOGOUT_EVENT]: {} },
        },
      })
    },
  }
}
