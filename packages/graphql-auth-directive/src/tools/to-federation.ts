/**
 * The SDL of a subgraph for Apollo Federation, in which a router finds what this schema demands.
 * @see https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/directives
 */
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  isSpecifiedDirective,
  Kind,
  type NameNode,
  parse,
  print,
  printSchema,
} from 'graphql'
import { elementsOf } from '../collect/elements.js'
import type { SchemaIndex } from '../collect/schema-index.js'
import { type Rule, readDirectiveNodes } from '../directive.js'
import type { SchemaProblem } from '../errors.js'
import { readFederationNames } from '../federation/names.js'
import type { Settings } from '../options.js'
import type { AnyAuth } from './demands.js'
import { type AccessDirective, expressRules } from './federation/express.js'
import { linkFederation } from './federation/link.js'

/** What came of it. */
export interface FederatedSchema {
  /** Complete type definitions, without `@auth` and `@public`. */
  readonly typeDefs: string
  /** What federation can't express. The subgraph enforces it all the same, and the router does not know. */
  readonly problems: readonly SchemaProblem[]
}

/**
 * Writes `@authenticated`, `@requiresScopes` and `@policy`, with their `@link`, for all that a schema demands. What
 * stands on interfaces is repeated on the objects that implement them, what is implied by other scopes is written out,
 * and what is charged by default is written. Directives of others in SDL stay; those placed in code do not.
 * @throws {AuthDirectiveError} invalid_schema
 */
export function toFederation(auth: AnyAuth, schema: GraphQLSchema): FederatedSchema {
  const { indexOf, settings } = auth['~inside']
  const index = indexOf(schema)
  const problems: SchemaProblem[] = []
  const used = new Set<AccessDirective>()
  const { nameOf } = linkFederation(schema, used)
  const note = (directive: AccessDirective): string => {
    used.add(directive)
    return nameOf(directive)
  }
  const directives = new Map<string, readonly ConstDirectiveNode[]>()
  const kept = keptDirectives(schema, settings)
  for (const { coordinate, location, carrier } of elementsOf(schema)) {
    const rules = rulesToWrite(index, coordinate)
    const own = readDirectiveNodes(carrier).filter((node) => kept(node.name.value))
    if (rules.length > 0 && !LOCATIONS.has(location)) {
      if (!FOLDED.has(location))
        problems.push({
          coordinate,
          message: `federation has no directive for ${location}. Only this subgraph enforces it.`,
        })
      directives.set(coordinate, own)
      continue
    }
    const expressed = expressRules(rules, settings, note)
    problems.push(...expressed.problems.map((message) => ({ coordinate, message })))
    directives.set(coordinate, [...own, ...expressed.directives])
  }
  const { definitions } = parse(printSchema(schema))
  const rest = definitions
    .filter((node) => !isMachinery(node, settings))
    .map((node) => withDirectives(node, directives))
  return { typeDefs: [linkFederation(schema, used).sdl, ...rest.map(print)].filter(Boolean).join('\n\n'), problems }
}

const LOCATIONS = new Set(['OBJECT', 'INTERFACE', 'FIELD_DEFINITION', 'SCALAR', 'ENUM'])
/** Written on the fields that return it. */
const FOLDED = new Set(['UNION'])

/** What a router must add up to the same as the rules of each field. */
function rulesToWrite({ types, applied }: SchemaIndex, coordinate: string): readonly Rule[] {
  const [typeName = '', fieldName] = coordinate.split('.')
  const type = types.get(typeName)
  const entry = fieldName === undefined ? undefined : type?.fields.get(fieldName)
  if (type && coordinate === typeName) return type.rules
  if (!type || !entry) return applied.rules.get(coordinate) ?? []
  const own = entry.ownRules.filter((rule) => !type.rules.includes(rule))
  const returned = types.has(entry.output) ? [] : (applied.rules.get(entry.output) ?? [])
  return [...new Set([...own, ...returned])]
}

/** All but ours, those that graphql prints itself, and those of federation that were read as ours. */
function keptDirectives(schema: GraphQLSchema, { names }: Settings): (name: string) => boolean {
  const { linked, usual } = readFederationNames(schema)
  const specified = new Set(
    schema
      .getDirectives()
      .filter(isSpecifiedDirective)
      .map(({ name }) => name),
  )
  const ours = new Set([names.auth, names.public])
  return (name) => !specified.has(name) && !ours.has(name) && !linked.has(name) && !usual.has(name)
}

const MACHINERY = /^(_Any|_Entity|_Service|(link|federation)__\w+)$/
const LINKED_DIRECTIVES = new Set(['link', 'authenticated', 'requiresScopes', 'policy'])

function isMachinery(node: DefinitionNode, { names }: Settings): boolean {
  if (!('name' in node) || !node.name) return false
  const name = node.name.value
  if (node.kind !== Kind.DIRECTIVE_DEFINITION) return MACHINERY.test(name)
  return name === names.auth || name === names.public || LINKED_DIRECTIVES.has(name) || MACHINERY.test(name)
}

type Directives = ReadonlyMap<string, readonly ConstDirectiveNode[]>

function withDirectives(node: DefinitionNode, directives: Directives): DefinitionNode {
  if (!('name' in node) || !node.name || node.kind === Kind.DIRECTIVE_DEFINITION) return node
  const name = node.name.value
  const add = <T extends Carrying>(one: T, at: string): T => ({
    ...one,
    directives: [...(one.directives ?? []), ...(directives.get(at) ?? [])],
  })
  const addTo = <T extends Carrying & { readonly name: NameNode }>(members: readonly T[] | undefined): readonly T[] =>
    (members ?? []).map((member) => add(member, `${name}.${member.name.value}`))
  if (node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION) return add({ ...node, fields: addTo(node.fields) }, name)
  if (node.kind === Kind.ENUM_TYPE_DEFINITION) return add({ ...node, values: addTo(node.values) }, name)
  if (node.kind === Kind.UNION_TYPE_DEFINITION || node.kind === Kind.SCALAR_TYPE_DEFINITION) return add(node, name)
  if (node.kind !== Kind.OBJECT_TYPE_DEFINITION && node.kind !== Kind.INTERFACE_TYPE_DEFINITION) return node
  const fields = (node.fields ?? []).filter((field) => !isMachineryField(field))
  const withArguments = fields.map((field) => {
    const at = `${name}.${field.name.value}`
    return { ...field, arguments: (field.arguments ?? []).map((one) => add(one, `${at}(${one.name.value}:)`)) }
  })
  return add({ ...node, fields: addTo(withArguments) }, name)
}

interface Carrying {
  readonly directives?: readonly ConstDirectiveNode[] | undefined
}

const isMachineryField = ({ name }: FieldDefinitionNode): boolean =>
  name.value === '_service' || name.value === '_entities'
