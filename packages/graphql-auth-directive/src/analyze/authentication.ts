/** How a user must have signed in for an operation. RFC 9470. */
import type { Rule } from '../directive.js'

/** What all rules of an operation together demand of the sign-in. */
export interface AuthenticationDemand {
  /** Classes that each rule accepts, in the order of the first; `[]` if no class is enough for all. Absent: any. */
  readonly acrValues: readonly string[] | undefined
  /** Seconds; the smallest. Absent: any age. */
  readonly maxAge: number | undefined
}

/** Adds up what rules demand of the sign-in. */
export function authenticationOf(rules: Iterable<Rule>): AuthenticationDemand {
  let acrValues: readonly string[] | undefined
  let maxAge: number | undefined
  for (const rule of rules) {
    const { acr } = rule
    if (acr) acrValues = acrValues ? acrValues.filter((value) => acr.includes(value)) : acr
    if (rule.maxAge !== undefined) maxAge = Math.min(maxAge ?? rule.maxAge, rule.maxAge)
  }
  return { acrValues, maxAge }
}
