/** Writes rules as the directives of Apollo Federation. */
import { type ConstArgumentNode, type ConstDirectiveNode, type ConstListValueNode, Kind } from 'graphql'
import type { Rule } from '../../directive.js'
import type { Settings } from '../../options.js'
import { type Alternative, alternativesOf, type Clause } from '../../requirement.js'
import { clausesOf, policiesOf } from '../demands.js'

/** The directives that say who may see something. */
export type AccessDirective = 'authenticated' | 'requiresScopes' | 'policy'

/** What rules come to, and what of it federation can't say. */
export interface Expressed {
  readonly directives: readonly ConstDirectiveNode[]
  readonly problems: readonly string[]
}

/** The parts of a rule that no directive of federation says. */
const UNKNOWN_THERE = ['roles', 'acr', 'maxAge'] as const satisfies readonly (keyof Rule)[]

/** Writes all rules of one element. A router adds up what stands on a field, its type and the type it returns. */
export function expressRules(
  rules: readonly Rule[],
  { scopes, policies }: Pick<Settings, 'scopes' | 'policies'>,
  nameOf: (directive: AccessDirective) => string,
): Expressed {
  if (rules.length === 0) return { directives: [], problems: [] }
  const directives: ConstDirectiveNode[] = []
  const problems: string[] = []
  const clauses = clausesOf(rules)
  if (clauses.length === 0) directives.push(writeDirective(nameOf('authenticated'), []))
  else {
    const { values, isComplete } = alternativesOf(clauses.map((clause) => withImpliers(clause, scopes)))
    if (!isComplete)
      problems.push(
        'it has more than 64 alternatives of scopes. Only the preferred one is written: the router refuses the others.',
      )
    directives.push(writeDirective(nameOf('requiresScopes'), [writeLists('scopes', values)]))
  }
  const lost = UNKNOWN_THERE.filter((part) => rules.some((rule) => rule[part] !== undefined))
  if (lost.length > 0)
    problems.push(`federation has no directive for ${lost.join(', ')}. Only this subgraph enforces it.`)
  const named = policiesOf(rules).map((name) => policies.get(name)?.alternatives ?? [[name]])
  if (named.length > 0)
    directives.push(writeDirective(nameOf('policy'), [writeLists('policies', alternativesOf(named).values)]))
  return { directives, problems }
}

/** A router matches exactly: a scope value that implies the demanded one is an alternative of its own there. */
function withImpliers(clause: Clause, scopes: Settings['scopes']): Clause {
  const impliers = (demanded: string): readonly string[] => [
    demanded,
    ...scopes.values.filter((value) => value !== demanded && scopes.closure([value]).has(demanded)),
  ]
  return clause.flatMap((alternative) =>
    alternative.reduce<readonly Alternative[]>(
      (sets, value) => sets.flatMap((set) => impliers(value).map((implier) => [...set, implier])),
      [[]],
    ),
  )
}

function writeDirective(name: string, args: readonly ConstArgumentNode[]): ConstDirectiveNode {
  return { kind: Kind.DIRECTIVE, name: { kind: Kind.NAME, value: name }, arguments: args }
}

function writeLists(name: string, lists: readonly (readonly string[])[]): ConstArgumentNode {
  const value: ConstListValueNode = {
    kind: Kind.LIST,
    values: lists.map((list) => ({
      kind: Kind.LIST,
      values: list.map((text) => ({ kind: Kind.STRING, value: text })),
    })),
  }
  return { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: name }, value }
}
