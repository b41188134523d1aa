/** Filters a schema for a caller, and remembers the result per set of granted scopes and roles. */
import type { GraphQLSchema } from 'graphql'
import type { SchemaIndex } from '../collect/schema-index.js'
import { type Holder, hasRole, hasScope } from '../decide/holder.js'
import type { Rule } from '../directive.js'
import { rebuildSchema } from './rebuild.js'
import { findVisible } from './visible.js'

/** Scopes come from tokens, so their combinations are bounded here: the one not used for longest goes. */
const MAX_SCHEMAS = 100

interface Memory {
  /** The scope values and roles that occur in the schema. No other one makes a difference. */
  readonly values: readonly string[]
  readonly roles: readonly string[]
  readonly schemas: Map<string, GraphQLSchema>
}

/** Answers the part of a schema that a holder may use; undefined: somebody without a token. */
export type FilterIndex = (index: SchemaIndex, holder: Holder | undefined) => GraphQLSchema

/** Creates a filter with an empty memory. */
export function createFilter(): FilterIndex {
  const memories = new WeakMap<SchemaIndex, Memory>()
  return (index, holder) => {
    const memory = memories.get(index) ?? { ...valuesOf(index), schemas: new Map() }
    memories.set(index, memory)
    const { schemas, values, roles } = memory
    const key = JSON.stringify(
      holder && [values.filter((value) => holder.scope.has(value)), roles.filter((role) => holder.roles.has(role))],
    )
    // What a new sign-in would open stays visible: only its demand changes with time.
    const isMet = (rules: readonly Rule[]) =>
      rules.length === 0 ||
      (holder !== undefined && rules.every((rule) => hasScope(rule, holder) && hasRole(rule, holder)))
    const schema = schemas.get(key) ?? rebuildSchema(index.schema, findVisible(index, isMet))
    schemas.delete(key)
    schemas.set(key, schema)
    const [oldest] = schemas.keys()
    if (schemas.size > MAX_SCHEMAS && oldest !== undefined) schemas.delete(oldest)
    return schema
  }
}

function valuesOf({ types, applied }: SchemaIndex): Pick<Memory, 'values' | 'roles'> {
  const fields = [...types.values()].flatMap((type) => [...type.fields.values()].flatMap(({ rules }) => rules))
  const rules = new Set([...fields, ...[...applied.rules.values()].flat()])
  return {
    values: [...new Set([...rules].flatMap(({ clause }) => (clause ?? []).flat()))],
    roles: [...new Set([...rules].flatMap(({ roles }) => roles ?? []))],
  }
}
