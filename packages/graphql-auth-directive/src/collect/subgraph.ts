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
import { readApplications } from '../directive.js'

/** `_service` tells the SDL to the gateway, and `_entities` loads objects for it: no author can put a directive there. */
export function isGateway(field: GraphQLField<unknown, unknown>): 'service' | 'entities' | undefined {
  const output = getNamedType(field.type).name
  if (field.name === '_service' && output === '_Service') return 'service'
  if (field.name === '_entities' && output === '_Entity') return 'entities'
  return undefined
}

/** A field that another one is computed from. */
export interface RequiredField {
  readonly type: GraphQLObjectType
  readonly field: GraphQLField<unknown, unknown>
}

/**
 * The fields that `@requires(fields:)` names: the gateway loads them for the resolver, whatever the caller may see.
 * Undefined if they can't be told.
 */
export function requiredFields(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
): readonly RequiredField[] | undefined {
  const applications = readApplications(field)
  if (applications.length === 0) return NONE
  const sets = applications.filter(({ name }) => /^(?:.*__)?requires$/.test(name))
  const found: RequiredField[] = []
  for (const { args } of sets) {
    const text = args.get('fields')
    const set = typeof text === 'string' ? parseFieldSet(text) : undefined
    if (!set || !walk(schema, [type], set, found)) return undefined
  }
  return found
}

const NONE: readonly RequiredField[] = []

function parseFieldSet(text: string): SelectionSetNode | undefined {
  try {
    const [definition] = parse(`{ ${text} }`, { noLocation: true }).definitions
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
