/** Ties the parts together: one token type, one set of policies, any number of schemas. */
import type { AccessTokenType, VerifiedAccessToken } from '@scopewise/token-core'
import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql'
import { type Analysis, type AnalyzeOptions, createAnalyses } from './analyze/analysis.js'
import { type CheckOptions, createCheck } from './auth/check.js'
import { type AuthExecutionArgs, createExecute, createSubscribe } from './auth/execute.js'
import type { Inside } from './auth/inside.js'
import { readingOf } from './auth/reading.js'
import { createResolvers, type Resolvers } from './auth/resolvers.js'
import { type ApplyOptions, createSchemas } from './auth/schemas.js'
import type { Decision } from './decide/denial.js'
import { writeTypeDefs } from './directive.js'
import { finishResult } from './enforce/finish.js'
import { createPermits } from './enforce/permits.js'
import { type AuthOptions, parseOptions } from './options.js'
import type { Awaitable } from './policy.js'

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
  /**
   * Analyses, checks, executes and finishes: graphql's `execute` for servers without a plugin. A denial is an answer
   * with one error and without data; its status is for the server to choose. Expects a document that was validated.
   */
  execute(args: AuthExecutionArgs<S, C, Context>): Promise<ExecutionResult>
  /** The same for graphql's `subscribe`. Not checked: that the token expires while events come. */
  subscribe(args: AuthExecutionArgs<S, C, Context>): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>>
  /** Wrappers for resolvers of fields that demand a token: their context has one, in its type too. */
  readonly resolvers: Resolvers<S, C, Context>
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
  const analyses = createAnalyses(readingOf(settings, schemas.intern))
  const check = createCheck(settings, analyses, permits)
  const auth = {
    typeDefs: writeTypeDefs(settings.names),
    token: options.token,
    apply: schemas.apply,
    analyze: (schema: GraphQLSchema, document: DocumentNode, which: AnalyzeOptions = {}) =>
      analyses.analyze(schemas.indexOf(schema), document, which),
    check,
    finish: (result: ExecutionResult, { operation }: Analysis, context: object) =>
      operation ? finishResult(result, permits.find(context, operation), settings.mode !== 'reject') : result,
    resolvers: createResolvers(settings),
    '~inside': Object.freeze({ settings, indexOf: schemas.indexOf, planOf: analyses.planOf }),
  }
  // Inside, scopes are strings; those of a schema were checked against the declared ones, which is what S stands for.
  const typed = auth as unknown as Omit<Auth<S, C, Context>, 'execute' | 'subscribe'>
  return Object.freeze({ ...typed, execute: createExecute(typed), subscribe: createSubscribe(typed) })
}
