/** Decides from scopes alone. Pure. */
import { requiredScopesOf } from '../analyze/analysis.js'
import { type Needs, pathOf, type Site } from '../analyze/plan.js'
import type { Rule } from '../directive.js'
import { isMet, missingFrom } from '../requirement.js'
import type { Denial, DenialReason } from './denial.js'

const NOTHING: ReadonlySet<string> = new Set()

/**
 * Refuses an operation, or undefined.
 * @param held the closure of the granted scopes; undefined without a token
 */
export function refuseScopes(needs: Needs, held: ReadonlySet<string> | undefined): Denial | undefined {
  if (needs.rules.size === 0) return undefined
  if (held && isMet(needs.clauses, held)) return undefined
  for (const [rule, site] of needs.rules) {
    if (!held) return deny('token', needs, rule.element, site)
    if (!isRuleMet(rule, held)) return deny('scope', needs, rule.element, site, held)
  }
  return undefined
}

/** Whether the scope part of one rule is fulfilled. */
export function isRuleMet({ clause }: Rule, held: ReadonlySet<string>): boolean {
  return clause === undefined || isMet([clause], held)
}

const MESSAGES: Readonly<Record<DenialReason, string>> = {
  token: 'This operation needs an access token.',
  scope: 'The access token does not carry the scope that this operation needs.',
  policy: 'This operation is not allowed.',
  document: 'This operation can not be checked, so it is refused.',
}

/** Writes a denial. */
export function deny(
  reason: DenialReason,
  needs: Needs | undefined,
  element: string | undefined,
  site: Site | undefined,
  held: ReadonlySet<string> = NOTHING,
): Denial {
  const requiredScopes = needs ? requiredScopesOf(needs).values : []
  const isAboutScope = reason === 'token' || reason === 'scope'
  return {
    isAllowed: false,
    reason,
    code: reason === 'token' ? 'UNAUTHENTICATED' : 'FORBIDDEN',
    status: reason === 'token' ? 401 : 403,
    element,
    path: site ? pathOf(site) : [],
    requiredScopes,
    missingScopes: isAboutScope ? missingFrom(requiredScopes[0] ?? [], held) : [],
    message: MESSAGES[reason],
  }
}
