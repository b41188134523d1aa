/** A refused operation, and how it is told. RFC 6750 §3, RFC 9470 §3, RFC 9728 §5.1. */
import { bearerChallenge, type Challenge, formatChallenge } from '@scopewise/token-core/challenge'
import { GraphQLError } from 'graphql'

/** Why an operation is refused. */
export type DenialReason =
  /** A token is needed and there is none. */
  | 'token'
  /** The token lacks scope values. */
  | 'scope'
  /** The token carries none of the roles: a larger token would not help. */
  | 'role'
  /** The user signed in too long ago, or not strongly enough. A client's own token can't mend that. */
  | 'authentication'
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
  /** Authentication context classes of which one is enough, where a new sign-in helps. RFC 9470 §3. */
  readonly acrValues: readonly string[] | undefined
  /** Seconds since the sign-in, at most, where a new one helps. RFC 9470 §3. */
  readonly maxAge: number | undefined
  /** Whether errors tell the code only: `createAuth({ errors: 'code' })`. */
  readonly isHidden: boolean
  readonly message: string
}

/** The answer to an operation that may run. */
export interface Permission<S extends string = string> {
  readonly isAllowed: true
  /** In mode `null` the fields that will be null; in mode `dryRun` what would be refused. Absent if nothing is. */
  readonly denials?: readonly Denial<S>[]
}

/** What `check` answers. */
export type Decision<S extends string = string> = Permission<S> | Denial<S>

/** What a challenge says beside the denial. */
export interface ChallengeOptions {
  /** URL of the protected resource metadata: `verifier.resourceMetadata`. Not used with `offered`, which names it. */
  readonly resourceMetadata?: string | undefined
  /**
   * The schemes that the resource takes, as a verifier lists them in the `challenges` of its error for a request without
   * a token. The one that this request used comes first. RFC 9449 §7.1. @default Bearer
   */
  readonly offered?: readonly Challenge[] | undefined
}

/**
 * The challenges for a denial, none where no token would help. RFC 6750 §3.1, RFC 9470 §3, RFC 9449 §7.1.
 * Their scope is all that the operation needs in the preferred alternative, not only what is missing.
 */
export function challengesOf(denial: Denial, options: ChallengeOptions = {}): readonly Challenge[] {
  const { reason, status, acrValues, maxAge } = denial
  if (reason !== 'scope' && status !== 401) return []
  const error = reason === 'scope' ? 'insufficient_scope' : ERRORS.get(reason)
  return writeChallenges({ error, scope: denial.requiredScopes[0] ?? [], acrValues, maxAge }, options)
}

const ERRORS: ReadonlyMap<DenialReason, string> = new Map([['authentication', 'insufficient_user_authentication']])

/** What challenges say of a problem: the same for each scheme. */
interface Problem {
  readonly error?: string | undefined
  readonly scope?: Iterable<string>
  readonly acrValues?: readonly string[] | undefined
  readonly maxAge?: number | undefined
}

/** Writes one challenge per scheme that the resource takes. RFC 9449 §7.1: the error stands in that of the one used. */
export function writeChallenges(
  { error, ...need }: Problem,
  { resourceMetadata, offered = [] }: ChallengeOptions,
): readonly Challenge[] {
  const { parameters: needed } = bearerChallenge(need)
  const schemes = offered.length > 0 ? offered : [bearerChallenge({ resourceMetadata })]
  return schemes.map(({ scheme, parameters }, at) => ({
    scheme,
    parameters: { ...(at === 0 && error !== undefined && { error }), ...needed, ...parameters },
  }))
}

/** The value of `WWW-Authenticate` for a denial. Undefined where no token would help. */
export function challengeOf(denial: Denial, options: ChallengeOptions = {}): string | undefined {
  const challenges = challengesOf(denial, options)
  return challenges.length > 0 ? formatChallenge(challenges) : undefined
}

/** The GraphQL error for a denial. Its extensions tell a client what to ask for. */
export function toGraphQLError(denial: Denial, options: ChallengeOptions = {}): GraphQLError {
  return new GraphQLError(denial.message, {
    path: denial.path.length > 0 ? denial.path : null,
    extensions: extensionsOf(denial, options),
  })
}

/** What the error of a denial tells. */
export function extensionsOf(denial: Denial, options: ChallengeOptions = {}): Record<string, unknown> {
  const { code, element, requiredScopes, missingScopes, acrValues, maxAge, isHidden } = denial
  const challenge = challengeOf(denial, options)
  if (isHidden) return { code, ...(challenge !== undefined && { challenge }) }
  return {
    code,
    element,
    requiredScopes,
    missingScopes,
    ...(acrValues && { acrValues }),
    ...(maxAge !== undefined && { maxAge }),
    ...(challenge !== undefined && { challenge }),
  }
}
