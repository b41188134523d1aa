/** Which fields are protected, by what, and which ones nobody decided about. */
import type { GraphQLSchema } from 'graphql'
import type { SchemaIndex } from '../collect/schema-index.js'
import { type AnyAuth, demandsOf, type Protection, policiesOf, requiredScopesOf } from './demands.js'

/** A field of an object type. */
export interface CoveredField<S extends string = string> {
  readonly coordinate: string
  readonly protection: Protection
  /** The alternatives for this field alone; `[]`: none is needed, `[[]]`: any token. */
  readonly requiredScopes: readonly (readonly S[])[]
  readonly policies: readonly string[]
  /** Whether somebody without a token can select it on some path. */
  readonly isOpen: boolean
}

/** The coverage of a schema. */
export interface Coverage<S extends string = string> {
  /** All fields of object types, in the order of the schema. */
  readonly fields: readonly CoveredField<S>[]
  readonly counts: Readonly<Record<Protection, number>>
  /** Of all fields those that are not uncovered, from 0 to 100, rounded down to a hundredth. */
  readonly percentage: number
}

/**
 * Counts how the fields of a schema are protected.
 * @throws {AuthDirectiveError} invalid_schema
 */
export function coverage<S extends string>(auth: AnyAuth<S>, schema: GraphQLSchema): Coverage<S> {
  const index = auth['~inside'].indexOf(schema)
  const open = findOpen(index)
  const counts = { public: 0, uncovered: 0, authenticated: 0, scoped: 0 }
  const fields = [...demandsOf(index).fields].map(([coordinate, { protection, rules }]): CoveredField<S> => {
    counts[protection]++
    return {
      coordinate,
      protection,
      // The values of a schema's rules were checked against the declared ones.
      requiredScopes: requiredScopesOf(rules) as readonly (readonly S[])[],
      policies: policiesOf(rules),
      isOpen: open.has(coordinate),
    }
  })
  const covered = fields.length - counts.uncovered
  const percentage = fields.length === 0 ? 100 : Math.floor((covered * 10_000) / fields.length) / 100
  return { fields, counts, percentage }
}

/** Follows fields that demand nothing, from the root types on. */
function findOpen({ schema, types, possible }: SchemaIndex): ReadonlySet<string> {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const reached = new Set(roots.flatMap((root) => (root && types.get(root.name)) ?? []))
  const open = new Set<string>()
  // A Set visits what is added while it is walked.
  for (const type of reached)
    for (const { coordinate, rules, output } of type.fields.values()) {
      if (rules.length > 0) continue
      open.add(coordinate)
      for (const next of possible.get(output) ?? []) reached.add(next)
    }
  return open
}
