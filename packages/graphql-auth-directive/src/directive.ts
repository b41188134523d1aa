/** The directives: their SDL, and how they are read from an element. */
import { type ConstDirectiveNode, valueFromASTUntyped } from 'graphql'
import type { Rule } from './directive/rule.js'
import type { AnyPolicy } from './policy.js'

export type { Rule } from './directive/rule.js'

/** What the two directives are called in a schema. */
export interface DirectiveNames {
  readonly auth: string
  readonly public: string
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

/** Where `@auth` may stand. */
export const AUTH_LOCATIONS: readonly string[] = [
  'OBJECT',
  'INTERFACE',
  'UNION',
  'SCALAR',
  'ENUM',
  'FIELD_DEFINITION',
  'ARGUMENT_DEFINITION',
  'INPUT_OBJECT',
  'INPUT_FIELD_DEFINITION',
  'ENUM_VALUE',
]

/** Where `@public` may stand. */
export const PUBLIC_LOCATIONS: readonly string[] = ['OBJECT', 'INTERFACE', 'FIELD_DEFINITION']

/** The SDL of both directives. Put it beside your own type definitions. */
export function writeTypeDefs({ auth, public: free }: DirectiveNames): string {
  return `"""
Demands a verified access token, and all that its arguments name. Several @${auth} add up.
"""
directive @${auth}(
  """
  Each string is an OAuth scope ("a b" is a and b); the list gives alternatives, the preferred one first.
  """
  scope: [String!]
  """
  One of these roles.
  """
  roles: [String!]
  """
  All of these policies.
  """
  policy: [String!]
  """
  One of these authentication context classes, the preferred one first.
  """
  acr: [String!]
  """
  Seconds since the user signed in, at most.
  """
  maxAge: Int
) repeatable on ${AUTH_LOCATIONS.join(' | ')}

"""
Lifts the default of demanding a token. It never lifts an @${auth}.
"""
directive @${free} on ${PUBLIC_LOCATIONS.join(' | ')}
`
}

/** All directives on an element: of its definition, of its extensions in SDL, and those placed in code. */
export function readApplications(carrier: Carrier): readonly Application[] {
  if (isBare(carrier)) return NONE
  return [...readDirectiveNodes(carrier).map(fromNode), ...fromExtensions(carrier.extensions?.['directives'])]
}

const NONE: readonly Application[] = []

/** Most elements of a schema carry nothing: they are told apart without a list. */
function isBare({ astNode, extensionASTNodes, extensions }: Carrier): boolean {
  return (
    (astNode?.directives?.length ?? 0) === 0 &&
    (extensionASTNodes?.length ?? 0) === 0 &&
    extensions?.['directives'] === undefined
  )
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
