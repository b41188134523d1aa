/** Why an operation did not run. */
export interface Refusal {
  /** `token`: there is none, or it is no longer good. `scope`: it lacks some. `rule`: it would not help to have more. */
  readonly reason: 'token' | 'scope' | 'rule'
  /** Where in the schema it was refused, such as `Query.users`. */
  readonly elements: readonly string[]
  /** What the operation asks for: each set of scopes would do. */
  readonly alternatives: readonly (readonly string[])[]
  /** What the token lacks for the set that the API proposes. */
  readonly missing: readonly string[]
}

/** What came of running an operation. */
export type Outcome =
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly milliseconds: number
      readonly body: unknown
      readonly refusal: Refusal | undefined
    }
  | { readonly kind: 'failure'; readonly message: string }

/** Reads a GraphQL answer for what it says about being refused. Pure. */
export function readOutcome(status: number, milliseconds: number, body: unknown): Outcome {
  return { kind: 'answer', status, milliseconds, body, refusal: readRefusal(body) }
}

function readRefusal(body: unknown): Refusal | undefined {
  const all = list(member(body, 'errors')).map((error) => member(error, 'extensions'))
  const refused = all.filter((extensions) => ['FORBIDDEN', 'UNAUTHENTICATED'].includes(text(extensions, 'code')))
  if (refused.length === 0) return undefined
  const missing = unique(refused.flatMap((extensions) => words(member(extensions, 'missingScopes'))))
  const isTokenNeeded = refused.some((extensions) => text(extensions, 'code') === 'UNAUTHENTICATED')
  return {
    reason: isTokenNeeded ? 'token' : missing.length > 0 ? 'scope' : 'rule',
    elements: unique(refused.map((extensions) => text(extensions, 'element')).filter((name) => name !== '')),
    // Of several errors each repeats what the whole operation asks for.
    alternatives: list(member(refused[0], 'requiredScopes'))
      .map(words)
      .filter((alternative) => alternative.length > 0),
    missing,
  }
}

function member(value: unknown, name: string): unknown {
  // `as`: only to look at one member, which stays unknown.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function text(value: unknown, name: string): string {
  const found = member(value, name)
  return typeof found === 'string' ? found : ''
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
const words = (value: unknown): string[] => list(value).filter((item) => typeof item === 'string')
const unique = (values: readonly string[]): readonly string[] => [...new Set(values)]
