/** Builds a schema from the visible parts of another. Resolvers stay as they are. */
import {
  GraphQLBoolean,
  GraphQLEnumType,
  type GraphQLFieldConfigMap,
  GraphQLInputObjectType,
  GraphQLInterfaceType,
  GraphQLList,
  type GraphQLNamedType,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  type GraphQLType,
  GraphQLUnionType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedDirective,
  isUnionType,
} from 'graphql'
import { showsDefault, supplyDefaults, withoutDefault } from './defaults.js'
import type { Visible } from './visible.js'

/** Builds the schema. A query type of which nothing is visible gets one field that says so. */
export function rebuildSchema(schema: GraphQLSchema, visible: Visible): GraphQLSchema {
  const rebuild = createRebuild(visible)
  const rootOf = (type: GraphQLObjectType | null | undefined) =>
    type && visible.has(type.name) ? rebuild(type) : undefined
  const config = {
    ...schema.toConfig(),
    query: rootOf(schema.getQueryType()) ?? EMPTY_QUERY,
    mutation: rootOf(schema.getMutationType()),
    subscription: rootOf(schema.getSubscriptionType()),
    directives: schema.getDirectives().filter(isSpecifiedDirective),
    assumeValid: true,
  }
  // From the roots on everything is found but the objects of an interface: they must be named. Each may lead to more.
  let named: readonly GraphQLNamedType[] = []
  for (;;) {
    const built = new GraphQLSchema({ ...config, types: named.map(rebuild) })
    const reached = Object.keys(built.getTypeMap()).flatMap((name) => {
      const type = schema.getType(name)
      return isInterfaceType(type) ? [name, ...schema.getPossibleTypes(type).map((member) => member.name)] : [name]
    })
    const wanted = new Set(reached.filter((name) => visible.has(name) && !name.startsWith('__')))
    if (wanted.size === named.length) return built
    // In the order of the schema, as people know it.
    named = Object.values(schema.getTypeMap()).filter(({ name }) => wanted.has(name))
  }
}

const EMPTY_QUERY = new GraphQLObjectType({
  name: 'Query',
  fields: { nothing: { type: GraphQLBoolean, description: 'Nothing else is visible to this caller.' } },
})

/** Rebuilds types, each once, with all that they refer to. */
type Rebuild = <T extends GraphQLType>(type: T) => T

function createRebuild(visible: Visible): Rebuild {
  const built = new Map<string, GraphQLNamedType>()
  const rebuild: Rebuild = <T extends GraphQLType>(type: T): T => {
    // The kind stays: an object type is made from an object type, a list from a list.
    if (isNonNullType(type)) return new GraphQLNonNull(rebuild(type.ofType)) as GraphQLType as T
    if (isListType(type)) return new GraphQLList(rebuild(type.ofType)) as GraphQLType as T
    const known = built.get(type.name) ?? rebuildNamed(type, visible, rebuild)
    built.set(type.name, known)
    return known as GraphQLType as T
  }
  return rebuild
}

function rebuildNamed(type: GraphQLNamedType, visible: Visible, rebuild: Rebuild): GraphQLNamedType {
  const keep = <T extends { readonly name: string }>(types: readonly T[]) =>
    types.filter(({ name }) => visible.has(name))
  if (isObjectType(type)) {
    const { interfaces, fields, ...config } = type.toConfig()
    return new GraphQLObjectType({
      ...config,
      interfaces: () => keep(interfaces).map(rebuild),
      fields: () => rebuildFields(type, fields, visible, rebuild),
    })
  }
  if (isInterfaceType(type)) {
    const { interfaces, fields, ...config } = type.toConfig()
    return new GraphQLInterfaceType({
      ...config,
      interfaces: () => keep(interfaces).map(rebuild),
      fields: () => rebuildFields(type, fields, visible, rebuild),
    })
  }
  if (isUnionType(type)) {
    const { types, ...config } = type.toConfig()
    return new GraphQLUnionType({ ...config, types: () => keep(types).map(rebuild) })
  }
  if (isInputObjectType(type)) {
    const { fields, ...config } = type.toConfig()
    const kept = () => keepMembers(fields, (name) => `${type.name}.${name}`, visible)
    return new GraphQLInputObjectType({
      ...config,
      fields: () =>
        mapMembers(kept(), (field) => ({
          ...(showsDefault(field, visible) ? field : withoutDefault(field)),
          type: rebuild(field.type),
        })),
    })
  }
  if (isEnumType(type)) {
    const { values, ...config } = type.toConfig()
    return new GraphQLEnumType({ ...config, values: keepMembers(values, (name) => `${type.name}.${name}`, visible) })
  }
  return type
}

function rebuildFields(
  type: GraphQLObjectType | GraphQLInterfaceType,
  fields: GraphQLFieldConfigMap<unknown, unknown>,
  visible: Visible,
  rebuild: Rebuild,
): GraphQLFieldConfigMap<unknown, unknown> {
  const owner = type.name
  const originals = type.getFields()
  const kept = keepMembers(fields, (name) => `${owner}.${name}`, visible)
  return mapMembers(kept, (config, name) => {
    const args = keepMembers(config.args ?? {}, (argument) => `${owner}.${name}(${argument}:)`, visible)
    const original = originals[name]
    const hidden = (original?.args ?? []).filter((argument) => !showsDefault(argument, visible))
    return {
      ...(original ? supplyDefaults(config, original, hidden) : config),
      type: rebuild(config.type),
      args: mapMembers(args, (argument) => ({
        ...(showsDefault(argument, visible) ? argument : withoutDefault(argument)),
        type: rebuild(argument.type),
      })),
    }
  })
}

type Members<T> = Readonly<Record<string, T>>

function keepMembers<T>(members: Members<T>, coordinateOf: (name: string) => string, visible: Visible) {
  return Object.fromEntries(Object.entries(members).filter(([name]) => visible.has(coordinateOf(name))))
}

function mapMembers<T, U>(members: Members<T>, map: (member: T, name: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, map(member, name)]))
}
