/** The index of a schema: what selecting each field and supplying each input demands. Built once per schema. */
import {
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isEnumType,
  isObjectType,
  isUnionType,
} from 'graphql'
import { bareRule } from '../directive/rule.js'
import type { Rule, Vocabulary } from '../directive.js'
import { AuthDirectiveError, type SchemaProblem } from '../errors.js'
import { type AbstractEntry, collectAbstract, definitionsOf, interfacesOf, outputRules, rulesOf } from './abstract.js'
import { type Applied, readApplied } from './applied.js'
import {
  collectInputs,
  enumValuesOf,
  type InputIndex,
  type InputUse,
  inputUse,
  refuseDirectiveArguments,
} from './inputs.js'
import { createDependences, isGateway } from './subgraph.js'

/** A field of an object type. */
export interface FieldEntry {
  readonly coordinate: string
  readonly field: GraphQLField<unknown, unknown>
  /** All that selecting it charges: its object type, itself, the interfaces of both, and the type it returns. */
  readonly rules: readonly Rule[]
  /** Those rules that the object it is resolved on falls under: without the ones of the type it returns. */
  readonly ownRules: readonly Rule[]
  /** Name of the type it returns. */
  readonly output: string
  /** Arguments that charge something when they are supplied, or through which something can be supplied that does. */
  readonly guardedArguments: ReadonlyMap<string, InputUse>
  /** Absent unless it returns an enum type of which some values carry rules. */
  readonly enumOutput: EnumOutput | undefined
}

/** An enum type whose values carry rules, where a resolver may return them. */
export interface EnumOutput {
  readonly type: GraphQLEnumType
  readonly values: ReadonlyMap<string, readonly Rule[]>
}

/** An object type. */
export interface TypeEntry {
  readonly name: string
  /** The names of types whose fragments apply to it: its own, its interfaces, its unions. */
  readonly conditions: readonly string[]
  readonly rules: readonly Rule[]
  readonly fields: ReadonlyMap<string, FieldEntry>
}

/** What the analysis reads. Maps throughout: names come from documents. */
export interface SchemaIndex {
  readonly schema: GraphQLSchema
  readonly types: ReadonlyMap<string, TypeEntry>
  /** Interfaces. */
  readonly abstract: ReadonlyMap<string, AbstractEntry>
  /** Per name of an output type: the object types that may stand there. Leaf types are absent. */
  readonly possible: ReadonlyMap<string, readonly TypeEntry[]>
  readonly inputs: InputIndex
  /** What the author wrote, element by element. */
  readonly applied: Applied
}

/** What the index depends on beside the schema. */
export interface IndexOptions extends Vocabulary {
  readonly isDefaultDeny: boolean
  /** Rules that a field's resolver carries from before a transformation of the schema. */
  readonly carriedRules: (field: GraphQLField<unknown, unknown>) => readonly Rule[]
}

/**
 * Reads a schema.
 * @throws {AuthDirectiveError} invalid_schema, with all problems at once
 */
export function buildIndex(schema: GraphQLSchema, options: IndexOptions): SchemaIndex {
  const applied = readApplied(schema, options)
  const inputs = collectInputs(schema, applied)
  const problems: SchemaProblem[] = [...applied.problems, ...refuseDirectiveArguments(schema, applied, inputs)]
  const unions = unionsOf(schema)
  const source: Source = {
    schema,
    applied,
    options,
    roots: rootsOf(schema),
    unions,
    inputs,
    problems,
    dependenceOf: createDependences(schema),
  }
  const types = new Map<string, TypeEntry>()
  for (const type of Object.values(schema.getTypeMap()))
    if (isObjectType(type) && !type.name.startsWith('__')) types.set(type.name, collectType(type, source))
  if (problems.length > 0)
    throw new AuthDirectiveError('invalid_schema', 'This schema can not be enforced as it is written:', problems)
  const abstract = collectAbstract(schema, applied)
  return { schema, types, abstract, possible: collectPossible(schema, types), inputs, applied }
}

interface Source {
  readonly schema: GraphQLSchema
  readonly applied: Applied
  readonly options: IndexOptions
  readonly roots: ReadonlySet<unknown>
  /** Per object type the unions it is a member of. */
  readonly unions: ReadonlyMap<string, readonly string[]>
  readonly inputs: InputIndex
  readonly problems: SchemaProblem[]
  readonly dependenceOf: ReturnType<typeof createDependences>
}

function rootsOf(schema: GraphQLSchema): ReadonlySet<unknown> {
  return new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(Boolean))
}

function unionsOf(schema: GraphQLSchema): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>()
  for (const union of Object.values(schema.getTypeMap()).filter(isUnionType))
    for (const { name } of union.getTypes()) found.set(name, [...(found.get(name) ?? []), union.name])
  return found
}

function collectType(type: GraphQLObjectType, source: Source): TypeEntry {
  const { applied } = source
  const interfaces = interfacesOf(type)
  const rules = rulesOf([type.name, ...names(interfaces)], applied)
  const fields = Object.values(type.getFields()).map((field) => collectField(type, field, interfaces, rules, source))
  const conditions = [type.name, ...names(interfaces), ...(source.unions.get(type.name) ?? [])]
  for (const one of interfaces)
    if (applied.isPublic.has(type.name) && applied.rules.has(one.name))
      source.problems.push(conflict(type.name, one.name, source.options))
  return { name: type.name, conditions, rules, fields: new Map(fields.map((entry) => [entry.field.name, entry])) }
}

function collectField(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  interfaces: readonly GraphQLInterfaceType[],
  typeRules: readonly Rule[],
  source: Source,
): FieldEntry {
  const { applied, options } = source
  const coordinate = `${type.name}.${field.name}`
  const overridden = definitionsOf(field.name, interfaces)
  const definitions = overridden.length > 0 ? [coordinate, ...overridden] : [coordinate]
  for (const other of overridden)
    if (applied.isPublic.has(coordinate) && applied.rules.has(other))
      source.problems.push(conflict(coordinate, other, options))
  const written = join(join(typeRules, rulesOf(definitions, applied)), options.carriedRules(field))
  const ownRules = withDefault(written, { type, field, interfaces, definitions }, source)
  return {
    coordinate,
    field,
    ownRules,
    rules: join(join(ownRules, outputRules(field.type, applied)), requiredRules(type, field, source)),
    output: getNamedType(field.type).name,
    guardedArguments: guardedArguments(field, definitions, source),
    enumOutput: enumOutput(field, source),
  }
}

/** A field, and where it is defined: on its type and on interfaces. */
interface Defined {
  readonly type: GraphQLObjectType
  readonly field: GraphQLField<unknown, unknown>
  readonly interfaces: readonly GraphQLInterfaceType[]
  readonly definitions: readonly string[]
}

/** What a field demands of which nobody wrote anything. */
function withDefault(
  written: readonly Rule[],
  { type, field, interfaces, definitions }: Defined,
  { applied, options, roots, problems }: Source,
): readonly Rule[] {
  if (written.length > 0 || !options.isDefaultDeny) return written
  const isPublic = (place: string) => applied.isPublic.has(place)
  if (isPublic(type.name) || definitions.some(isPublic) || names(interfaces).some(isPublic)) return written
  const coordinate = `${type.name}.${field.name}`
  const gateway = roots.has(type) ? isGateway(field) : undefined
  if (gateway === 'service' || type.name === '_Service') return written
  if (gateway === undefined && roots.has(type)) problems.push({ coordinate, message: undecided(options) })
  return [options.intern(bareRule(coordinate))]
}

/** What the fields demand that the gateway loads for this one. Nobody sees them by way of it. */
function requiredRules(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  { applied, options, problems, dependenceOf }: Source,
): readonly Rule[] {
  const coordinate = `${type.name}.${field.name}`
  const dependence = dependenceOf(type, field)
  problems.push(...dependence.problems.map((message) => ({ coordinate, message })))
  if (dependence.fields.length === 0) return NONE
  const rules = dependence.fields.flatMap((one) => {
    const all = [one.type, ...interfacesOf(one.type)]
    return [
      ...rulesOf([...names(all), ...definitionsOf(one.field.name, all)], applied),
      ...outputRules(one.field.type, applied),
    ]
  })
  const guards = rules.filter((rule) => rule.policies.some((name) => options.policies.get(name)?.kind === 'object'))
  for (const { element } of guards)
    problems.push({
      coordinate,
      message: `it is computed from what ${element} protects with a policy of an object, which can't be asked for it. Put the policy on this field too, and take it from ${element}.`,
    })
  return rules
}

function guardedArguments(
  field: GraphQLField<unknown, unknown>,
  definitions: readonly string[],
  { applied, inputs }: Source,
): FieldEntry['guardedArguments'] {
  if (field.args.length === 0) return UNGUARDED
  const uses = field.args.map(({ name, type }) => {
    const places = definitions.map((definition) => `${definition}(${name}:)`)
    return [name, inputUse(places, type, applied)] as const
  })
  const guarded = uses.filter(([, { rules, type }]) => rules.length > 0 || inputs.get(type)?.isGuarded)
  return guarded.length > 0 ? new Map(guarded) : UNGUARDED
}

const UNGUARDED: FieldEntry['guardedArguments'] = new Map()

/** A value that comes out of a resolver is known too late to ask anybody about it. */
function enumOutput(field: GraphQLField<unknown, unknown>, { applied, problems }: Source): EnumOutput | undefined {
  const type = getNamedType(field.type)
  if (!isEnumType(type)) return undefined
  const values = enumValuesOf(type, applied)
  for (const [name, rules] of values)
    if (rules.some(({ policies }) => policies.length > 0)) {
      const coordinate = `${type.name}.${name}`
      const message = `a policy can't be asked for a value that a resolver returns. Put it on the fields that return ${type.name}.`
      if (!problems.some((problem) => problem.coordinate === coordinate)) problems.push({ coordinate, message })
    }
  return values.size > 0 ? { type, values } : undefined
}

function undecided({ names: { auth, public: free } }: IndexOptions): string {
  return `with default: 'deny' each root field says who may use it. Write @${auth} or @${free} on it or on its type.`
}

function conflict(coordinate: string, other: string, { names: { auth, public: free } }: IndexOptions): SchemaProblem {
  const message = `@${free} has no effect, because ${other} carries @${auth} and nothing lifts that. Remove one of them.`
  return { coordinate, message }
}

const names = (types: readonly { readonly name: string }[]): readonly string[] => types.map(({ name }) => name)

const NONE: readonly Rule[] = []

/** Both lists, each rule once. Where one adds nothing the other is shared: most fields demand what their type does. */
function join(some: readonly Rule[], more: readonly Rule[]): readonly Rule[] {
  if (more.length === 0 || some === more) return some
  if (some.length === 0) return more
  return [...new Set([...some, ...more])]
}

function collectPossible(
  schema: GraphQLSchema,
  types: ReadonlyMap<string, TypeEntry>,
): ReadonlyMap<string, readonly TypeEntry[]> {
  const possible = new Map<string, readonly TypeEntry[]>()
  for (const type of Object.values(schema.getTypeMap())) {
    const members = isAbstractType(type) ? schema.getPossibleTypes(type) : isObjectType(type) ? [type] : []
    const entries = members.flatMap(({ name }) => types.get(name) ?? [])
    if (entries.length > 0) possible.set(type.name, entries)
  }
  return possible
}
