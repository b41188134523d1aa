/** One element of the schema that refused, and why. */
export interface Refusal {
  /** Where it stands in the schema, such as `Query.users`. */
  readonly element: string
  /** The ways to be allowed: each is a set of scopes that would do. */
  readonly alternatives: readonly (readonly string[])[]
  /** What the token lacks for the way that the API proposes. */
  readonly missing: readonly string[]
}

/** What came of running an operation. */
export type Outcome =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly milliseconds: number
      readonly body: unknown
      /** Empty when nothing was refused. */
      readonly refusals: readonly Refusal[]
      /** The API wants a token, whatever its scopes. */
      readonly isSignInNeeded: boolean
    }
  | { readonly kind: 'failure'; readonly message: string }

/** Reads a GraphQL answer for what it says about refused elements. Pure. */
export function readOutcome(status: number, milliseconds: number, body: unknown): Outcome {
  const errors = list(member(body, 'errors')).map((error) => member(error, 'extensions'))
  const codes = errors.map((extensions) => member(extensions, 'code'))
  const refused = errors.filter((_, index) => codes[index] === 'FORBIDDEN' || codes[index] === 'UNAUTHENTICATED')
  return {
    kind: 'answer',
    status,
    milliseconds,
    body,
    refusals: refused.map(readRefusal).filter(({ element }) => element !== ''),
    isSignInNeeded: codes.includes('UNAUTHENTICATED'),
  }
}

/** Everything that is missing, once each. */
export const missingOf = (refusals: readonly Refusal[]): readonly string[] => [
  ...new Set(refusals.flatMap(({ missing }) => missing)),
]

function readRefusal(extensions: unknown): Refusal {
  const element = member(extensions, 'element')
  return {
    element: typeof element === 'string' ? element : '',
    alternatives: list(member(extensions, 'requiredScopes')).map(words),
    missing: words(member(extensions, 'missingScopes')),
  }
}

function member(value: unknown, name: string): unknown {
  // `as`: only to look at one member, which stays unknown.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const words = (value: unknown): string[] => list(value).filter((item) => typeof item === 'string')
