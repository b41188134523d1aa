/** The directives: their SDL, how they are read from an element, and what one application demands. */
import { isScopeValue } from '@scopewise/token-core/scope'
import { type ConstDirectiveNode, valueFromASTUntyped } from 'graphql'
import type { AnyPolicy } from './policy.js'
import type { Clause } from './requirement.js'

/** What the two directives are called in a schema. */
export interface DirectiveNames {
  readonly auth: string
  readonly public: string
}

/** What one `@auth` demands. Every rule demands a verified token. */
export interface Rule {
  /** The coordinate of the element that carries the directive. */
  readonly element: string
  /** Absent: a token is enough. */
  readonly clause: Clause | undefined
  /** Names of policies, all of which must answer true. */
  readonly policies: readonly string[]
}

/** A directive as it stands on an element, in SDL or in `extensions.directives`. */
export interface Application {
  readonly name: string
  /** A Map, because the names come from outside. */
  readonly args: ReadonlyMap<string, unknown>
}

/** Anything in a schema that can carry directives. */
export interface Carrier {
  readonly astNode?: { readonly directives?: readonly ConstDirectiveNode[] | undefined } | null | undefined
  readonly extensionASTNodes?:
    | readonly { readonly directives?: readonly ConstDirectiveNode[] | undefined }[]
    | null
    | undefined
  readonly extensions?: Readonly<Record<PropertyKey, unknown>> | null | undefined
}

/** What a rule may refer to. */
export interface Vocabulary {
  readonly names: DirectiveNames
  readonly scopes: { readonly values: readonly string[]; has(value: string): boolean }
  readonly policies: ReadonlyMap<string, AnyPolicy>
  /** Gives one object for equal rules, so that a schema that is read twice charges each once. */
  intern(rule: Rule): Rule
  /** Gives one name to alternatives of policies, of which each is a list that must hold as a whole. */
  namePolicies(alternatives: readonly (readonly string[])[]): string
}

/** The SDL of both directives. Put it beside your own type definitions. */
export function writeTypeDefs({ auth, public: free }: DirectiveNames): string {
  return `"""
Demands a verified access token and, with scope, OAuth scope values: each string is an OAuth scope ("a b" is a and b),
the list gives alternatives, the preferred one first. With policy all named policies must hold. Several @${auth} add up.
"""
directive @${auth}(scope: [String!], policy: [String!]) repeatable on OBJECT | INTERFACE | FIELD_DEFINITION | INPUT_FIELD_DEFINITION

"""
Lifts the default of demanding a token. It never lifts an @${auth}.
"""
directive @${free} on OBJECT | INTERFACE | FIELD_DEFINITION
`
}

/** All directives on an element: of its definition, of its extensions in SDL, and those placed in code. */
export function readApplications(carrier: Carrier): readonly Application[] {
  return [...readDirectiveNodes(carrier).map(fromNode), ...fromExtensions(carrier.extensions?.['directives'])]
}

/** Those of its definition and of its extensions in SDL. */
export function readDirectiveNodes({ astNode, extensionASTNodes }: Carrier): readonly ConstDirectiveNode[] {
  return [astNode, ...(extensionASTNodes ?? [])].flatMap((node) => node?.directives ?? [])
}

function fromNode(node: ConstDirectiveNode): Application {
  const args = (node.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value)] as const)
  return { name: node.name.value, args: new Map(args) }
}

/** `{ auth: { scope } }`, `{ auth: [{ scope }, { scope }] }` and `[{ name: 'auth', args: { scope } }]` are all in use. */
function fromExtensions(directives: unknown): readonly Application[] {
  if (Array.isArray(directives))
    return directives.flatMap((entry: unknown) =>
      isRecord(entry) && typeof entry['name'] === 'string' ? [inCode(entry['name'], entry['args'] ?? true)] : [],
    )
  if (!isRecord(directives)) return []
  return Object.entries(directives).flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((args: unknown) => inCode(name, args)) : [inCode(name, value)],
  )
}

/** `true` stands for no arguments. Anything else that is no record is kept as an argument that nobody takes. */
function inCode(name: string, args: unknown): Application {
  if (isRecord(args)) return { name, args: new Map(Object.entries(args)) }
  return { name, args: new Map(args === true ? [] : [[String(args), args]]) }
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Reads one `@auth`. Answers the rule, or what is wrong with it in sentences that say how to mend it. */
export function parseRule(
  application: Application,
  element: string,
  vocabulary: Vocabulary,
): { readonly rule: Rule } | { readonly problems: readonly string[] } {
  const at = `@${application.name}`
  const strangers = [...application.args.keys()].filter((name) => name !== 'scope' && name !== 'policy')
  const scope = readList(application, 'scope')
  const policies = readList(application, 'policy')
  const problems = [
    ...strangers.map((name) => `${at} has no argument "${name}". It takes scope and policy.`),
    ...(scope.problem ? [scope.problem] : scope.values.flatMap((text) => refuseScope(text, at, vocabulary))),
    ...(policies.problem ? [policies.problem] : policies.values.flatMap((name) => refusePolicy(name, at, vocabulary))),
  ]
  if (problems.length > 0) return { problems }
  const clause = scope.values.length > 0 ? scope.values.map((text) => text.split(' ')) : undefined
  return { rule: vocabulary.intern({ element, clause, policies: [...new Set(policies.values)] }) }
}

/** A list of strings, or one string for a list of one as GraphQL coerces it. Written but empty is never "nothing". */
function readList({ name, args }: Application, argument: string): { values: readonly string[]; problem?: string } {
  if (!args.has(argument)) return { values: [] }
  const value = args.get(argument)
  if (value === undefined) return { values: [] }
  const values: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (!values.every((item) => typeof item === 'string'))
    return { values: [], problem: `@${name}(${argument}:) takes strings. Leave the argument out to demand none.` }
  if (values.length === 0)
    return { values, problem: `@${name}(${argument}: []) names nothing. Name one, or leave the argument out.` }
  return { values }
}

function refuseScope(text: string, at: string, { scopes }: Vocabulary): readonly string[] {
  if (text.trim() === '') return [`${at} has a blank scope. Name a scope, or write ${at} alone to demand a token only.`]
  return text.split(' ').flatMap((value) => {
    if (value === '') return [`${at} has the scope ${quote(text)} with a stray space. Put one space between values.`]
    if (!isScopeValue(value))
      return [`${at} has the scope ${quote(value)}, which holds characters that RFC 6749 §3.3 does not allow.`]
    if (!scopes.has(value))
      return [`${at} demands ${quote(value)}, which is not declared. Declare it in defineScopes or mend the spelling.`]
    return []
  })
}

function refusePolicy(name: string, at: string, { policies }: Vocabulary): readonly string[] {
  if (policies.has(name)) return []
  const known = [...policies.keys()].join(', ') || 'none'
  return [`${at} names the policy ${quote(name)}, which createAuth({ policies }) does not have. It has: ${known}.`]
}

const quote = (text: string): string => JSON.stringify(text)
