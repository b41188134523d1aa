import type { OidcScope } from '../client/client.js'
import { isOAuthClientError } from '../errors.js'
import { missingScope } from '../manager/record.js'
import type { TokenManager } from '../manager.js'
import type { Tokens } from '../token-endpoint/tokens.js'
import type { Demand } from './demand.js'

/** What an API demanded and the grant does not hold: a start of an authorization request. */
export interface InteractionNeed<S extends string = string> {
  /** What to ask for: all that is granted, and what is missing. Only declared values. */
  readonly scope: readonly (S | OidcScope)[]
  /** What the user has to agree to. */
  readonly missing: readonly S[]
  /** How the user has to sign in: the API was not content with the last time. RFC 9470 §4. */
  readonly acrValues?: readonly string[] | undefined
  /** Seconds since the last sign-in, at most. RFC 9470 §4. */
  readonly maxAge?: number | undefined
  readonly resource: string | undefined
}

/** Lets the user decide: starts a login for `need.scope` and gives its tokens, or undefined when the user declined. */
export type Interact<S extends string = string> = (
  need: InteractionNeed<S>,
) => Promise<Tokens<S | OidcScope> | undefined>

/** What a demand comes down to. */
type Want = Pick<Demand, 'scope'> & Partial<Pick<Demand, 'acrValues' | 'maxAge'>>

/** Asks the user for what an API wants, one prompt at a time. */
export interface StepUp<S extends string> {
  /** Brings tokens that meet a want; undefined when there is no way, or the user said no. */
  meet(want: Want, refused: string | undefined, resource?: string): Promise<Tokens<S | OidcScope> | undefined>
  /** What was brought did not do: nobody is asked for the same again. SU-04. */
  giveUp(want: Want): void
}

/**
 * Makes the step-up of one API: one prompt at a time, none for a scope that is not declared (CL-18), none twice for what the user
 * refused or what did not help, until a login or a sign-out of the user's own (CL-16, SU-04).
 */
export function createStepUp<S extends string>(
  manager: TokenManager<S>,
  interact: Interact<S> | undefined,
  ownResource: string | undefined,
  isAskable: (value: string) => value is S,
): StepUp<S> {
  const { client } = manager
  const declined = new Set<string>()
  let isAsking = false
  let queue: Promise<unknown> = Promise.resolve()
  manager.subscribe(({ type }) => {
    if (!isAsking && (type === 'adopted' || type === 'cleared')) declined.clear()
  })

  async function stepUp(
    want: Want,
    demanded: readonly S[],
    refused: string | undefined,
    resource: string | undefined,
  ): Promise<Tokens<S | OidcScope> | undefined> {
    const tokens = manager.tokens && (await manager.get({ resource }))
    // Who signed out meanwhile is not asked.
    if (!tokens && refused !== undefined) return undefined
    const missing = missingScope(client, tokens?.scope ?? [], demanded)
    // Another call has stepped up meanwhile, or the API asks for what it was just shown.
    if (tokens && tokens.accessToken !== refused && missing.length === 0) return tokens
    const marks = marksOf(want, missing)
    if (!interact || (tokens && marks.length === 0) || marks.some((mark) => declined.has(mark))) return undefined
    const { acrValues, maxAge } = want
    const scope = [...new Set([...((manager.tokens ?? tokens)?.scope ?? []), ...demanded])]
    isAsking = true
    try {
      const answer = await askUser(interact, {
        scope,
        missing,
        acrValues,
        maxAge,
        resource: resource ?? client.resource,
      })
      if (answer) await manager.adopt(answer)
      else for (const mark of marks) declined.add(mark)
    } finally {
      isAsking = false
    }
    const next = manager.tokens && (await manager.get({ resource }))
    const still = missingScope(client, next?.scope ?? [], demanded)
    for (const value of still) declined.add(value)
    return next && still.length === 0 && next.accessToken !== refused ? next : undefined
  }

  return {
    meet: async (want, refused, resource = ownResource) => {
      const demanded = want.scope.filter(isAskable)
      // A part of what is demanded would not do, and what is not declared is not for an API to choose.
      if (demanded.length !== want.scope.length) return undefined
      const turn = queue.then(() => stepUp(want, demanded, refused, resource))
      queue = turn.catch(() => undefined)
      return turn
    },
    giveUp(want) {
      for (const mark of marksOf(want, want.scope)) declined.add(mark)
    },
  }
}

/** What was declined is remembered by scope value, and by the way to sign in. */
const marksOf = ({ acrValues, maxAge }: Want, missing: readonly string[]): readonly string[] =>
  acrValues || maxAge !== undefined ? [JSON.stringify([acrValues, maxAge])] : missing

/** A refusal at the authorization server is an answer, not a failure. */
async function askUser<S extends string>(interact: Interact<S>, need: InteractionNeed<S>): ReturnType<Interact<S>> {
  try {
    return await interact(need)
  } catch (error) {
    if (isOAuthClientError(error) && error.code === 'authorization_refused') return undefined
    throw error
  }
}
