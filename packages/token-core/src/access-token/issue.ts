import { checkLifetime } from '../claims/lifetime.js'
import { serializeClaims } from '../claims/schema.js'
import { randomName } from '../encoding/random.js'
import { chain } from '../jwt/awaitable.js'
import { signJwt } from '../jwt/sign.js'
import { currentTime } from '../jwt/time.js'
import { checkIssuer } from '../jwt/url.js'
import type { SecretKey } from '../keys/secret-key.js'
import { pickSigningKey, type SigningKey, type SigningKeys } from '../keys/signing-key.js'
import { type Actor, type Confirmation, isRegisteredClaim, type StatusReference } from './claims.js'
import type { AccessTokenType } from './define.js'

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
  /** Binds the token to a key: the thumbprint of a DPoP proof as `jkt`, of a client certificate as `x5t#S256`. */
  readonly confirmation?: Confirmation | undefined
  /** Who acts for the subject. RFC 8693 §4.1. */
  readonly actor?: Actor | undefined
  /** Where the status of the token is published: see `createStatusListIssuer`. */
  readonly status?: StatusReference | undefined
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
  /**
   * The claims that `issue` would sign: what an opaque token stands for, and what its introspection answers.
   * @throws {TypeError} as `issue` does
   */
  claims(options: IssueOptions<S, C>): Promise<Readonly<Record<string, unknown>>>
}

/**
 * Creates the issuing side of an access token type.
 * @throws {TypeError} when the issuer is not an https URL (http on a loopback address) without query and fragment
 */
export function createIssuer<S extends string, C>(options: IssuerOptions<S, C>): Issuer<S, C> {
  const { token, issuer, keys, now = currentTime } = options
  checkIssuer(issuer, 'createIssuer')
  const collect = (grant: IssueOptions<S, C>) =>
    chain(serializeClaims(token, grant.claims, isRegisteredClaim), (own) =>
      joinClaims(own, token, grant, { issuer, issuedAt: Math.floor(now()) }),
    )
  return {
    claims: async (grant) => collect(grant),
    issue: async (grant) =>
      signJwt({
        typ: 'at+jwt',
        claims: await collect(grant),
        key: await pickSigningKey<SigningKey | SecretKey>(keys),
      }),
  }
}

/** Your own claims and the registered ones, in one object: none of them stands in both. */
function joinClaims<S extends string, C>(
  own: Readonly<Record<string, unknown>>,
  token: AccessTokenType<S, C>,
  grant: IssueOptions<S, C>,
  { issuer, issuedAt }: { readonly issuer: string; readonly issuedAt: number },
): Readonly<Record<string, unknown>> {
  const { subject, clientId, audience, grantId, authTime, acr, amr, lifetime = token.lifetime } = grant
  const { confirmation, actor, status } = grant
  checkLifetime(lifetime)
  if (!subject || !clientId) throw new TypeError('An access token needs a subject and a client id.')
  if (audience.length === 0) throw new TypeError('An access token needs an audience: the resource that it is for.')
  const stranger = grant.scope.find((value) => !token.scopes.has(value))
  if (stranger !== undefined) throw new TypeError(`Scope "${stranger}" is not declared: see defineScopes.`)
  return {
    ...own,
    iss: issuer,
    sub: subject,
    aud: audience,
    client_id: clientId,
    // Declared values follow the grammar. Undefined members are left out of the JSON.
    scope: grant.scope.length > 0 ? [...new Set(grant.scope)].join(' ') : undefined,
    iat: issuedAt,
    exp: issuedAt + lifetime,
    jti: randomName(),
    grant_id: grantId,
    auth_time: authTime,
    acr,
    amr,
    cnf: confirmation,
    act: actor,
    status: status && { status_list: { idx: status.index, uri: status.uri } },
  }
}
