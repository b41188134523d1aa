/** The second line: protected fields of a schema refuse to run in an operation that was not checked. */
import {
  defaultFieldResolver,
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
} from 'graphql'
import { supplyOf } from './analyze/graph.js'
import { recordOf } from './analyze/variables.js'
import type { FieldEntry, SchemaIndex } from './collect/schema-index.js'
import { toGraphQLError } from './decide/denial.js'
import { isRuleMet } from './decide/holder.js'
import { fieldKey } from './decide/policies.js'
import { refuseRules } from './decide/refuse.js'
import type { Rule } from './directive.js'
import { createScreen, type Screen } from './enforce/enum-output.js'
import { askGuards } from './enforce/guards.js'
import type { Permit, Permits } from './enforce/permits.js'
import { isSame } from './enforce/same.js'
import type { Settings } from './options.js'
import type { AnyPolicy } from './policy.js'

/** What enforcement needs. */
export interface Enforcement
  extends Pick<Settings, 'policies' | 'policyTimeout' | 'now' | 'mode' | 'isRuntime' | 'isHidden'> {
  readonly permits: Permits
  /** Resolvers that were wrapped here, with what they were and demand. */
  readonly wrapped: WeakMap<WeakKey, Wrapped>
}

/** What a wrapped resolver was made from. */
export interface Wrapped {
  readonly original: Resolver | undefined
  readonly rules: readonly Rule[]
}

type Resolver = GraphQLFieldResolver<unknown, unknown>

/** Wraps `resolve` and `subscribe` of each field that demands something, in place. All others are left alone. */
export function enforceIndex(index: SchemaIndex, enforcement: Enforcement): void {
  const subscription = index.schema.getSubscriptionType()?.name
  const siblings = siblingsOf(index, enforcement)
  for (const type of index.types.values())
    for (const entry of type.fields.values()) {
      const { rules, guardedArguments, enumOutput } = entry
      if (rules.length === 0 && guardedArguments.size === 0 && !enumOutput && !siblings.has(entry)) continue
      const door = doorOf(entry, index, enforcement)
      wrapResolve(door, enforcement)
      if (type.name === subscription) wrapSubscribe(door, enforcement)
    }
}

/**
 * Fields that demand nothing but stand beside one that does: a field of an interface is denied for all objects when
 * it is for one, since which object turns up is not known before. Only where single fields are denied.
 */
function siblingsOf({ possible }: SchemaIndex, { mode, isRuntime }: Enforcement): ReadonlySet<FieldEntry> {
  const found = new Set<FieldEntry>()
  if (mode !== 'null' || isRuntime) return found
  for (const members of possible.values()) {
    const guarded = new Set(
      members.flatMap(({ fields }) =>
        [...fields].flatMap(([name, { rules, guardedArguments }]) =>
          rules.length > 0 || guardedArguments.size > 0 ? [name] : [],
        ),
      ),
    )
    for (const name of guarded)
      for (const { fields } of members) for (const one of [fields.get(name)]) if (one) found.add(one)
  }
  return found
}

/** What stands before a resolver. */
interface Door {
  readonly entry: FieldEntry
  readonly index: SchemaIndex
  /** The policies that must have been asked before. */
  readonly asked: readonly { readonly name: string; readonly kind: AnyPolicy['kind'] }[]
  /** Whether the decision may have depended on variables. */
  readonly dependsOnVariables: boolean
  readonly enforcement: Enforcement
  /** The mark of the last operation whose rules hold all of this field. */
  cleared: object | undefined
  /** Whether a node supplies inputs that charge something, or may. */
  supplies: WeakMap<FieldNode, boolean> | undefined
}

function doorOf(entry: FieldEntry, index: SchemaIndex, enforcement: Enforcement): Door {
  const { policies } = enforcement
  const asked = policyNames(entry.rules).flatMap((name) => {
    const kind = policies.get(name)?.kind
    return kind && kind !== 'object' ? [{ name, kind }] : []
  })
  const dependsOnVariables = entry.guardedArguments.size > 0 || asked.some(({ kind }) => kind === 'field')
  return { entry, index, asked, dependsOnVariables, enforcement, cleared: undefined, supplies: undefined }
}

function wrapResolve(door: Door, enforcement: Enforcement): void {
  const { entry } = door
  const field: GraphQLField<unknown, unknown> = entry.field
  const original = unwrap(field.resolve, enforcement)
  const resolve = original ?? defaultFieldResolver
  const guards = guardsOf(entry, enforcement)
  field.resolve =
    guards.length > 0 || entry.enumOutput
      ? watching(door, resolve, guards)
      : checking(door, resolve, enforcement.permits)
  enforcement.wrapped.set(field.resolve, { original, rules: entry.ownRules })
}

/** What was decided before needs no more than a look while it runs. */
function checking(door: Door, resolve: Resolver, permits: Permits): Resolver {
  return (source, args, context, info) => {
    const permit = permits.find(context, info.operation)
    if (permit === undefined || !isDecided(door, permit)) admit(door, permit, info)
    return resolve(source, args, context, info)
  }
}

/** Asks guards before, and looks at values of enum types after. */
function watching(door: Door, resolve: Resolver, guards: readonly AnyPolicy[]): Resolver {
  const { entry, enforcement } = door
  const screen = entry.enumOutput && createScreen(entry.field.type, entry.enumOutput)
  return (source, args, context, info) => {
    const permit = admit(door, enforcement.permits.find(context, info.operation), info)
    const proceed = (isAllowed: boolean): unknown => {
      if (!isAllowed) denyField(door, permit, { reason: 'policy', rules: entry.ownRules })
      return look(screen, resolve(source, args, context, info), door, permit)
    }
    if (guards.length === 0) return proceed(true)
    if (!permit?.token) return proceed(false)
    const question = { token: permit.token, context, args, element: entry.coordinate, parent: source }
    const verdict = askGuards(guards, question, info.fieldNodes[0], permit.batches, enforcement.policyTimeout)
    return typeof verdict === 'boolean' ? proceed(verdict) : verdict.then(proceed)
  }
}

function guardsOf({ ownRules }: FieldEntry, { policies }: Enforcement): readonly AnyPolicy[] {
  return policyNames(ownRules)
    .flatMap((name) => policies.get(name) ?? [])
    .filter(({ kind }) => kind === 'object')
}

function policyNames(rules: readonly Rule[]): readonly string[] {
  if (rules.every(({ policies }) => policies.length === 0)) return NO_NAMES
  return [...new Set(rules.flatMap(({ policies }) => policies))]
}

const NO_NAMES: readonly string[] = []

function wrapSubscribe(door: Door, enforcement: Enforcement): void {
  const { entry } = door
  const field: GraphQLField<unknown, unknown> = entry.field
  const original = unwrap(field.subscribe, enforcement)
  const subscribe = original ?? defaultFieldResolver
  field.subscribe = (source, args, context, info) => {
    admit(door, enforcement.permits.find(context, info.operation), info)
    return subscribe(source, args, context, info)
  }
  enforcement.wrapped.set(field.subscribe, { original, rules: entry.ownRules })
}

function unwrap(resolver: Resolver | undefined | null, { wrapped }: Enforcement): Resolver | undefined {
  if (!resolver) return undefined
  const known = wrapped.get(resolver)
  return known ? known.original : resolver
}

/**
 * Lets a field of a checked operation pass. Its own demands are looked at once more, once per operation. Answers the
 * permit; none for what anybody may have.
 */
function admit(door: Door, permit: Permit | undefined, info: GraphQLResolveInfo): Permit | undefined {
  const { entry } = door
  if (permit === undefined) {
    if (entry.rules.length > 0 || info.fieldNodes.some((node) => isSupplying(door, node))) throw unchecked(entry)
    return undefined
  }
  if (permit.denied.size > 0) {
    const denial = info.fieldNodes.map((node) => permit.denied.get(node)).find(Boolean)
    if (denial) {
      if (permit.isDry) return permit
      throw toGraphQLError({ ...denial, path: [] })
    }
  }
  if (isCleared(door, permit, info)) return permit
  if (!permit.isDry && !permit.hasGuards) throw unchecked(entry)
  denyField(door, permit, { reason: undefined, rules: entry.rules })
  return permit
}

/** Whether all that this field demands was decided about, and met, before the operation began. */
function isDecided(door: Door, { met, mark }: Permit): boolean {
  if (door.cleared === mark) return true
  if (met === undefined || door.asked.length > 0 || door.dependsOnVariables) return false
  for (const rule of door.entry.rules) if (!met.has(rule)) return false
  door.cleared = mark
  return true
}

function isCleared(door: Door, permit: Permit, info: GraphQLResolveInfo): boolean {
  const { entry, asked } = door
  if (!entry.rules.every((rule) => isMetNow(rule, permit, door.enforcement))) return false
  if (asked.length > 0 && !isAnswered(asked, entry, permit, info)) return false
  return !door.dependsOnVariables || runsAsChecked(permit, info)
}

function isMetNow(rule: Rule, { holder, verdicts }: Permit, { now }: Enforcement): boolean {
  const known = verdicts.get(rule)
  if (known !== undefined) return known
  const isMet = holder !== undefined && isRuleMet(rule, holder, now())
  verdicts.set(rule, isMet)
  return isMet
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

/** Whether the operation runs with the variables that were decided about. */
function runsAsChecked(permit: Permit, { variableValues }: GraphQLResolveInfo): boolean {
  const { coerced } = permit
  if (coerced === undefined) return true
  if (coerced === null) return false
  if (permit.compared?.values !== variableValues)
    permit.compared = { values: variableValues, isSame: isSame(recordOf(coerced), recordOf(variableValues)) }
  return permit.compared.isSame
}

function isSupplying(door: Door, node: FieldNode): boolean {
  const { entry, index } = door
  if (entry.guardedArguments.size === 0) return false
  door.supplies ??= new WeakMap()
  const { supplies } = door
  const known = supplies.get(node)
  if (known !== undefined) return known
  const { rules, variables } = supplyOf(node, entry, index)
  const isOne = rules.length > 0 || variables.length > 0
  supplies.set(node, isOne)
  return isOne
}

/** Looks at a value of an enum type that came out. */
function look(screen: Screen | undefined, value: unknown, door: Door, permit: Permit | undefined): unknown {
  if (!screen) return value
  const now = door.enforcement.now()
  return screen(value, (rules) => {
    const holder = permit?.holder
    if (holder && rules.every((rule) => isRuleMet(rule, holder, now))) return undefined
    if (!permit) return unchecked(door.entry)
    return noteDenial(door, permit, { reason: undefined, rules })
  })
}

interface Cause {
  /** Absent: what the token lacks says it. */
  readonly reason: 'policy' | undefined
  readonly rules: readonly Rule[]
}

function denyField(door: Door, permit: Permit | undefined, cause: Cause): void {
  if (!permit) throw unchecked(door.entry)
  const error = noteDenial(door, permit, cause)
  if (error) throw error
}

/** Remembers a denial for the end of the operation. Undefined in mode `dryRun`, where nothing follows from it. */
function noteDenial({ entry, enforcement }: Door, permit: Permit, { reason, rules }: Cause): GraphQLError | undefined {
  const denial = refuseRules(rules, reason, entry.coordinate, permit.holder, enforcement.now())
  const error = toGraphQLError({ ...denial, isHidden: enforcement.isHidden })
  permit.denials.push(error)
  return permit.isDry ? undefined : error
}

function unchecked({ coordinate }: FieldEntry): GraphQLError {
  return new GraphQLError(
    `${coordinate} is protected, and this operation was not checked for it. Add useAuth() to the server, or call auth.check() with this context first.`,
    { extensions: { code: 'FORBIDDEN', element: coordinate } },
  )
}
