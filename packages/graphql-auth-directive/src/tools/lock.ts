/** The lock file of a schema. */
import type { GraphQLSchema } from 'graphql'
import type { SchemaProblem } from '../errors.js'
import { compareWithLock, type Lock, parseLock, writeLock } from '../lock/lock.js'
import type { AnyAuth } from './demands.js'

/**
 * Writes down which element carries which directive. Keep it beside the schema and hand it to `auth.apply`.
 * @throws {AuthDirectiveError} invalid_schema
 */
export function lock(auth: AnyAuth, schema: GraphQLSchema): Lock {
  const { indexOf, settings } = auth['~inside']
  return writeLock(indexOf(schema).applied, settings.names)
}

/**
 * Lists all differences between a schema and its lock: what was lost or changed, and what the lock does not know yet.
 * @throws {AuthDirectiveError} invalid_schema; invalid_options for what is no lock
 */
export function compareLock(auth: AnyAuth, schema: GraphQLSchema, expected: Lock): readonly SchemaProblem[] {
  const { indexOf, settings } = auth['~inside']
  const { lost, unknown } = compareWithLock(indexOf(schema).applied, settings.names, parseLock(expected))
  return [...lost, ...unknown]
}
