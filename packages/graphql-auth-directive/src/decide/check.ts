/** Decides one request: scopes first, then policies. Starts no resolver. */
import { needsOrTooLarge } from '../analyze/analysis.js'
import type { NoPlan, Plan, PolicyUse } from '../analyze/plan.js'
import type { AnyPolicy, AnyToken, Awaitable } from '../policy.js'
import type { Denial } from './denial.js'
import { type Answered, askPolicies } from './policies.js'
import { deny, refuseScopes } from './scopes.js'

/** One request for a decision. */
export interface CheckRequest {
  readonly token: AnyToken | undefined
  /** The closure of the granted scopes. */
  readonly held: ReadonlySet<string> | undefined
  readonly variables: Readonly<Record<string, unknown>>
  readonly context: unknown
  readonly policies: ReadonlyMap<string, AnyPolicy>
  /** Seconds. */
  readonly timeout: number
}

const NOTHING_ASKED: Answered = { operation: new Set(), fields: new Map() }

/** Answers the denial, or which policies agreed. Without policies it answers at once. */
export function decide(plan: Plan | NoPlan, request: CheckRequest): Awaitable<Denial | Answered> {
  if ('refused' in plan) return deny('document', undefined, undefined, undefined)
  const needs = needsOrTooLarge(plan, request.variables)
  if (!needs) return deny('document', undefined, undefined, undefined)
  const refusal = refuseScopes(needs, request.held)
  if (refusal) return refusal
  const { token } = request
  if (needs.policies.length === 0 || !token) return NOTHING_ASKED
  const judge = (outcome: { readonly denied: PolicyUse } | Answered): Denial | Answered =>
    'denied' in outcome ? deny('policy', needs, outcome.denied.element, outcome.denied.site) : outcome
  const outcome = askPolicies(needs.policies, { ...request, token, coerced: needs.coerced })
  return outcome instanceof Promise ? outcome.then(judge) : judge(outcome)
}
