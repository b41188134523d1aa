/** Writes what an element demands, the way an author would. */
import type { DirectiveNames, Rule } from '../directive.js'

/** `@auth(scope: ["a b", "c"], roles: ["r"], policy: ["p"], acr: ["x"], maxAge: 60)`. Equal rules give equal text. */
export function writeRule({ clause, roles, policies, acr, maxAge }: Rule, { auth }: DirectiveNames): string {
  const args = [
    clause && `scope: ${writeList(clause.map((alternative) => alternative.join(' ')))}`,
    roles && `roles: ${writeList(roles)}`,
    policies.length > 0 && `policy: ${writeList(policies)}`,
    acr && `acr: ${writeList(acr)}`,
    maxAge !== undefined && `maxAge: ${maxAge}`,
  ].filter(Boolean)
  return args.length > 0 ? `@${auth}(${args.join(', ')})` : `@${auth}`
}

const writeList = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(', ')}]`
