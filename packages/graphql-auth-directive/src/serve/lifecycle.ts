/** What happens after an operation was let in: its final arguments, its results, and the end of its streams. */
import type { VerifiedAccessToken } from '@scopewise/token-core'
import { formatChallenge } from '@scopewise/token-core/challenge'
import { type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql'
import type { Analysis } from '../analyze/analysis.js'
import type { Auth } from '../auth.js'
import { type ChallengeOptions, writeChallenges } from '../decide/denial.js'
import type { Awaitable } from '../policy.js'
import { type Identity, offeredTo, tokenOf } from './authentication.js'
import { type Arm, armAt, type Clock, endWhen } from './expiry.js'
import type { Passage } from './gate.js'

/** A result, or a stream of results. */
export type Results = ExecutionResult | AsyncIterableIterator<ExecutionResult>

/** The hooks after execution, as far as both `execute` and `subscribe` have them. */
interface Done {
  readonly result: Results
  readonly setResult: (result: Results) => void
}

/** Per value of a stream. */
interface EachValue {
  onNext(payload: { readonly result: ExecutionResult; setResult(result: ExecutionResult): void }): void
}

/**
 * Calls `end` when a token is revoked, and answers how to stop listening. Your own signal: a message queue, a poll of
 * revoked `jti` or `grant_id`.
 */
export type OnRevoke<S extends string, C> = (token: VerifiedAccessToken<C, S>, end: () => void) => () => void

/** What streams end by. */
export interface StreamOptions<S extends string, C> {
  readonly clock: Clock
  readonly onRevoke: OnRevoke<S, C> | undefined
}

/** What the hooks need. */
interface LifecycleOptions<S extends string, C, Context> extends StreamOptions<S, C> {
  readonly auth: Auth<S, C, Context>
  readonly identityOf: (context: object) => Identity<S, C>
}

/** Looks at results before they leave: what a guard denied is discarded, and streams end with their token. */
export function createLifecycle<S extends string, C, Context>(options: LifecycleOptions<S, C, Context>) {
  const { auth, identityOf } = options
  return (analysis: Analysis<S>, context: object, { result, setResult }: Done): EachValue | undefined => {
    const finish: EachValue['onNext'] = (payload) => {
      const finished = auth.finish(payload.result, analysis, context)
      if (finished === payload.result) return
      payload.setResult(finished.data === null ? withStatus(finished) : finished)
    }
    if (!isStream(result)) {
      finish({ result, setResult })
      return undefined
    }
    const ended = endWithToken(result, analysis, identityOf(context), options)
    if (ended !== result) setResult(ended)
    return { onNext: finish }
  }
}

/** Ends a stream at the expiry of its token, when its sign-in is too old, or when the token is revoked. */
export function endWithToken<S extends string, C>(
  stream: AsyncIterableIterator<ExecutionResult>,
  analysis: Analysis<S>,
  identity: Identity<S, C>,
  { clock, onRevoke }: StreamOptions<S, C>,
): AsyncIterableIterator<ExecutionResult> {
  const token = tokenOf(identity)
  const challenge = offeredTo(identity)
  if (!token || !(analysis.needsToken || analysis.isConditional || analysis.hasGuards)) return stream
  const { exp, auth_time: authTime } = token.claims
  const { maxAge } = analysis.authentication
  const tooOld = maxAge === undefined || authTime === undefined ? Number.POSITIVE_INFINITY : authTime + maxAge
  const arm: Arm<ExecutionResult> = (end) => {
    const last =
      tooOld < exp
        ? () => endOf('The sign-in is too old.', 'insufficient_user_authentication', challenge, maxAge)
        : () => endOf('The access token has expired.', 'invalid_token', challenge)
    const disarm = armAt(Math.min(exp, tooOld), last, clock)(end)
    const forget = onRevoke?.(token, () => end(endOf('The access token has been revoked.', 'invalid_token', challenge)))
    return () => {
      disarm()
      forget?.()
    }
  }
  return endWhen(stream, arm)
}

function endOf(message: string, error: string, options: ChallengeOptions, maxAge?: number): ExecutionResult {
  const challenge = formatChallenge(writeChallenges({ error, maxAge }, options))
  return { errors: [new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED', challenge } })] }
}

/** Yoga takes the status from here, and takes it off again. */
function withStatus(result: ExecutionResult): ExecutionResult {
  const codes = result.errors?.map(({ extensions }) => extensions['code']) ?? []
  const status = codes.includes('UNAUTHENTICATED') ? 401 : 403
  return { ...result, extensions: { ...result.extensions, http: { status } } }
}

/** Tells a stream from a result. */
export const isStream = (result: object): result is AsyncIterableIterator<ExecutionResult> =>
  Symbol.asyncIterator in result

/**
 * Another plugin may change the arguments after they were checked, up to the very call. Then they are checked again:
 * what runs is what was decided about.
 */
export function recheck<S extends string>(
  checked: ExecutionArgs,
  admitted: ExecutionArgs,
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
    if (isSame) return run(admitted === checked ? args : { ...args, schema: admitted.schema })
    const proceed = (passage: Passage<S>) => ('error' in passage ? { errors: [passage.error] } : run(passage.args))
    const passage = gate(args)
    return passage instanceof Promise ? passage.then(proceed) : proceed(passage)
  }
}
