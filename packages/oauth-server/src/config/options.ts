import type { AccessTokenType } from '@scopewise/token-core'
import type { Store } from '../storage/store.js'
import type { Seconds } from '../time.js'
import type { ClientOptions, FindClient } from './client.js'
import type { ExchangePolicy } from './exchange.js'
import type { Login } from './login.js'
import type { OidcScope } from './oidc-scopes.js'
import type { OperationsOptions } from './operations.js'
import type { Pages } from './pages.js'

/** For whom and for what an access token is about to be made. */
export interface ClaimsQuestion<S extends string = string, R extends string = string> {
  /** Undefined for a client's own token. */
  readonly subject: string | undefined
  readonly clientId: string
  readonly scope: readonly S[]
  readonly resource: R
}

/** What somebody asks for, before consent and again at each refresh. */
export interface AllowQuestion<S extends string = string, R extends string = string> {
  readonly subject: string
  readonly clientId: string
  /** Without openid and offline_access, which need no right. */
  readonly requested: readonly (S | OidcScope)[]
  /** Undefined where it is about no API, but about what this server itself tells of the subject. */
  readonly resource: R | undefined
}

/** One API: its scope values, or these and how its access tokens look. */
export type ResourceOptions<S extends string = string> =
  | readonly S[]
  | {
      readonly scopes: readonly S[]
      /**
       * `jwt` (RFC 9068): the API verifies tokens by itself. `opaque`: a random text about which the API asks the
       * introspection endpoint, and which ends at once when it is revoked.
       * @default jwt
       */
      readonly format?: 'jwt' | 'opaque'
    }

/** Whom the claims are about and who gets them: for ID tokens and userinfo. */
export interface UserClaimsQuestion {
  readonly subject: string
  readonly clientId: string
  readonly scope: readonly string[]
}

/** Seconds, all of them. The lifetime of access tokens belongs to `defineAccessToken`. */
export interface Lifetimes {
  /** @default 60, at most 600. OAuth 2.1 §4.1.2 */
  readonly authorizationCode?: Seconds
  /** How long an unused refresh token lives. @default 30 days */
  readonly refreshTokenIdle?: Seconds
  /** How long refresh tokens of one grant live, however often they are used. @default 365 days */
  readonly refreshToken?: Seconds
  /** How long a rotated refresh token still answers with its one successor. 0 switches it off. @default 30, at most 120 */
  readonly retryWindow?: Seconds
  /** @default 1 day */
  readonly session?: Seconds
  /** From the authorization request to the last click. @default 30 minutes, at most 1 hour */
  readonly interaction?: Seconds
  /** From a device's request to its redemption; the user code ends with it. @default 10 minutes, at most 30. RFC 8628 §3.2 */
  readonly deviceCode?: Seconds
  /** @default 10 minutes */
  readonly idToken?: Seconds
  /** From pushing a request to opening it. @default 60, less than 600. RFC 9126 §2.2 */
  readonly pushedRequest?: Seconds
}

interface CommonOptions<S extends string, C, R extends Readonly<Record<string, ResourceOptions<NoInfer<S>>>>>
  extends OperationsOptions<NoInfer<S>> {
  /** The issuer identifier: https, or http on a loopback host for development. Taken from here alone, never from a request. RFC 8414 §2 */
  readonly issuer: string
  /** What access tokens look like: its scopes type the clients, its claims type the hook. */
  readonly token: AccessTokenType<S, C>
  /** The APIs that tokens are for (RFC 8707 identifiers), each with the scope values that mean something there. */
  readonly resources: R
  /** What a request without `resource` is for. @default the only resource, else the one that knows all requested scopes */
  readonly defaultResource?: keyof R & string
  /** All of them, or a function that finds one: it is asked at each request, and for names that strangers made up. */
  readonly clients: readonly ClientOptions<NoInfer<S>>[] | FindClient<NoInfer<S>>
  /** What a request without `scope` means, as far as the client may have it. @default nothing: such a request is refused */
  readonly defaultScope?: readonly (NoInfer<S> | OidcScope)[]
  /** Called whenever a user is needed: see {@link Login} and `passwordPage`. */
  readonly login: Login
  /** Pages of your own, by the name of the built-in one that each replaces. @default the built-in pages */
  readonly pages?: Pages
  /** Narrows what a subject may grant. A right lost here is lost at the next refresh, and can't be exchanged any more. @default everything the client may ask for */
  readonly allow?: (
    question: AllowQuestion<NoInfer<S>, keyof R & string>,
  ) => Promise<readonly string[]> | readonly string[]
  /**
   * Claims about a user for ID tokens and userinfo, under the names of OIDC Core §5.1 or your own. Of the standard ones
   * each client gets those that its granted scope opens (`profile`: `name` and others; `email`; `address`; `phone`);
   * claims of your own go to whoever asks.
   */
  readonly userClaims?: (
    question: UserClaimsQuestion,
  ) => Promise<Readonly<Record<string, unknown>>> | Readonly<Record<string, unknown>>
  /**
   * Decides who may exchange whose access token for what: see {@link ExchangePermission}. It is asked after everything else has
   * been checked. RFC 8693
   * @default none: the grant type does not exist
   */
  readonly exchange?: ExchangePolicy<NoInfer<S>, keyof R & string>
  /**
   * Whether each DPoP proof needs a nonce of this server. It costs a client one more request, once; without it a proof that
   * somebody had made ahead of time is good when its time comes. RFC 9449 §8, §11.2
   * @default true
   */
  readonly dpopNonces?: boolean
  /** Whether every authorization request has to be pushed. RFC 9126 §5. @default false */
  readonly requirePushedAuthorizationRequests?: boolean
  /** The `acr` values that `login` can reach, weakest first. @default none: acr_values are ignored */
  readonly acrValues?: readonly string[]
  /** @default memoryStore() */
  readonly store?: Store
  /**
   * At least 32 characters of randomness, kept outside the store; the keys for everything sealed or wrapped are derived
   * from it. The first one makes new values, the others still read old ones. Required with any store but memory.
   */
  readonly secret?: string | readonly string[]
  readonly lifetimes?: Lifetimes
  /** The clock, in epoch seconds. @default the system's */
  readonly now?: () => Seconds
}

type ClaimsHook<S extends string, C, R> = (
  question: ClaimsQuestion<NoInfer<S>, keyof R & string>,
) => Promise<NoInfer<C>> | NoInfer<C>

// biome-ignore lint/complexity/noBannedTypes: `{}` asks whether C needs any claim at all
type ClaimsOption<S extends string, C, R> = {} extends C
  ? { readonly claims?: ClaimsHook<S, C, R> }
  : { readonly claims: ClaimsHook<S, C, R> }

/** The options of `createAuthorizationServer`. `claims` is required when the token declares claims of its own. */
export type AuthorizationServerOptions<
  S extends string = string,
  C = Record<never, never>,
  R extends Readonly<Record<string, ResourceOptions<NoInfer<S>>>> = Readonly<
    Record<string, ResourceOptions<NoInfer<S>>>
  >,
> = CommonOptions<S, C, R> & ClaimsOption<S, C, R>
