/** Ties the parts together: one token type, one set of policies, any number of schemas. */
import type { AccessTokenType, VerifiedAccessToken } from '@scopewise/token-core'
import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql'
import { type Analysis, type AnalyzeOptions, createAnalyses } from './analyze/analysis.js'
import type { Inside } from './auth/inside.js'
import { type ApplyOptions, createSchemas } from './auth/schemas.js'
import { decide } from './decide/check.js'
import type { Decision, Denial } from './decide/denial.js'
import type { Answered } from './decide/policies.js'
import { writeTypeDefs } from './directive.js'
import { createPermits, discardDenied } from './enforce.js'
import { type AuthOptions, invalid, parseOptions } from './options.js'
import type { AnyToken, Awaitable } from './policy.js'

/** What a decision is about. */
export interface CheckOptions<Context> {
  /** As the request sends them: not coerced. */
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
  /** The very object that the operation will be executed with. One per request. */
  readonly context: Context & object
}

/** The directives of one token type: what {@link createAuth} gives. */
export interface Auth<S extends string, C, Context = unknown> {
  /** SDL of `@auth` and `@public`. */
  readonly typeDefs: string
  readonly token: AccessTokenType<S, C>
  /**
   * Reads the directives and wraps the resolvers of protected fields, in place; answers the same schema. A protected
   * field then refuses to run unless `check` allowed its operation with the same context. Applying twice does nothing.
   * An executor's own `fieldResolver` is not used for protected fields.
   * @throws {AuthDirectiveError} invalid_schema, naming every element that can't be enforced as it is written, or that
   * lost a directive which `expect` knows
   */
  apply(schema: GraphQLSchema, options?: ApplyOptions): GraphQLSchema
  /**
   * Says what an operation needs. Cached per document. Expects a document that `validate` accepts; another one is
   * refused where the analysis could not be sound.
   * @throws {AuthDirectiveError} invalid_schema, if the schema was not applied before
   */
  analyze(schema: GraphQLSchema, document: DocumentNode, options?: AnalyzeOptions): Analysis<S>
  /**
   * Decides whether an operation may run, and if so lets it run with this context. Call it before `execute` and
   * `subscribe`. Scopes are decided first, then operation and field policies are asked; no resolver is started.
   * Not checked: the token itself, which comes from a verifier, and its expiry while the operation runs.
   * @throws {AuthDirectiveError} shared_context, when the context serves the same operation for another token
   */
  check(
    analysis: Analysis<S>,
    token: VerifiedAccessToken<C, S> | undefined,
    options: CheckOptions<Context>,
  ): Awaitable<Decision<S>>
  /**
   * Completes a result of `execute`, or one event of `subscribe`: if a policy of an object denied, the data of a query
   * or of the event is discarded. A mutation keeps its data, since it has happened.
   */
  finish(result: ExecutionResult, analysis: Analysis<S>, context: object): ExecutionResult
  /** What the tools of this package read. Not for others: it changes without notice. */
  readonly '~inside': Inside
}

/**
 * Creates the directives for a token type.
 * @throws {AuthDirectiveError} invalid_options
 */
export function createAuth<S extends string, C, Context = unknown>(
  options: AuthOptions<S, C, Context>,
): Auth<S, C, Context> {
  const settings = parseOptions(options)
  const permits = createPermits()
  const schemas = createSchemas(settings, permits)
  const analyses = createAnalyses(settings.limits)
  const closures = new WeakMap<AnyToken, ReadonlySet<string>>()
  const { policies, policyTimeout: timeout } = settings

  const heldBy = (token: AnyToken): ReadonlySet<string> => {
    const held = closures.get(token) ?? settings.scopes.closure(token.scope)
    closures.set(token, held)
    return held
  }
  const check = (
    analysis: Analysis,
    token: AnyToken | undefined,
    { variables, context }: CheckOptions<object>,
  ): Awaitable<Decision> => {
    const plan = analyses.planOf(analysis)
    if (!plan) throw invalid('auth.check needs an analysis that the same auth made with auth.analyze.')
    refuseStrangers(token, context)
    const held = token && heldBy(token)
    const settle = (outcome: Denial | Answered): Decision => {
      if ('refused' in plan) return 'isAllowed' in outcome ? outcome : { isAllowed: true }
      const { operation } = plan
      permits.revoke(context, operation, token)
      if ('isAllowed' in outcome) return outcome
      if (analysis.needsToken || plan.isConditional)
        permits.grant(context, { operation, token, held, answered: outcome, denials: [], covered: [], next: undefined })
      return { isAllowed: true }
    }
    const outcome = decide(plan, { token, held, variables: variables ?? {}, context, policies, timeout })
    return outcome instanceof Promise ? outcome.then(settle) : settle(outcome)
  }
  const auth = {
    typeDefs: writeTypeDefs(settings.names),
    token: options.token,
    apply: schemas.apply,
    analyze: (schema: GraphQLSchema, document: DocumentNode, which: AnalyzeOptions = {}) =>
      analyses.analyze(schemas.indexOf(schema), document, which),
    check,
    finish: (result: ExecutionResult, { operation }: Analysis, context: object) =>
      operation ? discardDenied(result, operation, permits.find(context, operation)) : result,
    '~inside': Object.freeze({ settings, indexOf: schemas.indexOf, planOf: analyses.planOf }),
  }
  // Inside, scopes are strings; those of a schema were checked against the declared ones, which is what S stands for.
  return Object.freeze(auth) as unknown as Auth<S, C, Context>
}

/** Typed callers can't get here with anything else; plain JavaScript can. */
function refuseStrangers(token: AnyToken | undefined, context: unknown): void {
  if (token !== undefined && token?.['~scopewise'] !== 'access-token')
    throw invalid('auth.check needs a token that a verifier returned, or undefined for none.')
  if (typeof context !== 'object' || context === null)
    throw invalid('auth.check needs `context`: the object that the operation will be executed with.')
}
