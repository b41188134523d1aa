import type { Scopes } from '@scopewise/token-core/scope'
import type { ClientAuth } from '../client-auth/client-auth.js'
import type { ServerMetadata } from '../discovery/metadata.js'
import type { Exchanger, Send } from '../http/json.js'
import type { WireParams } from '../http/params.js'
import type { TransactionStore } from './transaction.js'

/** The scope values that OpenID Connect defines: always askable, never declared. OpenID Connect Core 1.0 §5.4, §11. */
export type OidcScope = 'openid' | 'profile' | 'email' | 'address' | 'phone' | 'offline_access'

/** What a client saw that is allowed and yet worth a look. Holds no token. */
export interface ClientEvent {
  /** The server's metadata do not say whether it checks PKCE. S256 is sent all the same. RFC 9700 §2.1.1. */
  readonly type: 'pkce_not_advertised'
  readonly issuer: string
}

/** Proves with each request that the client holds the key that its tokens are bound to: `dpop()` makes one. RFC 9449. */
export interface ProofOfPossession {
  /** The thumbprint of the key, which authorization requests carry as `dpop_jkt`. RFC 9449 §10. */
  thumbprint(): Promise<string>
  /** Makes of `send` one that adds a proof, and sends once more when the server asks for a nonce and the body can be sent again. */
  wrap(send: Send, accessToken?: string, isReplayable?: boolean): Send
}

/** Lays an authorization request down at the server and gives what is left to send by the browser: `pushedRequests()`. RFC 9126. */
export type RequestPusher = (client: OAuthClient, params: WireParams) => Promise<WireParams>

/** Verifies the signature of an ID token: `idTokenSignatures()`. Throws when it does not hold. */
export type SignatureVerifier = (client: OAuthClient, jwt: string) => Promise<void>

/** A client of one authorization server: its options, checked once, and the server's metadata. Every verb takes it first. */
export interface OAuthClient<S extends string = string> extends Exchanger {
  readonly issuer: string
  readonly clientId: string
  readonly auth: ClientAuth
  readonly redirectUri: string | undefined
  readonly resource: string | undefined
  readonly scopes: Scopes<S> | undefined
  readonly transactions: TransactionStore | undefined
  readonly dpop: ProofOfPossession | undefined
  readonly par: RequestPusher | undefined
  readonly verifySignature: SignatureVerifier | undefined
  /** Epoch seconds. */
  now(): number
  onEvent(event: ClientEvent): void
  /** The server's metadata, from its discovery document, kept for an hour. RFC 8414 §3. @throws {OAuthClientError} */
  metadata(): Promise<ServerMetadata>
}

/** What one request for tokens asks for. */
export interface TokenNeed<S extends string = string> {
  readonly scope?: readonly (S | OidcScope)[] | undefined
  /** The API that the token is for. RFC 8707 §2. @default the client's `resource` */
  readonly resource?: string | undefined
}
