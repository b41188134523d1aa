/** The variables of one request: whether they are supplied, and what they hold. */
import {
  type ConstValueNode,
  type GraphQLSchema,
  getVariableValues,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql'

/** What a request supplies for a variable: a value, the default of the operation, or nothing. */
type Supplied = { readonly value: unknown } | { readonly literal: ConstValueNode } | undefined

/** The variables of one request. */
export interface Variables {
  find(name: string): Supplied
  /** Whether the variable is coerced to exactly this. Never if the variables can't be coerced. */
  is(name: string, expected: boolean): boolean
  /** In the shape that `getArgumentValues` of the installed graphql takes; undefined if they can't be coerced. */
  readonly coerced: VariableValues | undefined
}

/** graphql 16 takes a record of values, graphql 17 an object that holds one under `coerced`. */
export type VariableValues = { readonly [name: string]: unknown }

/** Reads the variables of a request as the executor will. GraphQL §6.1.2. */
export function readVariables(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  raw: Readonly<Record<string, unknown>>,
): Variables {
  const definitions = operation.variableDefinitions ?? []
  const byName = new Map(definitions.map((definition) => [definition.variable.name.value, definition]))
  const coerced = coerce(schema, definitions, raw)
  const values = coerced && recordOf(coerced)
  return {
    coerced,
    find(name) {
      const definition = byName.get(name)
      if (!definition) return undefined
      if (Object.hasOwn(raw, name)) return { value: raw[name] }
      return definition.defaultValue && { literal: definition.defaultValue }
    },
    is: (name, expected) => values !== undefined && Object.hasOwn(values, name) && values[name] === expected,
  }
}

function coerce(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  raw: Readonly<Record<string, unknown>>,
): VariableValues | undefined {
  const result: object = getVariableValues(schema, definitions, raw, { maxErrors: 1 })
  const values = 'variableValues' in result ? result.variableValues : 'coerced' in result ? result.coerced : undefined
  return isRecord(values) ? values : undefined
}

/** The coerced values by name, in whatever shape the installed graphql gives them. */
export function recordOf(values: VariableValues): VariableValues {
  // A GraphQL variable may be called `coerced`, but only graphql 17 puts `sources` beside it.
  const { coerced, sources } = values
  return isRecord(coerced) && isRecord(sources) ? coerced : values
}

const isRecord = (value: unknown): value is VariableValues => typeof value === 'object' && value !== null
