/** Writes what an element demands, the way an author would. */
import type { DirectiveNames, Rule } from '../directive.js'

/** `@auth(scope: ["a b", "c"], policy: ["p"])`. Equal rules give equal text. */
export function writeRule({ clause, policies }: Rule, { auth }: DirectiveNames): string {
  const args = [
    clause && `scope: ${writeList(clause.map((alternative) => alternative.join(' ')))}`,
    policies.length > 0 && `policy: ${writeList(policies)}`,
  ].filter(Boolean)
  return args.length > 0 ? `@${auth}(${args.join(', ')})` : `@${auth}`
}

const writeList = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(', ')}]`
