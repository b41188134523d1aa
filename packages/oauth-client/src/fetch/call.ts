import type { OidcScope } from '../client/client.js'
import { isOAuthClientError } from '../errors.js'
import type { Send } from '../http/json.js'
import { missingScope } from '../manager/record.js'
import { waitFor } from '../manager/wait.js'
import type { TokenManager } from '../manager.js'
import type { Tokens } from '../token-endpoint/tokens.js'
import type { Demand } from './demand.js'
import type { ResourceDiscovery } from './discover-resource.js'
import { type Call, prepare, redirected } from './replay.js'
import type { StepUp } from './step-up.js'

/** Tells what a request needs before it is sent: sets of scope values, each of which would do; undefined when it is not known. */
export type ScopePlanner = (request: Request) => Promise<readonly (readonly string[])[] | undefined>

/** What all calls of one `fetch` work with. */
export interface Means<S extends string> {
  readonly manager: TokenManager<S>
  readonly resource: string | undefined
  readonly stepUp: StepUp<S>
  readonly send: Send
  readonly discover: ResourceDiscovery | undefined
  readonly scopesFor: ScopePlanner | undefined
  /** CL-18. */
  readonly isAskable: (value: string) => value is S
}

type Brought<S extends string> = Promise<Tokens<S | OidcScope> | undefined>

/** Redirects that one call follows at most. */
const MAX_HOPS = 5

/** Sends the request with the token that there is, and follows redirects within the origin, each with a proof of its own. CL-15. */
export async function sendCall<S extends string>(
  { manager, send }: Means<S>,
  asked: Call,
  tokens: Tokens | undefined,
): Promise<{ readonly call: Call; readonly response: Response }> {
  const { dpop } = manager.client
  const authorization = tokens && `${dpop ? 'DPoP' : tokens.tokenType} ${tokens.accessToken}`
  let call = asked
  for (let hops = 0; ; hops++) {
    const proven = tokens && dpop ? dpop.wrap(send, tokens.accessToken, call.isReplayable) : send
    const response = await proven(...prepare(call, authorization))
    const next = hops < MAX_HOPS ? redirected(call, response) : undefined
    if (!next) return { call, response }
    response.body?.cancel().catch(() => undefined)
    call = next
  }
}

/** Takes the one step that a demand calls for. */
export async function meet<S extends string>(
  means: Means<S>,
  { url, signal, isReplayable }: Call,
  demand: Demand,
  tokens: Tokens | undefined,
): Brought<S> {
  const { manager, resource, stepUp } = means
  const refused = tokens?.accessToken
  if (demand.error === 'invalid_token') {
    // Also for a request that can't be sent again: the next one will find a token that works.
    return refused === undefined ? undefined : unlessSignedOut(manager.get({ resource, refused, signal }))
  }
  if (!isReplayable || (demand.error === 'login') !== (refused === undefined)) return undefined
  const step = refused === undefined ? logIn(means, url, demand) : stepUp.meet(demand, refused)
  return unlessSignedOut(waitFor(step, signal))
}

/** Nobody has signed in, and the API wants a token: it is asked what it takes. CL-14, CL-17. */
async function logIn<S extends string>(
  { manager: { client }, resource, discover, stepUp, isAskable }: Means<S>,
  url: URL,
  { scope, challenge }: Demand,
): Brought<S> {
  if (!discover) return undefined
  const target = resource ?? client.resource ?? url.origin + url.pathname
  const { scopes } = await discover(client, target, challenge.parameters['resource_metadata'])
  const wanted = scope.length > 0 ? scope : scopes
  // CL-18: of what the API names only what is declared.
  return stepUp.meet({ scope: wanted.filter(isAskable) }, undefined, target)
}

/** Asks for what the request is known to need and the grant does not hold; the set that is nearest to what is there. */
export async function planAhead<S extends string>(
  { manager, scopesFor, stepUp, isAskable }: Means<S>,
  call: Call,
  tokens: Tokens | undefined,
): Brought<S> {
  if (!scopesFor || !call.isReplayable) return undefined
  const plans = await scopesFor(new Request(...prepare(call, undefined)))
  const { client } = manager
  const lacks = (plan: readonly string[]) => missingScope(client, tokens?.scope ?? [], plan).length
  // CL-18: only what is declared can be asked for.
  const askable = (plans ?? []).filter((plan) => plan.every(isAskable))
  const [plan] = askable.sort((a, b) => lacks(a) - lacks(b))
  if (!plan || lacks(plan) === 0) return undefined
  return waitFor(stepUp.meet({ scope: plan }, tokens?.accessToken), call.signal)
}

export async function unlessSignedOut<T>(tokens: Promise<T>): Promise<T | undefined> {
  try {
    return await tokens
  } catch (error) {
    if (isOAuthClientError(error) && error.code === 'login_required') return undefined
    throw error
  }
}
