/** `@auth` and `@public` for GraphQL: decided before the first resolver, enforced in every resolver. */
export type { Analysis, AnalyzeOptions } from './analyze/analysis.js'
export type { AuthenticationDemand } from './analyze/authentication.js'
export type { CheckOptions } from './auth/check.js'
export type { AuthExecutionArgs } from './auth/execute.js'
export type { Authenticated, AuthenticatedResolver, Resolvers } from './auth/resolvers.js'
export type { ApplyOptions } from './auth/schemas.js'
export { type Auth, createAuth } from './auth.js'
export {
  type ChallengeOptions,
  challengeOf,
  challengesOf,
  type Decision,
  type Denial,
  type DenialReason,
  type Permission,
  toGraphQLError,
} from './decide/denial.js'
export { AuthDirectiveError, isAuthDirectiveError, type SchemaProblem } from './errors.js'
export type { Lock } from './lock/lock.js'
export type { AuthOptions, ClaimSource, IntrospectionFilter } from './options.js'
export type {
  Asked,
  AskedField,
  AskedObject,
  AskedObjects,
  Awaitable,
  FieldArguments,
  Policy,
  PolicyHelpers,
  PolicyHelpersFor,
  PolicyKind,
} from './policy.js'
