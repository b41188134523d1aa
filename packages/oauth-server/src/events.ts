/** What each event about a signing key says. */
interface KeyEvent {
  readonly kid: string
  readonly alg: string
}

/** What happened, for an audit log. No event holds a token, a code, a secret, a hash of one, or what somebody typed. */
export interface ServerEvents {
  /** An authorization was completed and a code was sent to the client. */
  'authorization.granted': {
    readonly grantId: string
    readonly clientId: string
    readonly subject: string
    readonly scope: readonly string[]
  }
  /** An authorization request was answered with an error. `reason` says more than the client was told. */
  'authorization.refused': { readonly clientId: string | undefined; readonly error: string; readonly reason: string }
  /** `clientId` is undefined where somebody came by themselves. */
  'login.succeeded': { readonly clientId: string | undefined; readonly subject: string }
  'login.failed': { readonly clientId: string | undefined; readonly reason: string }
  'consent.granted': { readonly clientId: string; readonly subject: string; readonly scope: readonly string[] }
  'consent.denied': { readonly clientId: string; readonly subject: string }
  /** Forgotten on the page of connected apps, or by `server.grants`; its grants are revoked with it. */
  'consent.revoked': {
    readonly clientId: string
    readonly subject: string
    readonly reason: 'user_request' | 'operator_request'
  }
  'session.ended': {
    readonly subject: string
    readonly sessionId: string
    readonly reason: 'signed_out' | 'operator_request'
  }
  'token.issued': {
    readonly grantType: string
    readonly clientId: string
    readonly subject: string | undefined
    readonly grantId: string | undefined
    readonly scope: readonly string[]
    readonly resource: string
  }
  'token.refused': {
    readonly grantType: string | undefined
    readonly clientId: string | undefined
    readonly error: string
    readonly reason: string
  }
  /** A code was presented again by its own client with its own verifier. OAuth 2.1 §7.5.2 */
  'code.replayed': { readonly grantId: string; readonly clientId: string; readonly subject: string }
  /** A rotated refresh token was presented outside its retry window. RFC 9700 §4.14.2 */
  'refresh_token.reused': { readonly grantId: string; readonly clientId: string; readonly subject: string }
  'grant.revoked': {
    readonly grantId: string
    readonly clientId: string
    readonly reason: 'code_replayed' | 'refresh_token_reused' | 'client_request' | 'user_request' | 'operator_request'
  }
  /** A signing key is published ahead; it signs from `activateAt`. */
  'key.published': KeyEvent & { readonly activateAt: number }
  'key.activated': KeyEvent & { readonly retireAt: number }
  /** It signs no more, and stays published until `removeAt`. */
  'key.retired': KeyEvent & { readonly removeAt: number }
  'key.removed': KeyEvent & { readonly reason: 'expired' | 'revoked' }
  /** A client was made: by the operator, or by itself. */
  'client.created': { readonly clientId: string; readonly source: 'configured' | 'registered' }
  'client.updated': { readonly clientId: string }
  'client.secret_rotated': { readonly clientId: string }
  'client.removed': { readonly clientId: string }
  'registration.refused': { readonly reason: string }
  /** A client's metadata document could not be had, or does not describe it. */
  'client_metadata.refused': { readonly host: string; readonly reason: string }
  /** Somebody has used up a limit; `network` is undefined for one of an account from anywhere. Once for each time. */
  'limit.reached': { readonly limit: string; readonly network: string | undefined }
  'client_authentication.failed': { readonly clientId: string | undefined; readonly reason: string }
  /** Something broke on this side: a store, a key, a callback. */
  error: { readonly where: string; readonly cause: unknown }
}

export type ServerEventName = keyof ServerEvents
export type Emit = <N extends ServerEventName>(name: N, event: ServerEvents[N]) => void
export type On = <N extends ServerEventName>(name: N, listener: (event: ServerEvents[N]) => void) => () => void

/** One emitter per server. A listener that throws never changes an answer. */
export function createEvents(): { readonly emit: Emit; readonly on: On } {
  const listeners = new Map<ServerEventName, Set<(event: never) => void>>()
  return {
    emit(name, event) {
      for (const listener of listeners.get(name) ?? []) {
        try {
          // Listeners are stored under the name whose events they take: `on` is the only way in.
          ;(listener as (event: unknown) => void)(event)
        } catch {
          // An audit log that fails must not fail the request; there is nowhere left to report it.
        }
      }
    },
    on(name, listener) {
      if (typeof listener !== 'function') throw new TypeError(`server.on('${name}', …) needs a function.`)
      const registered = listeners.get(name) ?? new Set()
      listeners.set(name, registered.add(listener))
      return () => registered.delete(listener)
    },
  }
}
