import { randomName } from '../encoding/random.js'
import { type Signer, signJwt } from '../jwt/sign.js'
import { currentTime } from '../jwt/time.js'

/** What goes into a client assertion. */
export interface ClientAssertionOptions {
  readonly clientId: string
  /** The issuer identifier of the authorization server, from its metadata: the assertion is for it alone. */
  readonly issuer: string
  /** Seconds. @default 60 */
  readonly lifetime?: number | undefined
  /** Epoch seconds. */
  readonly now?: number | undefined
}

/**
 * Makes a client assertion for `private_key_jwt`: the value of `client_assertion`. Good for one request.
 * RFC 7523 §3, draft-ietf-oauth-rfc7523bis §4.
 * @param key what `importSigningKey` gives, or a key held elsewhere with the same members
 */
export function createClientAssertion(key: Signer, options: ClientAssertionOptions): Promise<string> {
  const { clientId, issuer, lifetime = 60, now = currentTime() } = options
  if (!clientId || !issuer) throw new TypeError('A client assertion needs a client id and the issuer it is for.')
  const issuedAt = Math.floor(now)
  return signJwt({
    typ: 'client-authentication+jwt',
    key,
    claims: {
      iss: clientId,
      sub: clientId,
      aud: issuer,
      iat: issuedAt,
      exp: issuedAt + lifetime,
      jti: randomName(),
    },
  })
}
