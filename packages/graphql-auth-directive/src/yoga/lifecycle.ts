/** What happens after an operation was let in: its final arguments, its results, and the end of its streams. */
import { bearerChallenge, formatChallenge } from '@scopewise/token-core/challenge'
import { type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql'
import type { Analysis } from '../analyze/analysis.js'
import type { Auth } from '../auth.js'
import type { Awaitable } from '../policy.js'
import { type Identity, tokenOf } from './authentication.js'
import { type Clock, endAt } from './expiry.js'
import type { Passage } from './gate.js'

/** A result, or a stream of results. */
export type Results = ExecutionResult | AsyncIterableIterator<ExecutionResult>

/** The hooks after execution, as far as both `execute` and `subscribe` have them. */
export interface Done {
  readonly result: Results
  readonly setResult: (result: Results) => void
}

/** Per value of a stream. */
export interface EachValue {
  onNext(payload: { readonly result: ExecutionResult; setResult(result: ExecutionResult): void }): void
}

/** What the hooks need. */
export interface LifecycleOptions<S extends string, C, Context> {
  readonly auth: Auth<S, C, Context>
  readonly clock: Clock
  readonly identityOf: (context: object) => Identity<S, C>
  readonly resourceMetadata: string | undefined
}

/** Looks at results before they leave: what a guard denied is discarded, and streams end with their token. */
export function createLifecycle<S extends string, C, Context>(options: LifecycleOptions<S, C, Context>) {
  const { auth, clock, identityOf, resourceMetadata } = options
  return (analysis: Analysis<S>, context: object, { result, setResult }: Done): EachValue | undefined => {
    const finish: EachValue['onNext'] = (payload) => {
      const finished = auth.finish(payload.result, analysis, context)
      if (finished !== payload.result) payload.setResult(asForbidden(finished))
    }
    if (!isStream(result)) {
      finish({ result, setResult })
      return undefined
    }
    const token = tokenOf(identityOf(context))
    if (token && (analysis.needsToken || analysis.isConditional))
      setResult(endAt(result, token.claims.exp, () => expired(resourceMetadata), clock))
    return { onNext: finish }
  }
}

/** Yoga takes the status from here, and takes it off again. */
function asForbidden(result: ExecutionResult): ExecutionResult {
  return { ...result, extensions: { ...result.extensions, http: { status: 403 } } }
}

function expired(resourceMetadata: string | undefined): ExecutionResult {
  const challenge = formatChallenge(bearerChallenge({ error: 'invalid_token', resourceMetadata }))
  const extensions = { code: 'UNAUTHENTICATED', challenge }
  return { errors: [new GraphQLError('The access token has expired.', { extensions })] }
}

const isStream = (result: Results): result is AsyncIterableIterator<ExecutionResult> => Symbol.asyncIterator in result

/**
 * Another plugin may change the arguments after they were checked, up to the very call. Then they are checked again:
 * what runs is what was decided about.
 */
export function recheck<S extends string>(
  checked: ExecutionArgs,
  run: (args: ExecutionArgs) => Awaitable<Results>,
  gate: (args: ExecutionArgs) => Awaitable<Passage<S>>,
): (args: ExecutionArgs) => Awaitable<Results> {
  const { schema, document, operationName, variableValues, contextValue } = checked
  return (args) => {
    const isSame =
      args.schema === schema &&
      args.document === document &&
      args.operationName === operationName &&
      args.variableValues === variableValues &&
      args.contextValue === contextValue
    if (isSame) return run(args)
    const proceed = (passage: Passage<S>) => ('error' in passage ? { errors: [passage.error] } : run(args))
    const passage = gate(args)
    return passage instanceof Promise ? passage.then(proceed) : proceed(passage)
  }
}
