/** What a federated subgraph adds to a schema: fields of the gateway, and fields that are computed from others. */
import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  isUnionType,
  parse,
  type SelectionSetNode,
} from 'graphql'
import { type Carrier, readApplications } from '../directive.js'
import { type Dependency, readFederationNames } from '../federation/names.js'

/** `_service` tells the SDL to the gateway, and `_entities` loads objects for it: no author can put a directive there. */
export function isGateway(field: GraphQLField<unknown, unknown>): 'service' | 'entities' | undefined {
  const output = getNamedType(field.type).name
  if (field.name === '_service' && output === '_Service') return 'service'
  if (field.name === '_entities' && output === '_Entity') return 'entities'
  return undefined
}

/** A field that another one is computed from. */
interface RequiredField {
  readonly type: GraphQLObjectType
  readonly field: GraphQLField<unknown, unknown>
}

/** What a field is computed from: fields that the gateway loads for its resolver, whatever the caller may see. */
export interface Dependence {
  readonly fields: readonly RequiredField[]
  /** Why it can't be told, in sentences. */
  readonly problems: readonly string[]
}

const NONE: Dependence = { fields: [], problems: [] }

/** Reads `@requires(fields:)` of fields and `@fromContext(field:)` of their arguments, whatever a link calls them. */
export function createDependences(
  schema: GraphQLSchema,
): (type: GraphQLObjectType, field: GraphQLField<unknown, unknown>) => Dependence {
  const { dependencyOf } = readFederationNames(schema)
  let providers: ReadonlyMap<string, readonly GraphQLObjectType[]> | undefined
  const argumentsOf = (carrier: Carrier, dependency: Dependency, argument: string): readonly unknown[] =>
    readApplications(carrier)
      .filter(({ name }) => dependencyOf(name) === dependency)
      .map(({ args }) => args.get(argument))
  const findProviders = () => {
    const found = new Map<string, GraphQLObjectType[]>()
    for (const type of Object.values(schema.getTypeMap()))
      for (const name of argumentsOf(type, 'context', 'name'))
        if (typeof name === 'string') found.set(name, [...(found.get(name) ?? []), ...possibleTypes(schema, type)])
    return found
  }
  return (type, field) => {
    if (field.args.length === 0 && readApplications(field).length === 0) return NONE
    const fields: RequiredField[] = []
    const problems: string[] = []
    const sets = argumentsOf(field, 'requires', 'fields')
    if (!sets.every((text) => collect(schema, [type], `{ ${text} }`, fields)))
      problems.push('@requires names fields that are not in this schema. Mend its field set.')
    for (const argument of field.args)
      for (const text of argumentsOf(argument, 'fromContext', 'field')) {
        const [, name = '', selection = ''] = /^\s*\$(\w+)\s*([\s\S]*)$/.exec(String(text)) ?? []
        providers ??= findProviders()
        const types = providers.get(name) ?? []
        const set = selection.startsWith('{') ? selection : `{ ${selection} }`
        if (types.length === 0 || !collect(schema, types, set, fields))
          problems.push(
            `@fromContext of ${argument.name} names a context or fields that are not in this schema. Mend it.`,
          )
      }
    return fields.length > 0 || problems.length > 0 ? { fields, problems } : NONE
  }
}

/** Collects what a field set selects; false where it can't be told. */
function collect(
  schema: GraphQLSchema,
  types: readonly GraphQLObjectType[],
  text: string,
  into: RequiredField[],
): boolean {
  const set = parseFieldSet(text)
  return set !== undefined && walk(schema, types, set, into)
}

function parseFieldSet(text: string): SelectionSetNode | undefined {
  try {
    const [definition] = parse(text, { noLocation: true }).definitions
    return definition?.kind === 'OperationDefinition' ? definition.selectionSet : undefined
  } catch {
    return undefined
  }
}

/** Collects the fields of a field set on each type; false where it names what does not exist. */
function walk(
  schema: GraphQLSchema,
  types: readonly GraphQLObjectType[],
  { selections }: SelectionSetNode,
  into: RequiredField[],
): boolean {
  // graphql 17 parses `{ }`, too.
  if (selections.length === 0) return false
  return selections.every((selection) => {
    if (selection.kind === 'FragmentSpread') return false
    if (selection.kind === 'InlineFragment') {
      const condition = selection.typeCondition?.name.value
      const narrowed = condition === undefined ? types : possibleTypes(schema, schema.getType(condition))
      return walk(schema, narrowed, selection.selectionSet, into)
    }
    const name = selection.name.value
    if (name === '__typename') return true
    return types.every((type) => {
      const field = Object.hasOwn(type.getFields(), name) ? type.getFields()[name] : undefined
      if (!field) return false
      into.push({ type, field })
      const { selectionSet } = selection
      return !selectionSet || walk(schema, possibleTypes(schema, getNamedType(field.type)), selectionSet, into)
    })
  })
}

function possibleTypes(schema: GraphQLSchema, type: unknown): readonly GraphQLObjectType[] {
  if (isObjectType(type)) return [type]
  return isInterfaceType(type) || isUnionType(type) ? schema.getPossibleTypes(type) : []
}
