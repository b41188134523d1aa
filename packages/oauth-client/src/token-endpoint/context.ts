import type { Scopes } from '@scopewise/token-core/scope'
import type { ClientAuth } from '../client-auth/client-auth.js'
import type { ServerMetadata } from '../discovery/metadata.js'
import type { Fetch } from '../http/json.js'

/** What a client saw that is allowed and yet worth a look. Holds no token. */
export interface ClientEvent {
  /** The server's metadata do not say whether it checks PKCE. S256 is sent all the same. RFC 9700 §2.1.1. */
  readonly type: 'pkce_not_advertised'
  readonly issuer: string
}

/** What every verb of a client needs: its options, checked once. */
export interface Context {
  readonly issuer: string
  readonly clientId: string
  readonly auth: ClientAuth
  readonly redirectUri: string | undefined
  readonly resource: string | undefined
  readonly scopes: Scopes<string> | undefined
  readonly fetch: Fetch
  /** Epoch seconds. */
  readonly now: () => number
  /** Seconds. */
  readonly timeout: number
  readonly onEvent: (event: ClientEvent) => void
  readonly metadata: () => Promise<ServerMetadata>
}
