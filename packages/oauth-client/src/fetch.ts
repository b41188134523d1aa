/**
 * A `fetch` that brings the token along, renews it, and steps up.
 *
 * @module
 */
import { isOAuthClientError, OAuthClientError } from './errors.js'
import { type Demand, readDemand } from './fetch/demand.js'
import { canReplay, withToken } from './fetch/replay.js'
import { createStepUp, type Interact, type StepUp } from './fetch/step-up.js'
import type { Fetch } from './http/json.js'
import { parseSecureUrl } from './http/secure-url.js'
import { waitFor } from './manager/wait.js'
import type { TokenManager } from './manager.js'
import type { OidcScope, Tokens } from './token-endpoint/tokens.js'

export type { Interact, InteractionNeed } from './fetch/step-up.js'

export interface FetchOptions<S extends string = string> {
  /** The origins that may see the token: `https://api.example`. https, or http on loopback. */
  readonly allow: readonly string[]
  /** Asks the user for more scope. Without it an `insufficient_scope` answer is simply the answer. */
  readonly interact?: Interact<S> | undefined
  /** The API that tokens are for. RFC 8707 §2. @default what the manager and its client say */
  readonly resource?: string | undefined
  /** @default the global fetch */
  readonly fetch?: Fetch | undefined
}

/**
 * Makes a `fetch` for APIs that take Bearer tokens. RFC 6750.
 *
 * Each call renews the token at most once, after `invalid_token`, and asks the user at most once, after `insufficient_scope`; the
 * challenge may also stand in `errors[].extensions.challenge` of a GraphQL answer. What can't be mended, or sent again because its
 * body is a stream, comes back as the API answered it. Redirects are not followed: they too come back. Without tokens the request
 * goes out without, and the API decides.
 *
 * @throws {OAuthClientError} at construction invalid_configuration or insecure_url; a call throws origin_not_allowed, and what
 *   `TokenManager.get` throws, all but login_required
 */
export function createFetch<S extends string = string>(
  manager: TokenManager<S>,
  options: FetchOptions<NoInfer<S>>,
): typeof fetch {
  const { resource } = options
  const origins = new Set(options.allow.map(parseOrigin))
  const send = options.fetch ?? ((request) => globalThis.fetch(request))
  const stepUp = createStepUp(manager, options.interact, resource)

  return async (input, init) => {
    const request = new Request(input, init)
    if (!origins.has(new URL(request.url).origin)) {
      throw new OAuthClientError(
        'origin_not_allowed',
        `${new URL(request.url).origin} is not on the allow list of createFetch: no token goes there`,
      )
    }
    const { signal } = request
    const isReplayable = canReplay(init)
    const attempt = (tokens: Tokens | undefined) =>
      send(withToken(isReplayable ? request.clone() : request, tokens?.accessToken))
    const spent = new Set<Demand['error']>()
    let tokens = await unlessSignedOut(manager.get({ resource, signal }))
    let response = await attempt(tokens)
    // SU-04: each error is answered once, so three requests are the most.
    while (tokens) {
      const demand = await readDemand(response)
      if (!demand || spent.has(demand.error)) break
      spent.add(demand.error)
      const next: Tokens<S | OidcScope> | undefined = await meet(demand, tokens, {
        manager,
        resource,
        signal,
        stepUp,
        isReplayable,
      })
      if (!next || !isReplayable) break
      // Not awaited: nobody reads it, and its connection may take its time.
      response.body?.cancel().catch(() => undefined)
      tokens = next
      response = await attempt(tokens)
    }
    return response
  }
}

interface Means<S extends string> {
  readonly manager: TokenManager<S>
  readonly resource: string | undefined
  readonly signal: AbortSignal
  readonly stepUp: StepUp<S>
  readonly isReplayable: boolean
}

/** Takes the one step that a demand calls for. */
function meet<S extends string>(
  demand: Demand,
  tokens: Tokens,
  means: Means<S>,
): Promise<Tokens<S | OidcScope> | undefined> {
  const { manager, resource, signal, stepUp, isReplayable } = means
  const refused = tokens.accessToken
  // Also for a request that can't be sent again: the next one will find a token that works.
  if (demand.error === 'invalid_token') return unlessSignedOut(manager.get({ resource, refused, signal }))
  return isReplayable ? unlessSignedOut(waitFor(stepUp(demand, refused), signal)) : Promise.resolve(undefined)
}

async function unlessSignedOut<T>(tokens: Promise<T>): Promise<T | undefined> {
  try {
    return await tokens
  } catch (error) {
    if (isOAuthClientError(error) && error.code === 'login_required') return undefined
    throw error
  }
}

function parseOrigin(text: string): string {
  const url = parseSecureUrl(text, 'An origin of createFetch')
  if (url.href === `${url.origin}/`) return url.origin
  throw new OAuthClientError('invalid_configuration', `allow takes origins such as ${url.origin}, without a path`)
}
