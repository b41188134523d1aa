/** For servers without a plugin of ours: `execute` and `subscribe` that know who asks, and check before they run. */
import type { PresentedRequest, Verifier } from '@scopewise/token-core'
import { type ExecutionArgs, type ExecutionResult, execute, type GraphQLError, subscribe } from 'graphql'
import { mapStream } from './auth/map-stream.js'
import type { Auth } from './auth.js'
import type { Awaitable } from './policy.js'
import { answerTokenError } from './serve/answers.js'
import { createIdentities, tokenOf } from './serve/authentication.js'
import { type Clock, systemClock } from './serve/expiry.js'
import { createGate } from './serve/gate.js'
import { createLifecycle, isStream, type OnRevoke, type Results } from './serve/lifecycle.js'

export { createDocuments, type Documents, type DocumentsOptions } from './serve/documents.js'

/** What {@link createExecutor} takes. */
export interface ExecutorOptions<S extends string, C, Context> {
  readonly auth: Auth<S, C, Context>
  readonly verifier: Verifier<NoInfer<S>, NoInfer<C>>
  /** Decides when streams end. @default the clock of the machine */
  readonly clock?: Clock
  /** Ends the streams of a token that is revoked. @default streams end with their token only */
  readonly onRevoke?: OnRevoke<S, C>
}

/** Authenticates, checks and runs. */
export interface Executor {
  /**
   * Authenticates a request, ties who asks to a context, one per request, and puts `token` into it. Answers the refusal if a token was
   * presented that is worth nothing: then answer that, whatever the request asks. Without this call nobody asks.
   */
  authenticate(request: PresentedRequest, context: object): Promise<ExecutionResult | undefined>
  /** In place of graphql's `execute`: a refused operation starts no resolver. `contextValue` is an object per request. */
  execute(args: ExecutionArgs): Awaitable<ExecutionResult>
  /** In place of graphql's `subscribe`. The stream ends when its token expires. */
  subscribe(args: ExecutionArgs): Promise<Results>
}

/**
 * Creates `execute` and `subscribe` for servers such as graphql-http. What they refuse carries its HTTP status and
 * headers in `extensions.http`; {@link httpAnswerOf} takes them out. Not checked: what the server itself does before,
 * such as validation.
 */
export function createExecutor<S extends string, C, Context>(options: ExecutorOptions<S, C, Context>): Executor {
  const { auth, verifier, clock = systemClock, onRevoke } = options
  const identities = createIdentities(verifier)
  const gate = createGate({ auth, denials: new WeakMap(), identityOf: identities.of })
  const lifecycle = createLifecycle({ auth, clock, onRevoke, identityOf: identities.of })

  const refusalOf = (context: object): ExecutionResult | undefined => {
    const identity = identities.of(context)
    if (identity.kind === 'broken') throw identity.cause
    return identity.kind === 'refused' ? { errors: [answerTokenError(identity.error)] } : undefined
  }
  const run = <R extends Results>(args: ExecutionArgs, start: (args: ExecutionArgs) => Awaitable<R>) => {
    // Both are typed as unknown by graphql; without an object there is nothing to tie a decision to.
    const context = args.contextValue as object
    const refusal = refusalOf(context)
    if (refusal) return refusal
    return then(gate(args), (passage) => {
      if ('error' in passage) return { errors: [passage.error] }
      return then(start(passage.args), (result): Results => {
        let last: Results = result
        const each = lifecycle(passage.analysis, context, { result, setResult: (changed) => (last = changed) })
        if (!each || !isStream(last)) return last
        return mapStream(last, (event) => {
          let finished = event
          each.onNext({ result: event, setResult: (changed) => (finished = changed) })
          return finished
        })
      })
    })
  }
  return {
    async authenticate(request, context) {
      Object.assign(context, { token: tokenOf(await identities.identify(request, context)) })
      return refusalOf(context)
    },
    // `execute` of graphql 16 and 17 answers one result, no stream.
    execute: (args) => run(args, execute) as Awaitable<ExecutionResult>,
    subscribe: async (args) => run<Results>(args, (all) => subscribe(all) as Promise<Results>),
  }
}

/** How to answer over HTTP. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The result without what is said by status and headers. */
  readonly result: ExecutionResult
}

/** Takes the HTTP status and headers out of a result; undefined if there are none: then the server answers as always. */
export function httpAnswerOf(result: ExecutionResult): HttpAnswer | undefined {
  const http = [result, ...(result.errors ?? [])].map(({ extensions }) => extensions?.['http']).find(isHttp)
  if (!http) return undefined
  const { extensions, ...rest } = result
  const others = withoutHttp(extensions ?? {})
  const errors = result.errors?.map(plainError)
  return {
    status: http.status,
    headers: http.headers ?? {},
    // Errors are written as JSON next: the type asks for more than is written.
    result: {
      ...rest,
      ...(errors && { errors: errors as readonly object[] as readonly GraphQLError[] }),
      ...(Object.keys(others).length > 0 && { extensions: others }),
    },
  }
}

interface Http {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
}

const isHttp = (value: unknown): value is Http =>
  typeof value === 'object' && value !== null && 'status' in value && typeof value.status === 'number'

const plainError = (error: GraphQLError) => ({ ...error.toJSON(), extensions: withoutHttp(error.extensions) })

function withoutHttp({ http: _, ...others }: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return others
}

const then = <T, U>(value: Awaitable<T>, next: (settled: T) => Awaitable<U>): Awaitable<U> =>
  value instanceof Promise ? value.then(next) : next(value)
