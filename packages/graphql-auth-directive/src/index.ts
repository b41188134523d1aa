/** `@auth` and `@public` for GraphQL: decided before the first resolver, enforced in every resolver. */
export type { Analysis, AnalyzeOptions } from './analyze/analysis.js'
export type { ApplyOptions } from './auth/schemas.js'
export { type Auth, type CheckOptions, createAuth } from './auth.js'
export {
  type ChallengeOptions,
  challengeOf,
  type Decision,
  type Denial,
  type DenialReason,
  type Permission,
  toGraphQLError,
} from './decide/denial.js'
export { AuthDirectiveError, isAuthDirectiveError, type SchemaProblem } from './errors.js'
export type { Lock } from './lock/lock.js'
export type { AuthOptions } from './options.js'
export type {
  Asked,
  AskedField,
  AskedObject,
  Awaitable,
  FieldArguments,
  Policy,
  PolicyHelpers,
  PolicyHelpersFor,
  PolicyKind,
} from './policy.js'
