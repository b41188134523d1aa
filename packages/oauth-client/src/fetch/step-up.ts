import type { Challenge } from '@scopewise/token-core/challenge'
import { isOAuthClientError } from '../errors.js'
import type { TokenManager } from '../manager.js'
import type { OidcScope, Tokens } from '../token-endpoint/tokens.js'
import type { Demand } from './demand.js'

/** What an API demanded and the grant does not hold. */
export interface InteractionNeed<S extends string = string> {
  /** What to ask for: all that is granted, and what is missing. Only declared values. */
  readonly scope: readonly (S | OidcScope)[]
  /** What the user has to agree to. */
  readonly missing: readonly S[]
  readonly challenge: Challenge
  readonly resource: string | undefined
}

/** Lets the user decide: starts a login for `need.scope` and gives its tokens, or undefined when the user declined. */
export type Interact<S extends string = string> = (
  need: InteractionNeed<S>,
) => Promise<Tokens<S | OidcScope> | undefined>

/** Brings tokens that meet a demand; undefined when there is no way, or the user said no. */
export type StepUp<S extends string> = (demand: Demand, refused: string) => Promise<Tokens<S | OidcScope> | undefined>

/**
 * Makes the step-up of one API: one prompt at a time, none for a scope that is not declared (CL-18), none twice for a scope that
 * the user refused, until a login or a sign-out of the user's own (CL-16).
 */
export function createStepUp<S extends string>(
  manager: TokenManager<S>,
  interact: Interact<S> | undefined,
  resource: string | undefined,
): StepUp<S> {
  const { scopes } = manager.client
  const declined = new Set<string>()
  let isAsking = false
  let queue: Promise<unknown> = Promise.resolve()
  manager.subscribe(({ type }) => {
    if (!isAsking && (type === 'adopted' || type === 'cleared')) declined.clear()
  })

  const lacking = (demanded: readonly S[], tokens: Tokens): readonly S[] => {
    const granted = scopes?.closure(tokens.scope) ?? new Set(tokens.scope)
    return demanded.filter((value) => !granted.has(value))
  }

  async function stepUp(
    demand: Demand,
    demanded: readonly S[],
    refused: string,
  ): Promise<Tokens<S | OidcScope> | undefined> {
    const tokens = await manager.get({ resource })
    const missing = lacking(demanded, tokens)
    // Nothing missing: either another call has stepped up meanwhile, or the API asks for what it was just shown.
    if (missing.length === 0) return tokens.accessToken === refused ? undefined : tokens
    if (!interact || missing.some((value) => declined.has(value))) return undefined
    const scope = [...new Set([...(manager.tokens ?? tokens).scope, ...demanded])]
    isAsking = true
    try {
      const answer = await askUser(interact, {
        scope,
        missing,
        challenge: demand.challenge,
        resource: resource ?? manager.client.resource,
      })
      if (answer) manager.adopt(answer)
    } finally {
      isAsking = false
    }
    const next = await manager.get({ resource })
    const still = lacking(demanded, next)
    for (const value of still) declined.add(value)
    return still.length === 0 ? next : undefined
  }

  return async (demand, refused) => {
    const demanded = demand.scope.filter((value): value is S => scopes?.has(value) ?? false)
    // A part of what is demanded would not do, and what is not declared is not for an API to choose.
    if (demanded.length === 0 || demanded.length !== demand.scope.length) return undefined
    const turn = queue.then(() => stepUp(demand, demanded, refused))
    queue = turn.catch(() => undefined)
    return turn
  }
}

/** A refusal at the authorization server is an answer, not a failure. */
async function askUser<S extends string>(interact: Interact<S>, need: InteractionNeed<S>): ReturnType<Interact<S>> {
  try {
    return await interact(need)
  } catch (error) {
    if (isOAuthClientError(error) && error.code === 'authorization_refused') return undefined
    throw error
  }
}
