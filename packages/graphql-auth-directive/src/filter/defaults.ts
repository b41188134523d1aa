/**
 * Defaults of arguments and input fields that name what a caller may not see: an enum value, a field of an input. They
 * are not shown, or the schema would contradict itself. Schema defaults are free, so those of arguments still count.
 */
import {
  astFromValue,
  type ConstValueNode,
  defaultFieldResolver,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLFieldConfig,
  type GraphQLInputType,
  getArgumentValues,
  getNamedType,
  isEnumType,
  isInputObjectType,
  Kind,
} from 'graphql'
import type { Visible } from './visible.js'

/** An argument or an input field: graphql 17 keeps its default as `default`. */
interface Defaulted {
  readonly type: GraphQLInputType
  readonly defaultValue?: unknown
  readonly default?: { readonly value?: unknown; readonly literal?: ConstValueNode } | undefined
}

/** Whether nothing, or nothing that is hidden, stands in the default. */
export function showsDefault({ type, defaultValue, default: given }: Defaulted, visible: Visible): boolean {
  const value = given ? given.value : defaultValue
  if (given?.literal === undefined && value === undefined) return true
  try {
    const literal = given?.literal ?? astFromValue(value, type)
    return !literal || isVisible(literal as ConstValueNode, type, visible)
  } catch {
    // What can't be written can't be shown.
    return false
  }
}

function isVisible(literal: ConstValueNode, type: GraphQLInputType, visible: Visible): boolean {
  const named = getNamedType(type)
  if (literal.kind === Kind.LIST) return literal.values.every((item) => isVisible(item, type, visible))
  if (literal.kind === Kind.ENUM) return !isEnumType(named) || visible.has(`${named.name}.${literal.value}`)
  if (literal.kind !== Kind.OBJECT || !isInputObjectType(named)) return true
  const fields = named.getFields()
  return literal.fields.every(({ name, value }) => {
    const field = fields[name.value]
    return !field || (visible.has(`${named.name}.${name.value}`) && isVisible(value, field.type, visible))
  })
}

/** The same argument or input field without its default. */
export function withoutDefault<T extends object>(config: T): T {
  return { ...config, defaultValue: undefined, default: undefined }
}

type Output = GraphQLField<unknown, unknown>
type Config = GraphQLFieldConfig<unknown, unknown>

/** Hands the defaults that are not shown to the resolvers of a field, which count on them. */
export function supplyDefaults(config: Config, field: Output, hidden: readonly GraphQLArgument[]): Config {
  if (hidden.length === 0) return config
  const name = { kind: Kind.NAME, value: field.name } as const
  const defaults = getArgumentValues({ ...field, args: hidden } as Output, { kind: Kind.FIELD, name })
  const { resolve = defaultFieldResolver, subscribe } = config
  return {
    ...config,
    resolve: (source, args, context, info) => resolve(source, { ...defaults, ...args }, context, info),
    ...(subscribe && {
      subscribe: (source, args, context, info) => subscribe(source, { ...defaults, ...args }, context, info),
    }),
  }
}
