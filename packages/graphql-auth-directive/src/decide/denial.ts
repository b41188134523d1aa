/** A refused operation, and how it is told. RFC 6750 §3, RFC 9728 §5.1. */
import { bearerChallenge, formatChallenge } from '@scopewise/token-core/challenge'
import { GraphQLError } from 'graphql'

/** Why an operation is refused. */
export type DenialReason =
  /** A token is needed and there is none. */
  | 'token'
  /** The token lacks scope values. */
  | 'scope'
  /** A policy did not answer true: a larger token would not help. */
  | 'policy'
  /** The document can't be analysed, or is too large to be. */
  | 'document'

/** The answer to an operation that may not run. */
export interface Denial<S extends string = string> {
  readonly isAllowed: false
  readonly reason: DenialReason
  readonly code: 'UNAUTHENTICATED' | 'FORBIDDEN'
  /** What to answer over HTTP. */
  readonly status: 401 | 403
  /** The coordinate of the element whose demand is not met; the first in document order. */
  readonly element: string | undefined
  /** The response path of the field that was charged for it, without list positions. */
  readonly path: readonly string[]
  /** All that the operation needs, as alternatives; the preferred one first. */
  readonly requiredScopes: readonly (readonly S[])[]
  /** What the token lacks of the preferred alternative. */
  readonly missingScopes: readonly S[]
  readonly message: string
}

/** The answer to an operation that may run. */
export interface Permission {
  readonly isAllowed: true
}

/** What `check` answers. */
export type Decision<S extends string = string> = Permission | Denial<S>

/** What a challenge says beside the denial. */
export interface ChallengeOptions {
  /** URL of the protected resource metadata: `verifier.resourceMetadata`. */
  readonly resourceMetadata?: string | undefined
}

/**
 * The value of `WWW-Authenticate` for a denial. RFC 6750 §3.1. Undefined where no token would help.
 * Its scope is all that the operation needs in the preferred alternative, not only what is missing.
 */
export function challengeOf(denial: Denial, { resourceMetadata }: ChallengeOptions = {}): string | undefined {
  if (denial.reason !== 'token' && denial.reason !== 'scope') return undefined
  const error = denial.reason === 'scope' ? 'insufficient_scope' : undefined
  return formatChallenge(bearerChallenge({ error, scope: denial.requiredScopes[0], resourceMetadata }))
}

/** The GraphQL error for a denial. Its extensions tell a client what to ask for. */
export function toGraphQLError(denial: Denial, options: ChallengeOptions = {}): GraphQLError {
  const { code, element, requiredScopes, missingScopes } = denial
  const challenge = challengeOf(denial, options)
  return new GraphQLError(denial.message, {
    path: denial.path.length > 0 ? denial.path : null,
    extensions: { code, element, requiredScopes, missingScopes, ...(challenge !== undefined && { challenge }) },
  })
}
