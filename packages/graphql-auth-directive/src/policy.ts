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

/** What a policy of many objects is told. */
export interface AskedObjects<C, S extends string, Context, A, P> extends AskedField<C, S, Context, A> {
  /** The objects whose field is about to be resolved, in the order in which they came up. */
  readonly parents: readonly P[]
}

/** When a policy is asked. */
export type PolicyKind = 'operation' | 'field' | 'object'

/** A registered predicate. Create it with the helpers that `createAuth({ policies })` hands in. */
export interface Policy<C, S extends string, Context> {
  readonly '~scopewise': 'policy'
  readonly kind: PolicyKind
  /** Whether it is asked about many objects at once, and answers a list. */
  readonly isBatched: boolean
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
  /**
   * The same for many objects at once: asked once per tick for all objects of a field node, and answers a list of the
   * same length and order. A list of another length, and anything that is no list, denies all of them.
   */
  objects<P, A = FieldArguments>(
    ask: (asked: AskedObjects<C, S, Context, A, P>) => Awaitable<readonly boolean[]>,
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
  readonly parents?: readonly unknown[]
}

/** A policy whose types were erased. */
export interface AnyPolicy extends Pick<Policy<unknown, string, unknown>, 'kind' | 'isBatched' | 'ask'> {
  /** Of one that stands for alternatives: the names of the others. */
  readonly alternatives?: readonly (readonly string[])[]
}

function definePolicy(
  kind: PolicyKind,
  ask: (question: never) => unknown,
  isBatched = false,
): Policy<never, never, never> {
  // The author's function is typed by its helper; what it is told at run time is made to fit `kind`.
  return Object.freeze({ '~scopewise': 'policy', kind, isBatched, ask: ask as (question: Question) => unknown })
}

/** The helpers. They hold no state, so there is one set for everybody. */
export const policyHelpers = {
  operation: (ask: (question: never) => unknown) => definePolicy('operation', ask),
  field: (ask: (question: never) => unknown) => definePolicy('field', ask),
  object: (ask: (question: never) => unknown) => definePolicy('object', ask),
  objects: (ask: (question: never) => unknown) => definePolicy('object', ask, true),
}

/**
 * Gives a name to alternatives of policies, of which each is a list that must hold as a whole: `a & b | c`. Directives
 * name it like any other policy. With a member that is not registered it is not registered either.
 */
export function nameAlternatives(
  alternatives: readonly (readonly string[])[],
  registered: Map<string, AnyPolicy>,
): string {
  const name = alternatives.map((names) => names.join(' & ')).join(' | ')
  const members = alternatives.map((names) => names.flatMap((member) => registered.get(member) ?? []))
  const isKnown = alternatives.every((names, at) => names.length === members[at]?.length)
  if (isKnown && !registered.has(name)) registered.set(name, { ...eitherOf(members), alternatives })
  return name
}

/** Asked when the most demanding of its members can be. */
function eitherOf(alternatives: readonly (readonly AnyPolicy[])[]): AnyPolicy {
  const kinds = new Set(alternatives.flat().map(({ kind }) => kind))
  const kind = (['object', 'field'] as const).find((one) => kinds.has(one)) ?? 'operation'
  const holds = async (policy: AnyPolicy, question: Question): Promise<boolean> => {
    try {
      if (!policy.isBatched) return (await policy.ask(question)) === true
      const answer = await policy.ask({ ...question, parents: [question.parent] })
      return Array.isArray(answer) && answer.length === 1 && answer[0] === true
    } catch {
      return false
    }
  }
  const ask = async (question: Question): Promise<boolean> => {
    const verdicts = alternatives.map((all) => Promise.all(all.map((policy) => holds(policy, question))))
    return (await Promise.all(verdicts)).some((all) => all.every(Boolean))
  }
  return { kind, isBatched: false, ask }
}
