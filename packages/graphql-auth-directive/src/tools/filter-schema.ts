/** The schema as one caller may use it: for introspection and tools such as GraphiQL. */
import type { GraphQLSchema } from 'graphql'
import { holderOf } from '../decide/holder.js'
import { createFilter, type FilterIndex } from '../filter/filter.js'
import type { IntrospectionFilter } from '../options.js'
import type { AnyAuth } from './demands.js'

const filters = new WeakMap<object, FilterIndex>()

/**
 * Leaves out what a token's scopes are not enough for, by the same analysis that decides operations: each operation
 * that the result accepts is one that these scopes allow. The result is a valid schema; what can't be kept valid, such
 * as an interface without a field that is common to all, goes too. Remembered per set of scopes and roles, for 100 of
 * them. Policies are not asked, and no sign-in is judged: what only they protect stays visible to whoever has a token.
 * @param token a verified token, or undefined for a caller without one
 * @throws {AuthDirectiveError} invalid_schema
 */
export function filterSchema<S extends string>(
  auth: AnyAuth<S>,
  schema: GraphQLSchema,
  token: { readonly scope: readonly S[]; readonly claims?: object } | undefined,
): GraphQLSchema {
  const { indexOf, settings } = auth['~inside']
  const filter = filters.get(auth) ?? createFilter()
  filters.set(auth, filter)
  auth.apply(schema)
  return filter(indexOf(schema), token && holderOf(token, settings))
}

/** `createAuth({ introspection: filterIntrospection })` shows each caller what {@link filterSchema} leaves to it. */
export const filterIntrospection: IntrospectionFilter = (schema, token, auth) =>
  // The auth that asks is one that createAuth made.
  filterSchema(auth as AnyAuth, schema, token)
