import type { OidcScope } from '../client/client.js'
import { isOAuthClientError } from '../errors.js'
import type { Fetch } from '../http/json.js'
import { missingScope } from '../manager/record.js'
import { waitFor } from '../manager/wait.js'
import type { TokenManager } from '../manager.js'
import type { Tokens } from '../token-endpoint/tokens.js'
import type { Demand } from './demand.js'
import type { ResourceDiscovery } from './discover-resource.js'
import { withToken } from './replay.js'
import type { StepUp } from './step-up.js'

/** Tells what a request needs before it is sent: sets of scope values, each of which would do; undefined when it is not known. */
export type ScopePlanner = (request: Request) => Promise<readonly (readonly string[])[] | undefined>

/** What all calls of one `fetch` work with. */
export interface Means<S extends string> {
  readonly manager: TokenManager<S>
  readonly resource: string | undefined
  readonly stepUp: StepUp<S>
  readonly fetch: Fetch
  readonly discover: ResourceDiscovery | undefined
  readonly scopesFor: ScopePlanner | undefined
}

export interface Call {
  readonly request: Request
  readonly isReplayable: boolean
}

type Brought<S extends string> = Promise<Tokens<S | OidcScope> | undefined>

/** Sends the request once, with the token that there is. */
export function sendCall<S extends string>(
  { manager, fetch }: Means<S>,
  { request, isReplayable }: Call,
  tokens: Tokens | undefined,
): Promise<Response> {
  const { dpop } = manager.client
  const outgoing = withToken(
    isReplayable ? request.clone() : request,
    tokens && `${tokens.tokenType} ${tokens.accessToken}`,
  )
  return tokens && dpop ? dpop.send(fetch, outgoing, tokens.accessToken) : fetch(outgoing)
}

/** Takes the one step that a demand calls for. */
export async function meet<S extends string>(
  means: Means<S>,
  { request, isReplayable }: Call,
  demand: Demand,
  tokens: Tokens | undefined,
): Brought<S> {
  const { manager, resource, stepUp } = means
  const { signal } = request
  const refused = tokens?.accessToken
  if (demand.error === 'invalid_token') {
    // Also for a request that can't be sent again: the next one will find a token that works.
    return refused === undefined ? undefined : unlessSignedOut(manager.get({ resource, refused, signal }))
  }
  if (!isReplayable || (demand.error === 'login') !== (refused === undefined)) return undefined
  const step = refused === undefined ? logIn(means, request, demand) : stepUp.meet(demand, refused)
  return unlessSignedOut(waitFor(step, signal))
}

/** Nobody has signed in, and the API wants a token: it is asked what it takes. CL-14, CL-17. */
async function logIn<S extends string>(
  { manager: { client }, resource, discover, stepUp }: Means<S>,
  request: Request,
  { scope, challenge }: Demand,
): Brought<S> {
  if (!discover) return undefined
  const { origin, pathname } = new URL(request.url)
  const target = resource ?? client.resource ?? origin + pathname
  const { scopes } = await discover(client, target, challenge.parameters['resource_metadata'])
  const wanted = scope.length > 0 ? scope : scopes
  // CL-18: of what the API names only what is declared.
  return stepUp.meet({ scope: wanted.filter((value) => client.scopes?.has(value)) }, undefined, target)
}

/** Asks for what the request is known to need and the grant does not hold; the set that is nearest to what is there. */
export async function planAhead<S extends string>(
  { manager, scopesFor, stepUp }: Means<S>,
  { request, isReplayable }: Call,
  tokens: Tokens | undefined,
): Brought<S> {
  const plans = isReplayable ? await scopesFor?.(request.clone()) : undefined
  const lacks = (plan: readonly string[]) => missingScope(manager.client, tokens?.scope ?? [], plan).length
  const [plan] = [...(plans ?? [])].sort((a, b) => lacks(a) - lacks(b))
  if (!plan || lacks(plan) === 0) return undefined
  return waitFor(stepUp.meet({ scope: plan }, tokens?.accessToken), request.signal)
}

export async function unlessSignedOut<T>(tokens: Promise<T>): Promise<T | undefined> {
  try {
    return await tokens
  } catch (error) {
    if (isOAuthClientError(error) && error.code === 'login_required') return undefined
    throw error
  }
}
