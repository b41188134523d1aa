/** Filters a schema for a caller, and remembers the result per set of granted scopes. */
import type { GraphQLSchema } from 'graphql'
import type { SchemaIndex } from '../collect/schema-index.js'
import { isRuleMet } from '../decide/scopes.js'
import type { Rule } from '../directive.js'
import { rebuildSchema } from './rebuild.js'
import { findVisible } from './visible.js'

/** Scopes come from tokens, so their combinations are bounded here: the one not used for longest goes. */
const MAX_SCHEMAS = 100

interface Memory {
  /** The scope values that occur in the schema. No other one makes a difference. */
  readonly values: readonly string[]
  readonly schemas: Map<string, GraphQLSchema>
}

/** Answers the part of a schema that somebody with these scope values may use; undefined: without a token. */
export type FilterIndex = (index: SchemaIndex, held: ReadonlySet<string> | undefined) => GraphQLSchema

/** Creates a filter with an empty memory. */
export function createFilter(): FilterIndex {
  const memories = new WeakMap<SchemaIndex, Memory>()
  return (index, held) => {
    const memory = memories.get(index) ?? { values: valuesOf(index), schemas: new Map() }
    memories.set(index, memory)
    const { schemas, values } = memory
    const relevant = held && values.filter((value) => held.has(value))
    // Scope values hold no spaces, and without a token is not the same as with an empty one.
    const key = relevant ? `token ${relevant.join(' ')}` : 'none'
    const isMet = (rules: readonly Rule[]) =>
      rules.length === 0 || (held !== undefined && rules.every((rule) => isRuleMet(rule, held)))
    const schema = schemas.get(key) ?? rebuildSchema(index.schema, findVisible(index, isMet))
    schemas.delete(key)
    schemas.set(key, schema)
    const [oldest] = schemas.keys()
    if (schemas.size > MAX_SCHEMAS && oldest !== undefined) schemas.delete(oldest)
    return schema
  }
}

function valuesOf({ types, applied }: SchemaIndex): readonly string[] {
  const fields = [...types.values()].flatMap((type) => [...type.fields.values()].flatMap(({ rules }) => rules))
  const rules = new Set([...fields, ...[...applied.rules.values()].flat()])
  return [...new Set([...rules].flatMap(({ clause }) => (clause ?? []).flat()))]
}
