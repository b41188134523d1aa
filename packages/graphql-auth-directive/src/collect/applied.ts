/** Reads every directive of a schema once, and complains about each that can't be enforced where it stands. */
import { type GraphQLSchema, isSpecifiedDirective } from 'graphql'
import { parseRule } from '../directive/rule.js'
import {
  type Application,
  AUTH_LOCATIONS,
  PUBLIC_LOCATIONS,
  type Rule,
  readApplications,
  type Vocabulary,
} from '../directive.js'
import type { SchemaProblem } from '../errors.js'
import { readFederationNames } from '../federation/names.js'
import { createTranslation } from '../federation/translate.js'
import { type Element, elementsOf } from './elements.js'

/** What the author wrote on the elements of a schema, by coordinate. */
export interface Applied {
  readonly rules: ReadonlyMap<string, readonly Rule[]>
  readonly isPublic: ReadonlySet<string>
  readonly problems: readonly SchemaProblem[]
}

/** Collects rules and `@public` marks. Nothing that looks like one of ours is passed over in silence. */
export function readApplied(schema: GraphQLSchema, vocabulary: Vocabulary): Applied {
  const rules = new Map<string, readonly Rule[]>()
  const isPublic = new Set<string>()
  const problems: SchemaProblem[] = []
  const translate = createTranslation(vocabulary.names, readFederationNames(schema), vocabulary.namePolicies)
  for (const element of elementsOf(schema)) {
    const written = readApplications(element.carrier)
    if (written.length === 0) continue
    const applications = written.map(translate)
    const read = readElement(element, applications, vocabulary)
    if (read.rules.length > 0) rules.set(element.coordinate, read.rules)
    if (read.isPublic) isPublic.add(element.coordinate)
    const found = [...read.problems, ...findLookalikes(schema, applications, vocabulary)]
    problems.push(...found.map((message) => ({ coordinate: element.coordinate, message })))
  }
  return { rules, isPublic, problems }
}

interface Read {
  readonly rules: readonly Rule[]
  readonly isPublic: boolean
  readonly problems: readonly string[]
}

function readElement(element: Element, applications: readonly Application[], vocabulary: Vocabulary): Read {
  const { names } = vocabulary
  const auths = applications.filter(({ name }) => name === names.auth)
  const publics = applications.filter(({ name }) => name === names.public)
  const parsed = auths.map((application) => parseRule(application, element.coordinate, vocabulary))
  const rules = parsed.flatMap((result) => ('rule' in result ? [result.rule] : []))
  const problems = parsed.flatMap((result) => ('rule' in result ? [] : result.problems))
  if (auths.length > 0 && !AUTH_LOCATIONS.includes(element.location))
    problems.push(misplaced(names.auth, element.location, 'Put it on the types and fields of the schema.'))
  if (publics.length > 0 && !PUBLIC_LOCATIONS.includes(element.location))
    problems.push(misplaced(names.public, element.location, 'Put it on an object, an interface or a field.'))
  problems.push(...rules.flatMap((rule) => refuseObjectPolicies(rule, element.location, vocabulary)))
  if (publics.some(({ args }) => args.size > 0)) problems.push(`@${names.public} takes no arguments.`)
  if (auths.length > 0 && publics.length > 0)
    problems.push(`@${names.public} beside @${names.auth} says two things. Remove one of them.`)
  return { rules, isPublic: publics.length > 0, problems }
}

function misplaced(name: string, location: string, cure: string): string {
  return `@${name} can't be enforced on ${location}. ${cure}`
}

/** A policy of objects is asked with the object whose field is resolved: elsewhere there is none. */
function refuseObjectPolicies(
  { policies: names }: Rule,
  location: string,
  { policies }: Vocabulary,
): readonly string[] {
  if (PUBLIC_LOCATIONS.includes(location)) return []
  return names
    .filter((name) => policies.get(name)?.kind === 'object')
    .map(
      (name) =>
        `the policy "${name}" reads an object, and ${location} has none. Declare it with policy.field, or put it on a field or an object.`,
    )
}

/** Directives that the schema does not define: a misspelt or renamed one of ours would protect nothing. */
function findLookalikes(
  schema: GraphQLSchema,
  applications: readonly Application[],
  { names }: Vocabulary,
): readonly string[] {
  const ours = new Set([names.auth, names.public])
  const known = new Set(['auth', 'public', ...ours])
  const strangers = applications.filter(({ name }) => !ours.has(name) && !isDefined(schema, name))
  return strangers
    .filter(
      ({ name, args }) =>
        [...known].some((our) => isAlmost(name, our)) || LOOKALIKE_ARGUMENTS.some((argument) => args.has(argument)),
    )
    .map(
      ({ name }) =>
        `@${name} is not defined in this schema and would protect nothing. Mend the spelling, or set directiveName.`,
    )
}

const LOOKALIKE_ARGUMENTS = ['scope', 'scopes', 'roles', 'policy', 'policies', 'acr']

function isDefined(schema: GraphQLSchema, name: string): boolean {
  const directive = schema.getDirective(name)
  return directive != null && !isSpecifiedDirective(directive)
}

/** Equal but for case, one letter too many, too few or wrong, or two letters swapped. */
function isAlmost(name: string, our: string): boolean {
  const [a, b] = [name.toLowerCase(), our.toLowerCase()]
  let start = 0
  while (start < a.length && a[start] === b[start]) start++
  const restA = a.slice(start)
  const restB = b.slice(start)
  const isSwapped = restA.length > 1 && restA.slice(0, 2) === `${restB[1] ?? ''}${restB[0] ?? ''}`
  return (
    restA === restB ||
    restA.slice(1) === restB ||
    restA === restB.slice(1) ||
    restA.slice(1) === restB.slice(1) ||
    (isSwapped && restA.slice(2) === restB.slice(2))
  )
}
