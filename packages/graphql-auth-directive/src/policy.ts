/** Policies: what a scope can't say. Their helpers declare what they read, and with that when they are asked. */
import type { AccessTokenType, VerifiedAccessToken } from '@scopewise/token-core'

/** A value or a promise of it. */
export type Awaitable<T> = T | Promise<T>

/** The arguments of a field, coerced, with defaults. */
export type FieldArguments = Readonly<Record<string, unknown>>

/** What every policy is told. */
export interface Asked<C, S extends string, Context> {
  readonly token: VerifiedAccessToken<C, S>
  readonly context: Context
}

/** What a policy of a field is told. */
export interface AskedField<C, S extends string, Context, A> extends Asked<C, S, Context> {
  readonly args: A
  /** The coordinate of the field that is selected, such as `Mutation.deleteNote`. */
  readonly element: string
}

/** What a policy of an object is told. */
export interface AskedObject<C, S extends string, Context, A, P> extends AskedField<C, S, Context, A> {
  /** The object whose field is about to be resolved. */
  readonly parent: P
}

/** When a policy is asked. */
export type PolicyKind = 'operation' | 'field' | 'object'

/** A registered predicate. Create it with the helpers that `createAuth({ policies })` hands in. */
export interface Policy<C, S extends string, Context> {
  readonly '~scopewise': 'policy'
  readonly kind: PolicyKind
  /** Asks; the answer counts only if it is `true`. What it is told depends on `kind`. */
  readonly ask: (question: Question) => unknown
  readonly types?: (claims: C, scope: S, context: Context) => void
}

/**
 * Helpers that know claims, scopes and context. A policy must answer exactly `true`; anything else, a throw or a
 * timeout denies. A policy is asked only with a verified token and after the scopes were found sufficient.
 */
export interface PolicyHelpers<C, S extends string, Context> {
  /** Asked once per operation, before the first resolver. Reads neither arguments nor objects. */
  operation(ask: (asked: Asked<C, S, Context>) => Awaitable<boolean>): Policy<C, S, Context>
  /** Asked once per field node and its arguments, before the first resolver of the whole operation. */
  field<A = FieldArguments>(ask: (asked: AskedField<C, S, Context, A>) => Awaitable<boolean>): Policy<C, S, Context>
  /** Asked for each object whose field is resolved, while the operation runs. */
  object<P, A = FieldArguments>(
    ask: (asked: AskedObject<C, S, Context, A, P>) => Awaitable<boolean>,
  ): Policy<C, S, Context>
}

/** The helpers for a token type and the context of your server: annotate the parameter of `policies` with it. */
export type PolicyHelpersFor<T, Context> =
  T extends AccessTokenType<infer S, infer C> ? PolicyHelpers<C, S, Context> : never

/** A verified token whose claims and scopes are of no interest to the machinery. */
export type AnyToken = VerifiedAccessToken<unknown, string>

/** All that a policy may be told; each kind gets its part. */
export interface Question {
  readonly token: AnyToken
  readonly context: unknown
  readonly args?: FieldArguments
  readonly element?: string
  readonly parent?: unknown
}

/** A policy whose types were erased. */
export type AnyPolicy = Pick<Policy<unknown, string, unknown>, 'kind' | 'ask'>

function definePolicy(kind: PolicyKind, ask: (question: never) => unknown): Policy<never, never, never> {
  // The author's function is typed by its helper; what it is told at run time is made to fit `kind`.
  return Object.freeze({ '~scopewise': 'policy', kind, ask: ask as (question: Question) => unknown })
}

/** The helpers. They hold no state, so there is one set for everybody. */
export const policyHelpers = {
  operation: (ask: (question: never) => unknown) => definePolicy('operation', ask),
  field: (ask: (question: never) => unknown) => definePolicy('field', ask),
  object: (ask: (question: never) => unknown) => definePolicy('object', ask),
}
