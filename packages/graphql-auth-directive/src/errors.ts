/** The one error of this package: a schema or an option that can't be enforced as it is written. */

/** One thing that is wrong in a schema, and how to mend it. */
export interface SchemaProblem {
  /** The schema coordinate of the element, such as `Query.users`. */
  readonly coordinate: string
  readonly message: string
}

const BRAND: unique symbol = Symbol.for('@scopewise/graphql-auth-directive:AuthDirectiveError')

/**
 * Thrown at construction and by `apply` and `analyze`, never while an operation runs. It names every problem at once.
 * Recognise it with {@link isAuthDirectiveError}.
 */
export class AuthDirectiveError extends Error {
  override readonly name = 'AuthDirectiveError'
  readonly code: 'invalid_schema' | 'invalid_options' | 'invalid_document' | 'unknown_element' | 'shared_context'
  readonly problems: readonly SchemaProblem[]
  readonly [BRAND] = true

  constructor(code: AuthDirectiveError['code'], message: string, problems: readonly SchemaProblem[] = []) {
    super([message, ...problems.map((problem) => `- ${problem.coordinate}: ${problem.message}`)].join('\n'))
    this.code = code
    this.problems = problems
  }
}

/** Recognises an {@link AuthDirectiveError}, also one thrown by another copy of this package. */
export function isAuthDirectiveError(value: unknown): value is AuthDirectiveError {
  return value instanceof Error && BRAND in value
}

/** Why a context may not serve two tokens at once. */
export const SHARED_CONTEXT =
  'This context object already serves another request. Create one context per request, so that nobody runs with the token of somebody else.'
