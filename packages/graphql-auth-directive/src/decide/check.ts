/** Decides one request: the token first, then policies. Starts no resolver. */
import type { FieldNode } from 'graphql'
import { needsOrTooLarge } from '../analyze/analysis.js'
import type { Needs, NoPlan, Plan, PolicyUse } from '../analyze/plan.js'
import { resolvedNodeOf } from '../analyze/plan.js'
import type { Settings } from '../options.js'
import type { AnyPolicy, AnyToken, Awaitable } from '../policy.js'
import type { Denial } from './denial.js'
import type { Holder } from './holder.js'
import { type Answered, askPolicies } from './policies.js'
import { createDeny, type Deny, type FieldDenials, refuse, refuseDocument, refuseFields } from './refuse.js'

/** One request for a decision. */
export interface CheckRequest {
  readonly token: AnyToken | undefined
  readonly holder: Holder | undefined
  readonly variables: Readonly<Record<string, unknown>>
  readonly context: unknown
  readonly policies: ReadonlyMap<string, AnyPolicy>
  /** Seconds. */
  readonly timeout: number
  /** Epoch seconds. */
  readonly now: number
  readonly mode: Settings['mode']
  /** Whether errors tell the code only. */
  readonly isHidden: boolean
}

/** What lets an operation run. */
export interface Clearance {
  readonly needs: Needs
  readonly answered: Answered
  /** The field nodes that are denied, each with its first denial. */
  readonly denied: ReadonlyMap<FieldNode, Denial>
  readonly denials: readonly Denial[]
}

const NOTHING_ASKED: Answered = { operation: new Set(), fields: new Map() }
const NOTHING_DENIED: ReadonlyMap<FieldNode, Denial> = new Map()

/** Answers the denial, or what lets the operation run. Without policies it answers at once. */
export function decide(plan: Plan | NoPlan, request: CheckRequest): Awaitable<Denial | Clearance> {
  if ('refused' in plan) return refuseDocument(plan.reason)
  const needs = needsOrTooLarge(plan, request.variables)
  if (!needs) return refuseDocument('The variables of this operation hold too many values.')
  const deny = createDeny(needs, request.holder, request.isHidden)
  const isPartial = request.mode === 'dryRun' || (request.mode === 'null' && plan.operation.operation === 'query')
  return isPartial ? decideFields(needs, request, deny) : decideWhole(needs, request, deny)
}

function decideWhole(needs: Needs, request: CheckRequest, deny: Deny): Awaitable<Denial | Clearance> {
  const refusal = refuse(needs, request.holder, request.now, deny)
  if (refusal) return refusal
  const { token } = request
  if (needs.policies.length === 0 || !token) return clear(needs, NOTHING_ASKED)
  const outcome = askPolicies(needs.policies, { ...request, token, coerced: needs.coerced, isWhole: true })
  return after(outcome, ({ answered, denied: [first] }) =>
    first ? deny('policy', first.element, first.site) : clear(needs, answered),
  )
}

function decideFields(needs: Needs, request: CheckRequest, deny: Deny): Awaitable<Denial | Clearance> {
  const found = refuseFields(needs, request.holder, request.now, deny)
  const isDry = request.mode === 'dryRun'
  if (found.whole && !isDry) return found.whole
  const { token } = request
  const uses = needs.policies.filter((use) => isDry || !isDenied(use, found))
  if (uses.length === 0 || !token) return clear(needs, NOTHING_ASKED, found)
  const outcome = askPolicies(uses, { ...request, token, coerced: needs.coerced, isWhole: false })
  return after(outcome, ({ answered, denied }) => {
    for (const { element, site } of denied) {
      const denial = deny('policy', element, site)
      const node = resolvedNodeOf(site)
      found.denials.push(denial)
      if (node && !found.byNode.has(node)) found.byNode.set(node, denial)
      if (!node && !isDry) return denial
    }
    return clear(needs, answered, found)
  })
}

function isDenied({ site }: PolicyUse, { byNode }: FieldDenials): boolean {
  const node = resolvedNodeOf(site)
  return node !== undefined && byNode.has(node)
}

function clear(needs: Needs, answered: Answered, found?: FieldDenials): Clearance {
  return { needs, answered, denied: found?.byNode ?? NOTHING_DENIED, denials: found?.denials ?? [] }
}

function after<T, R>(value: Awaitable<T>, next: (value: T) => R): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}
