import type { JwkSet, SigningAlgorithm } from '@scopewise/token-core'
import type { OidcScope } from './oidc-scopes.js'

/** The grant types that exist here; the table in grants/ has exactly one row for each. */
export const GRANT_TYPES = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  'urn:ietf:params:oauth:grant-type:device_code',
  'urn:ietf:params:oauth:grant-type:token-exchange',
] as const
export type GrantType = (typeof GRANT_TYPES)[number]

/** RFC 8628 §3.4 */
export const DEVICE_CODE: GrantType = 'urn:ietf:params:oauth:grant-type:device_code'

/** RFC 8693 §2.1 */
export const TOKEN_EXCHANGE: GrantType = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** The client authentication methods that exist here; the table in client-auth/ has exactly one row for each. */
export const CLIENT_AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const
export type ClientAuthMethod = (typeof CLIENT_AUTH_METHODS)[number]

/** What client assertions may be signed with. */
export const ASSERTION_ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'Ed25519',
  'EdDSA',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
] as const satisfies readonly SigningAlgorithm[]

/** What DPoP proofs may be signed with. */
export const DPOP_ALGORITHMS = ['ES256', 'Ed25519', 'EdDSA'] as const satisfies readonly SigningAlgorithm[]

export const CLIENT_TYPES = ['web', 'native', 'service'] as const
export type ClientType = (typeof CLIENT_TYPES)[number]

export const ID_TOKEN_ALGORITHMS = ['ES256', 'RS256'] as const
export type IdTokenAlgorithm = (typeof ID_TOKEN_ALGORITHMS)[number]

/** How an authorization response travels: as a redirect, or as a form that the browser sends. OAuth 2.0 Form Post Response Mode §2. */
export const RESPONSE_MODES = ['query', 'form_post'] as const
export type ResponseMode = (typeof RESPONSE_MODES)[number]
/** Those of a client that names none. */
export const DEFAULT_RESPONSE_MODES: ResponseMode[] = ['query']

/** Who described a client: the configuration or `server.clients`, the client itself when it registered, or the document at its clientId. */
export type ClientSource = 'configured' | 'registered' | 'document'

/** A client as it is written in the configuration. RFC 7591 §2 in camelCase. */
export interface ClientOptions<S extends string = string> {
  readonly clientId: string
  /** Shown on the sign-in and consent pages. @default the clientId */
  readonly name?: string
  /**
   * `web`: runs at an address of its own, its consent is remembered. `native`: runs on the user's device, may register
   * loopback and private-use redirect URIs, and is asked for consent each time (OAuth 2.1 §7.3.1). `service`: acts for itself only.
   * @default `native` with the device grant, `service` without redirect URIs, else `web`
   */
  readonly type?: ClientType
  /** Compared as exact strings; only the port of a native client's loopback URI is free. OAuth 2.1 §2.3.1. */
  readonly redirectUris?: readonly string[]
  readonly postLogoutRedirectUris?: readonly string[]
  /** How it may have its authorization responses sent. A request that names no mode means `query`. @default query alone */
  readonly responseModes?: readonly ResponseMode[]
  /** What the client may ask for. @default every declared scope; required for a client that uses client_credentials */
  readonly scope?: readonly (S | OidcScope)[]
  /** What a request without scope means. @default the server's defaultScope, as far as the client may have it */
  readonly defaultScope?: readonly (S | OidcScope)[]
  /** The device grant is given to those that name it, since its codes are easily phished. @default authorization_code and refresh_token; client_credentials for a service */
  readonly grantTypes?: readonly GrantType[]
  /** @default client_secret_basic with a secret, private_key_jwt with keys, else none */
  readonly tokenEndpointAuthMethod?: ClientAuthMethod
  /** What `hashClientSecret` gave; several while a secret is being replaced. */
  readonly secretHash?: string | readonly string[]
  /** The public keys of a client that authenticates with private_key_jwt. RFC 7591 §2 */
  readonly jwks?: JwkSet
  /** Where such a client publishes its keys instead: https, or http on a loopback host. Fetched when first needed. */
  readonly jwksUri?: string
  /** Whether it gets nothing but access tokens that are bound to a DPoP key. RFC 9449 §5.2. @default false */
  readonly dpopBoundAccessTokens?: boolean
  /** Whether it has to push its authorization requests. RFC 9126 §6. @default the server's */
  readonly requirePushedAuthorizationRequests?: boolean
  /**
   * Whether each refresh gives a new refresh token. A client that authenticates may keep the one it has, as FAPI 2.0 asks; a
   * public one may not. RFC 9700 §2.2.2
   * @default true
   */
  readonly rotateRefreshTokens?: boolean
  /**
   * The APIs that this client is, keys of `resources`: it may introspect their access tokens, and exchange them where the
   * policy `exchange` agrees. Every client may introspect its own. RFC 7662 §4
   * @default none
   */
  readonly introspects?: readonly string[]
  /** A readable secret for a demo; refused unless the issuer is http on a loopback host. */
  readonly unsafeDemoSecret?: string
  /** @default ES256 */
  readonly idTokenAlgorithm?: IdTokenAlgorithm
}

/** Finds a client by its identifier. What it gives is checked as if it stood in the configuration. */
export type FindClient<S extends string = string> = (
  clientId: string,
) => Promise<ClientOptions<S> | undefined> | ClientOptions<S> | undefined

/** A client after configuration was read: every default filled in, nothing optional left to guess. */
export interface Client {
  readonly clientId: string
  readonly source: ClientSource
  readonly name: string
  readonly type: ClientType
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris: readonly string[]
  readonly responseModes: ReadonlySet<ResponseMode>
  readonly scope: ReadonlySet<string>
  readonly defaultScope: readonly string[]
  readonly grantTypes: ReadonlySet<GrantType>
  readonly authMethod: ClientAuthMethod
  /** A promise only because a demo secret is hashed while the server starts. */
  readonly secretHashes: Promise<readonly string[]>
  /** What verifies its client assertions: at most one of the two. */
  readonly jwks: JwkSet | undefined
  readonly jwksUri: string | undefined
  readonly dpopBoundAccessTokens: boolean
  readonly requirePushedAuthorizationRequests: boolean
  readonly rotateRefreshTokens: boolean
  readonly introspects: ReadonlySet<string>
  readonly idTokenAlgorithm: IdTokenAlgorithm
}
