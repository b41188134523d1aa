/** Decides what the token alone can say: scope, roles, sign-in. Pure. */
import type { FieldNode } from 'graphql'
import { requiredScopesOf } from '../analyze/analysis.js'
import { type AuthenticationDemand, authenticationOf } from '../analyze/authentication.js'
import { type Needs, pathOf, resolvedNodeOf, type Site } from '../analyze/plan.js'
import type { Rule } from '../directive.js'
import { missingFrom } from '../requirement.js'
import type { Denial, DenialReason } from './denial.js'
import { type Holder, hasAuthentication, hasRole, hasScope, isRuleMet } from './holder.js'

/** Writes the denials of one operation: what it needs as a whole stands in each of them. */
export type Deny = (reason: DenialReason, element: string | undefined, site: Site | undefined) => Denial

/** A denial of an operation that can't be analysed. */
export const refuseDocument = (message: string): Denial => ({
  ...writeDenial('document', NO_DEMAND, [], undefined),
  message,
})

/** Prepares the denials of an operation. What it needs is computed when the first one is written. */
export function createDeny(needs: Needs, holder: Holder | undefined, isHidden: boolean): Deny {
  let required: Denial['requiredScopes'] | undefined
  return (reason, element, site) => {
    required ??= requiredScopesOf(needs).values
    const demand = reason === 'authentication' || reason === 'token' ? authenticationOf(needs.rules.keys()) : NO_DEMAND
    return { ...writeDenial(reason, demand, required, holder), element, path: site ? pathOf(site) : [], isHidden }
  }
}

/**
 * Refuses an operation, or undefined. A role comes first, since no larger token would help; then the sign-in, whose
 * challenge names the scope too; then scope.
 */
export function refuse(needs: Needs, holder: Holder | undefined, now: number, deny: Deny): Denial | undefined {
  const [first] = needs.rules
  if (!first) return undefined
  if (!holder) return deny('token', first[0].element, first[1])
  if (holder.meets.has(needs.mark)) return undefined
  const unmet = [...needs.rules].filter(([rule]) => !isRuleMet(rule, holder, now))
  if (unmet.length === 0 && needs.isTimeless) holder.meets.add(needs.mark)
  for (const { reason, isMet } of CHECKS) {
    const found = unmet.find(([rule]) => !isMet(rule, holder, now))
    if (found) return deny(reason, found[0].element, found[1])
  }
  return undefined
}

const CHECKS: readonly {
  readonly reason: DenialReason
  readonly isMet: (rule: Rule, holder: Holder, now: number) => boolean
}[] = [
  { reason: 'role', isMet: hasRole },
  { reason: 'authentication', isMet: hasAuthentication },
  { reason: 'scope', isMet: hasScope },
]

/** What is denied field by field. */
export interface FieldDenials {
  /** The first denial of each field node. */
  readonly byNode: Map<FieldNode, Denial>
  readonly denials: Denial[]
  /** A denial that no field of the schema can answer for: that of introspection. */
  readonly whole: Denial | undefined
}

/** Collects the denials of each field. */
export function refuseFields(needs: Needs, holder: Holder | undefined, now: number, deny: Deny): FieldDenials {
  const byNode = new Map<FieldNode, Denial>()
  const denials: Denial[] = []
  const verdicts = new Map<Rule, DenialReason | undefined>()
  let whole: Denial | undefined
  const refuseSite = (site: Site, rules: readonly Rule[]): void => {
    const node = resolvedNodeOf(site)
    if (node ? byNode.has(node) : whole) return
    for (const rule of rules) {
      if (!verdicts.has(rule)) verdicts.set(rule, reasonOf(rule, holder, now))
      const reason = verdicts.get(rule)
      if (!reason) continue
      const denial = deny(reason, rule.element, site)
      denials.push(denial)
      if (node) byNode.set(node, denial)
      else whole = denial
      return
    }
  }
  for (const site of needs.charged) refuseSite(site, site.rules)
  for (const { site, rules } of needs.added) refuseSite(site, rules)
  return { byNode, denials, whole }
}

/** Why a rule is not met; undefined if it is. */
function reasonOf(rule: Rule, holder: Holder | undefined, now: number): DenialReason | undefined {
  if (!holder) return 'token'
  return CHECKS.find(({ isMet }) => !isMet(rule, holder, now))?.reason
}

/** Writes the denial of one field while the operation runs: it tells what that field needs. */
export function refuseRules(
  rules: readonly Rule[],
  reason: DenialReason | undefined,
  element: string,
  holder: Holder | undefined,
  now: number,
): Denial {
  const unmet = reason ? undefined : rules.find((rule) => reasonOf(rule, holder, now))
  const told = reason ?? (unmet && reasonOf(unmet, holder, now)) ?? 'policy'
  const required =
    told === 'policy' ? [] : requiredScopesOf({ rules: new Set(rules), clauses: clausesOf(rules) }).values
  return { ...writeDenial(told, authenticationOf(rules), required, holder), element: unmet?.element ?? element }
}

const clausesOf = (rules: readonly Rule[]) => rules.flatMap(({ clause }) => (clause ? [clause] : []))

const MESSAGES: Readonly<Record<DenialReason, string>> = {
  token: 'This operation needs an access token.',
  scope: 'The access token does not carry the scope that this operation needs.',
  role: 'This operation is not allowed.',
  authentication: 'This operation needs a stronger or a more recent sign-in.',
  policy: 'This operation is not allowed.',
  document: 'This operation can not be checked, so it is refused.',
}

const NO_DEMAND: AuthenticationDemand = { acrValues: undefined, maxAge: undefined }
const NOTHING: ReadonlySet<string> = new Set()

function writeDenial(
  reason: DenialReason,
  { acrValues, maxAge }: AuthenticationDemand,
  requiredScopes: Denial['requiredScopes'],
  holder: Holder | undefined,
): Denial {
  // A client can't sign in, and no sign-in is of two classes at once: asking for one would not help.
  const isHopeless = reason === 'authentication' && (holder?.isClient || acrValues?.length === 0)
  const isUnauthenticated = (reason === 'token' || reason === 'authentication') && !isHopeless
  const isAboutToken = isUnauthenticated || reason === 'scope'
  const preferred = requiredScopes[0] ?? []
  return {
    isAllowed: false,
    reason,
    code: isUnauthenticated ? 'UNAUTHENTICATED' : 'FORBIDDEN',
    status: isUnauthenticated ? 401 : 403,
    element: undefined,
    path: [],
    requiredScopes,
    missingScopes: isAboutToken ? missingFrom(preferred, holder?.scope ?? NOTHING) : [],
    acrValues: isUnauthenticated ? acrValues : undefined,
    maxAge: isUnauthenticated ? maxAge : undefined,
    isHidden: false,
    message: MESSAGES[reason],
  }
}
