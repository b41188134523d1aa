import type { TokenNeed } from '../client.js'
import type { OAuthClientError } from '../errors.js'
import type { Tokens } from '../token-endpoint/tokens.js'
import { freshness, type Held } from './held.js'

/** The key of the tokens that a caller without a wish gets. */
export const WHOLE = ''

/**
 * What is known of one grant. Another login makes another object, so who comes back from the server with an answer can tell
 * whether it still matters.
 */
export interface Grant<S extends string> {
  /** Tokens by (resource, scope). */
  readonly held: Map<string, Held<S>>
  /** Requests under way, by the same key; `undefined` comes out when the grant was replaced meanwhile. */
  readonly flights: Map<string, Promise<Tokens<S> | undefined>>
  /** The end of the queue for the refresh token: two requests at once with one refresh token look like theft to the server. */
  turn: Promise<unknown>
  /** Set when the server no longer knows the grant. */
  lost: OAuthClientError | undefined
}

export function createGrant<S extends string>(whole?: Held<S>): Grant<S> {
  return { held: new Map(whole && [[WHOLE, whole]]), flights: new Map(), turn: Promise.resolve(), lost: undefined }
}

/** The key of a wish; a wish for all that was granted is none. Pure. */
export function keyOf(need: TokenNeed, whole: Tokens | undefined, ownResource: string | undefined): string {
  const resource = need.resource === ownResource ? undefined : need.resource
  const scope = need.scope && [...new Set(need.scope)].sort()
  const isAll = !scope || (whole?.scope.length === scope.length && whole.scope.every((value) => scope.includes(value)))
  return isAll && resource === undefined ? WHOLE : JSON.stringify([resource, isAll ? undefined : scope])
}

/** Keeps what a request brought. The newest refresh token always stays with the whole grant, and only there. */
export function keep<S extends string>(grant: Grant<S>, key: string, brought: Held<S>, now: number): Tokens<S> {
  for (const [old, held] of grant.held) if (old !== WHOLE && freshness(held, now) === 'expired') grant.held.delete(old)
  if (key === WHOLE) {
    grant.held.set(WHOLE, brought)
    return brought.tokens
  }
  const { refreshToken, ...tokens } = brought.tokens
  const whole = grant.held.get(WHOLE)
  if (whole && refreshToken !== undefined) {
    grant.held.set(WHOLE, { ...whole, tokens: { ...whole.tokens, refreshToken } })
  }
  grant.held.set(key, { ...brought, tokens })
  return tokens
}
