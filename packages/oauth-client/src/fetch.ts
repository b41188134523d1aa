/**
 * A `fetch` that brings the token along, renews it, and steps up.
 *
 * @module
 */
import { OAuthClientError } from './errors.js'
import { type Means, meet, planAhead, type ScopePlanner, sendCall, unlessSignedOut } from './fetch/call.js'
import { readDemand } from './fetch/demand.js'
import type { ResourceDiscovery } from './fetch/discover-resource.js'
import { readCall } from './fetch/replay.js'
import { createStepUp, type Interact } from './fetch/step-up.js'
import { type Fetch, toSend } from './http/json.js'
import { parseSecureUrl } from './http/secure-url.js'
import type { TokenManager } from './manager.js'

export type { ScopePlanner } from './fetch/call.js'
export { type ResourceDiscovery, resourceDiscovery } from './fetch/discover-resource.js'
export type { Interact, InteractionNeed } from './fetch/step-up.js'

export interface FetchOptions<S extends string = string> {
  /** The origins that may see the token: `https://api.example`. https, or http on loopback. */
  readonly allow: readonly string[]
  /** Asks the user for more scope, or to sign in again. Without it such an answer is simply the answer. */
  readonly interact?: Interact<S> | undefined
  /** The API that tokens are for. RFC 8707 §2. @default what the manager and its client say */
  readonly resource?: string | undefined
  /** `resourceDiscovery()`: an API that wants a token when there is none is asked what it takes, and `interact` for a login. */
  readonly discover?: ResourceDiscovery | undefined
  /** `scopePlanner(manifest)`: what an operation needs is known, and asked for, before it is sent. */
  readonly scopesFor?: ScopePlanner | undefined
  /** Whether a scope value that an API demands may be asked for, where the client declares none. @default no value may */
  readonly allowScope?: ((value: string) => boolean) | undefined
  /** @default the global fetch */
  readonly fetch?: Fetch | undefined
}

/**
 * Makes a `fetch` for APIs that take Bearer or DPoP tokens. RFC 6750, RFC 9449, RFC 9470.
 *
 * Each call renews the token at most once, after `invalid_token`, and asks the user at most once for each of `insufficient_scope` and
 * `insufficient_user_authentication`; the challenge may also stand in `errors[].extensions.challenge` of a GraphQL answer. What can't
 * be mended, or sent again because its body is a stream, comes back as the API answered it. Redirects within the origin are followed, each
 * with a proof of its own; others come back. Without tokens the request goes out without, and the API decides.
 *
 * @throws {OAuthClientError} at construction invalid_configuration or insecure_url; a call throws origin_not_allowed, and what
 *   `TokenManager.get` throws, all but login_required
 */
export function createFetch<S extends string = string>(
  manager: TokenManager<S>,
  options: FetchOptions<NoInfer<S>>,
): typeof fetch {
  const { resource, interact, discover, scopesFor, allowScope } = options
  const { scopes } = manager.client
  // CL-18: what an API names is asked for only if it is declared, or approved where nothing is.
  const isAskable = (value: string): value is S => (scopes ? scopes.has(value) : (allowScope?.(value) ?? false))
  const origins = new Set(options.allow.map(parseOrigin))
  const send = toSend(options.fetch)
  const stepUp = createStepUp(manager, interact, resource, isAskable)
  const means: Means<S> = { manager, resource, stepUp, send, discover, scopesFor, isAskable }

  return async (input, init) => {
    const asked = readCall(input, init)
    const { url, signal } = asked
    if (!origins.has(url.origin)) {
      throw new OAuthClientError(
        'origin_not_allowed',
        `${url.origin} is not on the allow list of createFetch: no token goes there`,
      )
    }
    const first = await unlessSignedOut(manager.get({ resource, signal }))
    let tokens = (await planAhead(means, asked, first)) ?? first
    let { call, response } = await sendCall(means, asked, tokens)
    const spent = new Set<string>()
    for (;;) {
      const demand = await readDemand(response, call.method)
      if (!demand) return response
      // SU-04: each demand is met once, so a few requests are the most.
      if (spent.has(demand.error)) {
        if (demand.error !== 'invalid_token') stepUp.giveUp(demand)
        return response
      }
      spent.add(demand.error)
      const next = await meet(means, call, demand, tokens)
      if (!next || !call.isReplayable) return response
      // Not awaited: nobody reads it, and its connection may take its time.
      response.body?.cancel().catch(() => undefined)
      tokens = next
      // From where a redirect led: what was done on the way is not done twice.
      ;({ call, response } = await sendCall(means, call, tokens))
    }
  }
}

function parseOrigin(text: string): string {
  const url = parseSecureUrl(text, 'An origin of createFetch')
  if (url.href === `${url.origin}/`) return url.origin
  throw new OAuthClientError('invalid_configuration', `allow takes origins such as ${url.origin}, without a path`)
}
