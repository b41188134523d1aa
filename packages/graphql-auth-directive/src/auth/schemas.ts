/** The schemas of one auth: read once each, and wrapped once each. */
import type { GraphQLField, GraphQLSchema } from 'graphql'
import { buildIndex, type SchemaIndex } from '../collect/schema-index.js'
import { isSameRule } from '../directive/rule.js'
import type { Rule } from '../directive.js'
import type { Permits } from '../enforce/permits.js'
import { enforceIndex, type Wrapped } from '../enforce.js'
import { type Lock, refuseLost } from '../lock/lock.js'
import type { Settings } from '../options.js'
import { nameAlternatives } from '../policy.js'

/** Reads and wraps schemas. */
export interface Schemas {
  /** Gives one object for equal rules. */
  intern(rule: Rule): Rule
  /** @throws {AuthDirectiveError} invalid_schema */
  indexOf(schema: GraphQLSchema): SchemaIndex
  /** @throws {AuthDirectiveError} invalid_schema */
  apply(schema: GraphQLSchema, options?: ApplyOptions): GraphQLSchema
}

/** How a schema is applied. */
export interface ApplyOptions {
  /**
   * What the schema must demand: a lock that `lock` wrote, or the number of elements that carry a directive. A schema
   * that lost one on its way, by printing or wrapping, is refused. What it demands beyond the lock is no fault.
   */
  readonly expect?: Lock | number | undefined
}

const NONE: readonly Rule[] = []

/** Creates an empty memory of schemas. */
export function createSchemas(settings: Settings, permits: Permits): Schemas {
  const indexes = new WeakMap<GraphQLSchema, SchemaIndex>()
  const enforced = new WeakSet<GraphQLSchema>()
  const wrapped = new WeakMap<WeakKey, Wrapped>()
  // Most elements have one rule: only those with more have a list.
  const rules = new Map<string, Rule | readonly Rule[]>()

  const options = {
    ...settings,
    intern(rule: Rule): Rule {
      const found = rules.get(rule.element)
      if (!found) {
        rules.set(rule.element, rule)
        return rule
      }
      const known = 'element' in found ? [found] : found
      const same = known.find((one) => isSameRule(one, rule))
      if (!same) rules.set(rule.element, [...known, rule])
      return same ?? rule
    },
    namePolicies: (alternatives: readonly (readonly string[])[]) => nameAlternatives(alternatives, settings.policies),
    // A transformation may lose directives, but it keeps resolvers: what they demanded still counts.
    carriedRules: ({ resolve, subscribe }: GraphQLField<unknown, unknown>): readonly Rule[] =>
      resolve || subscribe
        ? [resolve, subscribe].flatMap((resolver) => (resolver ? (wrapped.get(resolver)?.rules ?? []) : []))
        : NONE,
  }
  const indexOf = (schema: GraphQLSchema): SchemaIndex => {
    const index = indexes.get(schema) ?? buildIndex(schema, options)
    indexes.set(schema, index)
    return index
  }
  const enforcement = { ...settings, permits, wrapped }
  return {
    intern: options.intern,
    indexOf,
    apply(schema, { expect } = {}) {
      const index = indexOf(schema)
      if (expect !== undefined) refuseLost(index.applied, settings.names, expect)
      if (!enforced.has(schema)) enforceIndex(index, enforcement)
      enforced.add(schema)
      return schema
    },
  }
}
