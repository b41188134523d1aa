/** Decides about one request, and lets its operation run with its context. */
import type { Analyses, Analysis } from '../analyze/analysis.js'
import { type Clearance, decide } from '../decide/check.js'
import type { Decision, Denial } from '../decide/denial.js'
import { type Holder, holderOf } from '../decide/holder.js'
import type { Permits } from '../enforce/permits.js'
import { invalid, type Settings } from '../options.js'
import type { AnyToken, Awaitable } from '../policy.js'

/** What a decision is about. */
export interface CheckOptions<Context> {
  /** As the request sends them: not coerced. */
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
  /** The very object that the operation will be executed with. One per request. */
  readonly context: Context & object
}

type Check = (analysis: Analysis, token: AnyToken | undefined, options: CheckOptions<object>) => Awaitable<Decision>

/** Creates the check. What a token holds is read once per token. */
export function createCheck(settings: Settings, analyses: Analyses, permits: Permits): Check {
  const holders = new WeakMap<AnyToken, Holder>()
  const holderFor = (token: AnyToken): Holder => {
    const holder = holders.get(token) ?? holderOf(token, settings)
    holders.set(token, holder)
    return holder
  }
  return (analysis, token, { variables, context }) => {
    const plan = analyses.planOf(analysis)
    if (!plan) throw invalid('auth.check needs an analysis that the same auth made with auth.analyze.')
    refuseStrangers(token, context)
    const holder = token && holderFor(token)
    const settle = (outcome: Denial | Clearance): Decision => {
      if ('refused' in plan) return 'isAllowed' in outcome ? outcome : { isAllowed: true }
      const { operation } = plan
      permits.revoke(context, operation, token)
      if ('isAllowed' in outcome) return outcome
      const { needs, answered, denied, denials } = outcome
      const isDry = settings.mode === 'dryRun'
      if (needs.rules.size > 0 || needs.hasGuards || plan.isConditional)
        permits.grant(context, {
          operation,
          token,
          holder,
          answered,
          denied,
          found: denials,
          isDry,
          hasGuards: needs.hasGuards,
          coerced: needs.coerced,
          denials: [],
          met: denials.length === 0 ? needs.rules : undefined,
          mark: needs.mark,
          verdicts: new Map(),
          batches: new Map(),
          compared: undefined,
          next: undefined,
        })
      return denials.length > 0 ? { isAllowed: true, denials } : { isAllowed: true }
    }
    const { policies, policyTimeout: timeout, mode, isHidden, now } = settings
    const request = {
      token,
      holder,
      variables: variables ?? {},
      context,
      policies,
      timeout,
      mode,
      isHidden,
      now: now(),
    }
    const outcome = decide(plan, request)
    return outcome instanceof Promise ? outcome.then(settle) : settle(outcome)
  }
}

/** Typed callers can't get here with anything else; plain JavaScript can. */
function refuseStrangers(token: AnyToken | undefined, context: unknown): void {
  if (token !== undefined && token?.['~scopewise'] !== 'access-token')
    throw invalid('auth.check needs a token that a verifier returned, or undefined for none.')
  if (typeof context !== 'object' || context === null)
    throw invalid('auth.check needs `context`: the object that the operation will be executed with.')
}
