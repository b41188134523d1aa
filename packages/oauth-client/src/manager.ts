/**
 * The token manager: one refresh for many callers.
 *
 * @module
 */
import type { OAuthClient, TokenNeed } from './client.js'
import { type Engine, getTokens, replaceGrant, type TokenListener, type TokenWish, wholeOf } from './manager/engine.js'
import { createGrant } from './manager/grant.js'
import { hold } from './manager/held.js'
import { refreshTokens, type TokenSource } from './manager/source.js'
import type { OidcScope, Tokens } from './token-endpoint/tokens.js'

export type { TokenChange, TokenListener, TokenWish } from './manager/engine.js'
export { clientCredentials, refreshTokens, type TokenSource } from './manager/source.js'

/** `scope` and `resource` are what a caller without a wish gets; with a user's tokens leave `scope` out to get all that was granted. */
export interface TokenManagerOptions<S extends string = string> extends TokenNeed<S> {
  /** Tokens to begin with. */
  readonly tokens?: Tokens<S | OidcScope> | undefined
  /** `refreshTokens` for a user who signed in, `clientCredentials` for the client itself, or a function of your own. @default refreshTokens */
  readonly source?: TokenSource<S> | undefined
  /** Between 0 and 1: spreads early renewals. @default Math.random */
  readonly random?: (() => number) | undefined
}

export interface TokenManager<S extends string = string> {
  readonly client: OAuthClient<S>
  /** The tokens of the whole grant as they are, fresh or not. */
  readonly tokens: Tokens<S | OidcScope> | undefined
  /**
   * Gives tokens that can be used now. Callers with the same wish share one request; requests of one grant follow each other.
   * With `scope` the token holds exactly these values, narrowed from the grant; without, all that was granted. In the last part
   * of their life tokens are renewed, and serve on when that fails.
   *
   * @throws {OAuthClientError} login_required, grant_lost, insufficient_scope, and what the token endpoint led to
   */
  get(wish?: TokenWish<S>): Promise<Tokens<S | OidcScope>>
  /** Takes the tokens of a new login. False, and nothing happens, when newer ones are held. */
  adopt(tokens: Tokens<S | OidcScope>): boolean
  /** Forgets everything; what is under way comes to nothing. Revokes nothing: that is `client.revoke`. */
  clear(): void
  /** Hears of every change. Returns the function that ends it. */
  subscribe(listener: TokenListener<S | OidcScope>): () => void
}

/** Makes a token manager for this process: five callers with an expired token, or a hundred, make one token request. */
export function createTokenManager<S extends string = string>(
  client: OAuthClient<S>,
  options: TokenManagerOptions<NoInfer<S>> = {},
): TokenManager<S> {
  const { source = refreshTokens, random = Math.random, tokens, scope, resource } = options
  const grant = createGrant(tokens && hold(tokens, random()))
  const engine: Engine<S> = { client, source, random, standard: { scope, resource }, listeners: new Set(), grant }
  return {
    client,
    get tokens() {
      return wholeOf(engine)
    },
    get: (wish = {}) => getTokens(engine, wish),
    adopt(next) {
      const whole = wholeOf(engine)
      if (whole && next.obtainedAt < whole.obtainedAt) return false
      replaceGrant(engine, createGrant(hold(next, random())), 'adopted')
      return true
    },
    clear: () => replaceGrant(engine, createGrant(), 'cleared'),
    subscribe(listener) {
      engine.listeners.add(listener)
      return () => engine.listeners.delete(listener)
    },
  }
}
