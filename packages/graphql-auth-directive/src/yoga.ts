/**
 * The plugin for GraphQL Yoga.
 * @see https://the-guild.dev/graphql/yoga-server
 */
import type { VerifiedAccessToken, Verifier } from '@scopewise/token-core'
import type { ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import type { Auth } from './auth.js'
import type { ChallengeOptions } from './decide/denial.js'
import type { Awaitable } from './policy.js'
import { answerTokenError } from './serve/answers.js'
import { createIdentities, type Identity, offeredTo, tokenOf } from './serve/authentication.js'
import { challengeOfBatch, type Denials } from './serve/batch.js'
import { type Clock, systemClock } from './serve/expiry.js'
import { type Admission, createGate, type Passage } from './serve/gate.js'
import { createLifecycle, type OnRevoke, recheck } from './serve/lifecycle.js'

export type { Clock } from './serve/expiry.js'
export type { OnRevoke } from './serve/lifecycle.js'

/** What the plugin adds to the context. */
export interface AuthContext<S extends string, C> {
  /** The verified token of the request; undefined without one, and where keys were unavailable. */
  readonly token?: VerifiedAccessToken<C, S> | undefined
}

/** What {@link useAuth} takes. */
export interface UseAuthOptions<S extends string, C, Context> {
  readonly auth: Auth<S, C, Context>
  readonly verifier: Verifier<NoInfer<S>, NoInfer<C>>
  /** Decides when streams end. @default the clock of the machine */
  readonly clock?: Clock
  /** Ends the streams of a token that is revoked. @default streams end with their token only */
  readonly onRevoke?: OnRevoke<S, C>
}

/**
 * Authenticates each request, checks each operation before it starts, and puts `token` into the context.
 * A token that was presented and fails answers 401 whatever is asked; an operation that lacks a token answers 401 and
 * one that lacks scope 403, both with the challenge of RFC 6750. Streams end when their token expires.
 * Not checked: limits on the number of operations in a batch, and CSRF, which are Yoga's.
 */
export function useAuth<S extends string, C, Context>(
  options: UseAuthOptions<S, C, Context>,
): Plugin<AuthContext<S, C>> {
  const { auth, verifier, clock = systemClock, onRevoke } = options
  const identities = createIdentities(verifier)
  const identityOf = identities.of
  const denials: Denials = new WeakMap()
  const refusals = new WeakMap<Request, GraphQLError>()
  const challenges = new WeakMap<Request, string>()
  const offers = new WeakMap<Request, ChallengeOptions>()
  const gate = createGate({ auth, denials, identityOf })
  const lifecycle = createLifecycle({ auth, clock, onRevoke, identityOf })
  return {
    onSchemaChange({ schema }) {
      auth.apply(schema)
    },
    async onParams({ request, context, setResult }) {
      const identity = await identities.identify(request, context)
      Object.assign(context, { token: tokenOf(identity) })
      offers.set(request, offeredTo(identity))
      if (identity.kind !== 'refused') return
      const error = answerTokenError(identity.error)
      refusals.set(request, error)
      setResult({ errors: [error] })
    },
    onContextBuilding({ context, extendContext }) {
      const extend = (identity: Identity<S, C>) => extendContext({ token: tokenOrThrow(identity) })
      if (identities.has(context)) return extend(identities.of(context))
      // Operations that come over something else than HTTP parameters were not seen by onParams.
      return identities.identify(context.request, context).then(extend)
    },
    onExecute({ args, executeFn, setExecuteFn, setResultAndStopExecution }) {
      return whenLetIn(gate(args), setResultAndStopExecution, ({ analysis, args: admitted, challenge: text }) => {
        if (text !== undefined) challenges.set(args.contextValue.request, text)
        setExecuteFn(recheck(args, admitted, executeFn, gate))
        return { onExecuteDone: (done) => lifecycle(analysis, args.contextValue, done) }
      })
    },
    onSubscribe({ args, subscribeFn, setSubscribeFn, setResultAndStopExecution }) {
      return whenLetIn(gate(args), setResultAndStopExecution, ({ analysis, args: admitted }) => {
        setSubscribeFn(recheck(args, admitted, subscribeFn, gate))
        return { onSubscribeResult: (done) => lifecycle(analysis, args.contextValue, done) }
      })
    },
    onResultProcess({ request, result, setResult }) {
      if (!Array.isArray(result)) return
      const refused = refusals.get(request)
      // A bad token is about the request, not about an entry: one answer, with its status.
      if (refused) return setResult({ errors: [refused] })
      const union = challengeOfBatch(result, denials, offers.get(request) ?? {})
      if (union === undefined) challenges.delete(request)
      else challenges.set(request, union)
    },
    onResponse({ request, response }) {
      const text = challenges.get(request)
      if (text !== undefined) response.headers.set('www-authenticate', text)
    },
  }
}

/** The token that resolvers are shown. */
function tokenOrThrow<S extends string, C>(identity: Identity<S, C>): VerifiedAccessToken<C, S> | undefined {
  if (identity.kind === 'broken') throw identity.cause
  if (identity.kind === 'refused') throw answerTokenError(identity.error)
  return tokenOf(identity)
}

/** Stops the operation that is not let in; without policies all of this happens at once, without a promise. */
function whenLetIn<S extends string, H>(
  passage: Awaitable<Passage<S>>,
  stop: (result: ExecutionResult) => void,
  proceed: (admission: Admission<S>) => H,
): Awaitable<H | undefined> {
  const settle = (settled: Passage<S>): H | undefined => {
    if ('analysis' in settled) return proceed(settled)
    stop({ errors: [settled.error] })
    return undefined
  }
  return passage instanceof Promise ? passage.then(settle) : settle(passage)
}
