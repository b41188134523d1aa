/** Values of enum types that carry rules, where a resolver returns them. */
import { type GraphQLOutputType, isListType, isNonNullType } from 'graphql'
import type { EnumOutput } from '../collect/schema-index.js'
import type { Rule } from '../directive.js'

/** Looks at what a resolver returned. */
export type Screen = (value: unknown, deny: (rules: readonly Rule[]) => Error | undefined) => unknown

/**
 * Creates the look for one field. A denied value fails the field; in a list it fails its place, since graphql takes an
 * error there for one that was thrown. What is there at once is looked at at once: no promise is added.
 */
export function createScreen(returned: GraphQLOutputType, { type, values }: EnumOutput): Screen {
  // As `serialize` of the type looks values up.
  const rulesOf = new Map(type.getValues().map(({ name, value }) => [value, values.get(name)]))
  const look = (value: unknown, at: GraphQLOutputType, deny: Parameters<Screen>[1]): unknown => {
    if (value instanceof Error) return value
    if (isThenable(value)) return value.then((settled) => look(settled, at, deny))
    const inner = isNonNullType(at) ? at.ofType : at
    if (isListType(inner)) {
      if (typeof value !== 'object' || value === null) return value
      if (Symbol.iterator in value)
        return Array.from(value as Iterable<unknown>, (item) => look(item, inner.ofType, deny))
      if (Symbol.asyncIterator in value)
        return lookLater(value as AsyncIterable<unknown>, (item) => look(item, inner.ofType, deny))
      return value
    }
    const rules = rulesOf.get(value)
    return (rules && deny(rules)) ?? value
  }
  return (value, deny) => look(value, returned, deny)
}

async function* lookLater(values: AsyncIterable<unknown>, look: (value: unknown) => unknown): AsyncGenerator<unknown> {
  for await (const value of values) yield look(value)
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
