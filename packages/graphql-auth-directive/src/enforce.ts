/** The second line: protected fields of a schema refuse to run in an operation that was not checked. */
import {
  defaultFieldResolver,
  type ExecutionResult,
  GraphQLError,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type OperationDefinitionNode,
} from 'graphql'
import type { FieldEntry, SchemaIndex } from './collect/schema-index.js'
import { type Answered, allOf, askGuard, fieldKey } from './decide/policies.js'
import { isRuleMet } from './decide/scopes.js'
import type { Rule } from './directive.js'
import { AuthDirectiveError, SHARED_CONTEXT } from './errors.js'
import type { AnyPolicy, AnyToken, Awaitable } from './policy.js'

/** What an operation was allowed, for one context. */
export interface Permit {
  readonly operation: OperationDefinitionNode
  readonly token: AnyToken | undefined
  /** The closure of the granted scopes. */
  readonly held: ReadonlySet<string> | undefined
  readonly answered: Answered
  /** Denials of guards, since they were last taken. */
  readonly denials: GraphQLError[]
  /** Per protected field whether the token covers it; filled as fields are reached. */
  readonly covered: (boolean | undefined)[]
  /** Another operation with the same context. */
  next: Permit | undefined
}

/** Permits by context. Weak: they end with the request. */
export interface Permits {
  find(context: unknown, operation: OperationDefinitionNode): Permit | undefined
  /** @throws {AuthDirectiveError} shared_context when the context already serves this operation for another token */
  grant(context: object, permit: Permit): void
  /** Takes back what this token was allowed; what another one was allowed stays, for `grant` to complain about. */
  revoke(context: object, operation: OperationDefinitionNode, token: AnyToken | undefined): void
}

/** Creates an empty register of permits. */
export function createPermits(): Permits {
  const permits = new WeakMap<object, Permit>()
  const find: Permits['find'] = (context, operation) => {
    if (typeof context !== 'object' || context === null) return undefined
    let permit = permits.get(context)
    while (permit !== undefined && permit.operation !== operation) permit = permit.next
    return permit
  }
  const revoke: Permits['revoke'] = (context, operation, token) => {
    const kept: Permit[] = []
    for (let permit = permits.get(context); permit; permit = permit.next)
      if (permit.operation !== operation || permit.token !== token) kept.push(permit)
    permits.delete(context)
    for (const permit of kept) permits.set(context, Object.assign(permit, { next: permits.get(context) }))
  }
  return {
    find,
    revoke,
    grant(context, permit) {
      if (find(context, permit.operation)) throw new AuthDirectiveError('shared_context', SHARED_CONTEXT)
      permits.set(context, Object.assign(permit, { next: permits.get(context) }))
    },
  }
}

/** What enforcement needs. */
export interface Enforcement {
  readonly permits: Permits
  readonly policies: ReadonlyMap<string, AnyPolicy>
  /** Seconds. */
  readonly timeout: number
  /** Resolvers that were wrapped here, with what they were and demand. */
  readonly wrapped: WeakMap<WeakKey, Wrapped>
  /** Hands out the places in `Permit.covered`. */
  readonly nextSlot: () => number
}

/** What a wrapped resolver was made from. */
export interface Wrapped {
  readonly original: Resolver | undefined
  readonly rules: readonly Rule[]
}

type Resolver = GraphQLFieldResolver<unknown, unknown>

/** Wraps `resolve` and `subscribe` of each field with rules, in place. A field without rules is left alone. */
export function enforceIndex({ schema, types }: SchemaIndex, enforcement: Enforcement): void {
  const subscription = schema.getSubscriptionType()?.name
  for (const type of types.values())
    for (const entry of type.fields.values()) {
      if (entry.rules.length === 0) continue
      const door = doorOf(entry, enforcement)
      wrapResolve(door, enforcement)
      if (type.name === subscription) wrapSubscribe(door, enforcement)
    }
}

/** What stands before a resolver. */
interface Door {
  readonly entry: FieldEntry
  readonly slot: number
  /** The policies that must have been asked before. */
  readonly asked: readonly { readonly name: string; readonly kind: AnyPolicy['kind'] }[]
}

function doorOf(entry: FieldEntry, { policies, nextSlot }: Enforcement): Door {
  const names = new Set(entry.rules.flatMap((rule) => rule.policies))
  const asked = [...names].flatMap((name) => {
    const kind = policies.get(name)?.kind
    return kind && kind !== 'object' ? [{ name, kind }] : []
  })
  return { entry, slot: nextSlot(), asked }
}

function wrapResolve(door: Door, enforcement: Enforcement): void {
  const { entry } = door
  const field: GraphQLField<unknown, unknown> = entry.field
  const original = unwrap(field.resolve, enforcement)
  const resolve = original ?? defaultFieldResolver
  const names = entry.ownRules.flatMap(({ policies }) => policies)
  const guards = [...new Set(names)].flatMap((name) => enforcement.policies.get(name) ?? []).filter(isGuard)
  const checked: Resolver = (source, args, context, info) => {
    admit(door, context, info, enforcement.permits)
    return resolve(source, args, context, info)
  }
  const guarded: Resolver = (source, args, context, info) => {
    const permit = admit(door, context, info, enforcement.permits)
    const { token } = permit
    if (!token) throw denyField(entry, permit)
    const verdict = askAll(guards, (guard) =>
      askGuard(guard, { token, context, args, element: entry.coordinate, parent: source }, enforcement.timeout),
    )
    const proceed = (isAllowed: boolean): unknown => {
      if (!isAllowed) throw denyField(entry, permit)
      return resolve(source, args, context, info)
    }
    return typeof verdict === 'boolean' ? proceed(verdict) : verdict.then(proceed)
  }
  field.resolve = guards.length > 0 ? guarded : checked
  enforcement.wrapped.set(field.resolve, { original, rules: entry.ownRules })
}

function wrapSubscribe(door: Door, enforcement: Enforcement): void {
  const { entry } = door
  const field: GraphQLField<unknown, unknown> = entry.field
  const original = unwrap(field.subscribe, enforcement)
  const subscribe = original ?? defaultFieldResolver
  field.subscribe = (source, args, context, info) => {
    admit(door, context, info, enforcement.permits)
    return subscribe(source, args, context, info)
  }
  enforcement.wrapped.set(field.subscribe, { original, rules: entry.ownRules })
}

function unwrap(resolver: Resolver | undefined | null, { wrapped }: Enforcement): Resolver | undefined {
  if (!resolver) return undefined
  const known = wrapped.get(resolver)
  return known ? known.original : resolver
}

const isGuard = ({ kind }: AnyPolicy): boolean => kind === 'object'

/** Lets a field of a checked operation pass. Its own scopes are looked at once more, once per operation. */
function admit({ entry, slot, asked }: Door, context: unknown, info: GraphQLResolveInfo, permits: Permits): Permit {
  const permit = permits.find(context, info.operation)
  if (permit === undefined) throw unchecked(entry)
  const { covered } = permit
  if (covered[slot] === undefined) covered[slot] = isCovered(entry, permit)
  if (covered[slot] !== true) throw unchecked(entry)
  if (asked.length > 0 && !isAnswered(asked, entry, permit, info)) throw unchecked(entry)
  return permit
}

function isCovered({ rules }: FieldEntry, { held }: Permit): boolean {
  return held !== undefined && rules.every((rule) => isRuleMet(rule, held))
}

/** Whether the policies of this field were asked for the very nodes that are being resolved. */
function isAnswered(
  asked: Door['asked'],
  entry: FieldEntry,
  { answered }: Permit,
  { fieldNodes }: GraphQLResolveInfo,
): boolean {
  return asked.every(({ name, kind }) =>
    kind === 'operation'
      ? answered.operation.has(name)
      : fieldNodes.every((node) => answered.fields.get(node)?.has(fieldKey(name, entry))),
  )
}

function unchecked({ coordinate }: FieldEntry): GraphQLError {
  return new GraphQLError(
    `${coordinate} is protected, and this operation was not checked for it. Add useAuth() to the server, or call auth.check() with this context first.`,
    { extensions: { code: 'FORBIDDEN', element: coordinate } },
  )
}

function denyField({ coordinate }: FieldEntry, permit: Permit): GraphQLError {
  const error = new GraphQLError('This field is not allowed.', {
    extensions: { code: 'FORBIDDEN', element: coordinate, requiredScopes: [], missingScopes: [] },
  })
  permit.denials.push(error)
  return error
}

function askAll(guards: readonly AnyPolicy[], ask: (guard: AnyPolicy) => Awaitable<boolean>): Awaitable<boolean> {
  const verdicts: Awaitable<boolean>[] = []
  for (const guard of guards) {
    const verdict = ask(guard)
    if (verdict === false) return false
    verdicts.push(verdict)
  }
  if (verdicts.every((verdict) => verdict === true)) return true
  return allOf(verdicts).then((settled) => settled.every(Boolean))
}

/** Takes the denials of guards since the last time, and discards the data that came with them. GraphQL §7.1.2. */
export function discardDenied(
  result: ExecutionResult,
  { operation }: OperationDefinitionNode,
  permit: Permit | undefined,
): ExecutionResult {
  const denials = permit?.denials.splice(0) ?? []
  if (denials.length === 0 || operation === 'mutation') return result
  const errors = result.errors ?? []
  // Of several failing fields under one non-null field graphql reports one: a denial is reported all the same.
  const isReported = errors.some((error) =>
    denials.some((denial) => denial === error || denial === error.originalError),
  )
  return { ...result, data: null, errors: isReported ? errors : [...errors, ...denials.slice(0, 1)] }
}
