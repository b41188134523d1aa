/** Compares two demands: who fulfils the one, and the other. */
import type { Rule } from '../directive.js'
import { alternativesOf, type Clause, isMet } from '../requirement.js'
import { clausesOf, policiesOf } from './demands.js'

/** Which of two demands lets more tokens through. `different`: each refuses some that the other lets through. */
export type Comparison = 'equal' | 'weaker' | 'stronger' | 'different'

/** A granted set of scope values with all that it implies. */
export type Closure = (granted: Iterable<string>) => ReadonlySet<string>

/** Says what the demand after a change is in comparison with the one before. */
export function compareRules(before: readonly Rule[], after: readonly Rule[], closure: Closure): Comparison {
  const isNoStronger = isEnough(before, after, closure)
  const isNoWeaker = isEnough(after, before, closure)
  if (isNoStronger) return isNoWeaker ? 'equal' : 'weaker'
  return isNoWeaker ? 'stronger' : 'different'
}

/** Whether every token that fulfils the given rules fulfils the demanded ones. In doubt it does not. */
function isEnough(given: readonly Rule[], demanded: readonly Rule[], closure: Closure): boolean {
  if (demanded.length === 0) return true
  if (given.length === 0) return false
  const asked = new Set(policiesOf(given))
  return (
    policiesOf(demanded).every((name) => asked.has(name)) &&
    demanded.every(({ roles }) =>
      impliesOneOf(
        given.map((rule) => rule.roles),
        roles,
      ),
    ) &&
    demanded.every(({ acr }) =>
      impliesOneOf(
        given.map((rule) => rule.acr),
        acr,
      ),
    ) &&
    maxAgeOf(given) <= maxAgeOf(demanded) &&
    impliesClauses(clausesOf(given), clausesOf(demanded), closure)
  )
}

/** Whether one of a list is certain to be held where one of some given list is. */
function impliesOneOf(
  given: readonly (readonly string[] | undefined)[],
  demanded: readonly string[] | undefined,
): boolean {
  return demanded === undefined || given.some((list) => list?.every((value) => demanded.includes(value)))
}

const maxAgeOf = (rules: readonly Rule[]): number =>
  Math.min(...rules.map(({ maxAge }) => maxAge ?? Number.POSITIVE_INFINITY))

function impliesClauses(given: readonly Clause[], demanded: readonly Clause[], closure: Closure): boolean {
  const { values, isComplete } = alternativesOf(given)
  if (isComplete) return values.every((alternative) => isMet(demanded, closure(alternative)))
  // Too many alternatives to walk: a clause that stands in both is known to hold, others are not.
  return demanded.every((clause) =>
    given.some((one) => one.every((alternative) => isMet([clause], closure(alternative)))),
  )
}
