import { randomToken } from '../encoding/random.js'
import { signJwt } from '../jwt/sign.js'
import { currentTime } from '../jwt/time.js'
import { refuseUrl } from '../jwt/url.js'
import type { SecretKey } from '../keys/secret-key.js'
import { pickSigningKey, type SigningKey, type SigningKeys } from '../keys/signing-key.js'
import { formatScope } from '../scope/values.js'
import { isRegisteredClaim } from './claims.js'
import { type AccessTokenType, checkLifetime } from './define.js'
import { checkOwnClaims } from './schema.js'

/** What {@link createIssuer} takes. */
export interface IssuerOptions<S extends string, C> {
  readonly token: AccessTokenType<S, C>
  /** The issuer identifier, an https URL (http on a loopback address): the tokens' `iss`, character by character. */
  readonly issuer: string
  /** A shared secret ({@link importSecretKey}) can be verified only by who could issue as well. */
  readonly keys: SigningKeys | SecretKey
  /** Epoch seconds. */
  readonly now?: (() => number) | undefined
}

/** What goes into one access token. */
export interface IssueOptions<S extends string, C> {
  /** The resource owner; for a client's own token the client's id. */
  readonly subject: string
  readonly clientId: string
  /** The resource, or resources, that the token is for. */
  readonly audience: string | readonly string[]
  readonly scope: readonly S[]
  /** Your own claims, as the token's schema gives them back. */
  readonly claims: C
  /** Becomes the claim `grant_id`: what an API revokes by. */
  readonly grantId?: string | undefined
  /** When the resource owner signed in, epoch seconds. */
  readonly authTime?: number | undefined
  readonly acr?: string | undefined
  readonly amr?: readonly string[] | undefined
  /** Seconds; by default the token type's. */
  readonly lifetime?: number | undefined
}

/** Issues access tokens of one type. */
export interface Issuer<S extends string, C> {
  /**
   * Issues a signed access token. RFC 9068 §2.
   * @throws {TypeError} for a scope that is not declared, claims that the verifier would refuse, or an empty audience
   */
  issue(options: IssueOptions<S, C>): Promise<string>
}

/**
 * Creates the issuing side of an access token type.
 * @throws {TypeError} when the issuer is not an https URL (http on a loopback address) without query and fragment
 */
export function createIssuer<S extends string, C>(options: IssuerOptions<S, C>): Issuer<S, C> {
  const { token, issuer, keys, now = currentTime } = options
  const refusal = issuer.includes('?') ? 'it has a query' : refuseUrl(issuer)
  if (refusal) throw new TypeError(`createIssuer can't use this issuer: ${refusal}.`)
  return {
    async issue(grant) {
      const own = await serializeClaims(token, grant.claims)
      const registered = registeredClaims(token, grant, issuer, Math.floor(now()))
      return signJwt({
        typ: 'at+jwt',
        key: await pickSigningKey<SigningKey | SecretKey>(keys),
        claims: { ...own, ...registered },
      })
    },
  }
}

function registeredClaims<S extends string, C>(
  token: AccessTokenType<S, C>,
  grant: IssueOptions<S, C>,
  issuer: string,
  issuedAt: number,
): Record<string, unknown> {
  const { subject, clientId, audience, grantId, authTime, acr, amr, lifetime = token.lifetime } = grant
  checkLifetime(lifetime)
  if (!subject || !clientId) throw new TypeError('An access token needs a subject and a client id.')
  if (audience.length === 0) throw new TypeError('An access token needs an audience: the resource that it is for.')
  const stranger = grant.scope.find((value) => !token.scopes.has(value))
  if (stranger !== undefined) throw new TypeError(`Scope "${stranger}" is not declared: see defineScopes.`)
  return {
    iss: issuer,
    sub: subject,
    aud: audience,
    client_id: clientId,
    // Undefined members are left out of the JSON.
    scope: grant.scope.length > 0 ? formatScope(grant.scope) : undefined,
    iat: issuedAt,
    exp: issuedAt + lifetime,
    jti: randomToken(20),
    grant_id: grantId,
    auth_time: authTime,
    acr,
    amr,
  }
}

/** The claims as they will stand in the token, checked as a verifier will check them. */
async function serializeClaims<S extends string, C>(
  token: AccessTokenType<S, C>,
  claims: C,
): Promise<Readonly<Record<string, unknown>>> {
  // What arrives is what JSON leaves of them (a Date becomes text), and that is what the schema must accept.
  const serialized: Record<string, unknown> = JSON.parse(JSON.stringify(claims ?? {}))
  const collision = Object.keys(serialized).find(isRegisteredClaim)
  if (collision !== undefined)
    throw new TypeError(`The claim "${collision}" is registered: it is set by the issuer, not by \`claims\`.`)
  const checked = await checkOwnClaims(token, serialized)
  if ('paths' in checked)
    throw new TypeError(`The claims don't satisfy the schema of their token, at: ${checked.paths.join(', ')}.`)
  return serialized
}
