/** Checks and executes in one step, for servers without a plugin. */
import type { VerifiedAccessToken } from '@scopewise/token-core'
import { type ExecutionArgs, type ExecutionResult, execute, subscribe } from 'graphql'
import type { Analysis } from '../analyze/analysis.js'
import type { Auth } from '../auth.js'
import { type ChallengeOptions, type Decision, toGraphQLError } from '../decide/denial.js'
import type { Awaitable } from '../policy.js'
import { shownSchema } from './introspection.js'
import { mapStream } from './map-stream.js'

/** Arguments of graphql's `execute`, and who asks. */
export interface AuthExecutionArgs<S extends string, C, Context> extends ExecutionArgs {
  readonly token: VerifiedAccessToken<C, S> | undefined
  /** One object per request. @default a new one, where your policies and resolvers need none */
  readonly contextValue?: Context & object
  /** What challenges in errors say beside the denial. */
  readonly challenge?: ChallengeOptions
}

type Parts<S extends string, C, Context> = Pick<
  Auth<S, C, Context>,
  'apply' | 'analyze' | 'check' | 'finish' | '~inside'
>

/** Runs an operation after it was checked, with either of graphql's functions. */
async function runChecked<S extends string, C, Context, R extends object>(
  auth: Parts<S, C, Context>,
  { token, challenge, ...args }: AuthExecutionArgs<S, C, Context>,
  run: (args: ExecutionArgs) => Awaitable<R>,
): Promise<
  | { readonly refused: ExecutionResult }
  | { readonly result: R; readonly analysis: Analysis<S>; readonly context: object }
> {
  const { schema, document, operationName, variableValues } = args
  // Without a context of the caller's own nothing but the permit is tied to it.
  const context = (args.contextValue ?? {}) as Context & object
  const analysis = auth.analyze(auth.apply(schema), document, { operationName })
  const decision: Decision<S> = await auth.check(analysis, token, { context, variables: variableValues })
  if (!decision.isAllowed) return { refused: { errors: [toGraphQLError(decision, challenge)] } }
  const shown = shownSchema(auth, schema, token, analysis)
  return { result: await run({ ...args, schema: shown, contextValue: context }), analysis, context }
}

/** Creates `auth.execute`. */
export function createExecute<S extends string, C, Context>(auth: Parts<S, C, Context>) {
  return async (args: AuthExecutionArgs<S, C, Context>): Promise<ExecutionResult> => {
    const ran = await runChecked(auth, args, execute)
    return 'refused' in ran ? ran.refused : auth.finish(ran.result, ran.analysis, ran.context)
  }
}

/** Creates `auth.subscribe`. */
export function createSubscribe<S extends string, C, Context>(auth: Parts<S, C, Context>) {
  return async (
    args: AuthExecutionArgs<S, C, Context>,
  ): Promise<ExecutionResult | AsyncIterableIterator<ExecutionResult>> => {
    const ran = await runChecked(auth, args, subscribe)
    if ('refused' in ran) return ran.refused
    const { result, analysis, context } = ran
    return Symbol.asyncIterator in result ? mapStream(result, (event) => auth.finish(event, analysis, context)) : result
  }
}
