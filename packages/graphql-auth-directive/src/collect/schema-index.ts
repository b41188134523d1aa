/** The index of a schema: what selecting each field and supplying each input demands. Built once per schema. */
import {
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  isUnionType,
} from 'graphql'
import type { Rule, Vocabulary } from '../directive.js'
import { AuthDirectiveError, type SchemaProblem } from '../errors.js'
import { type Applied, readApplied } from './applied.js'
import { collectInputs, type InputIndex } from './inputs.js'

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
  /** Arguments through which an input field with rules can be supplied, with the name of their input type. */
  readonly guardedArguments: ReadonlyMap<string, string>
}

/** An object type. */
export interface TypeEntry {
  readonly name: string
  /** The names of types whose fragments apply to it: its own, its interfaces, its unions. */
  readonly conditions: ReadonlySet<string>
  readonly rules: readonly Rule[]
  readonly fields: ReadonlyMap<string, FieldEntry>
}

/** What the analysis reads. Maps throughout: names come from documents. */
export interface SchemaIndex {
  readonly schema: GraphQLSchema
  readonly types: ReadonlyMap<string, TypeEntry>
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
  const problems: SchemaProblem[] = [...applied.problems]
  const inputs = collectInputs(schema, applied, options.policies)
  problems.push(...inputs.problems)
  const unions = unionsOf(schema)
  const source: Source = { schema, applied, options, roots: rootsOf(schema), unions, inputs: inputs.index, problems }
  const types = new Map<string, TypeEntry>()
  for (const type of Object.values(schema.getTypeMap()))
    if (isObjectType(type) && !type.name.startsWith('__')) types.set(type.name, collectType(type, source))
  if (problems.length > 0)
    throw new AuthDirectiveError('invalid_schema', 'This schema can not be enforced as it is written:', problems)
  return { schema, types, possible: collectPossible(schema, types), inputs: inputs.index, applied }
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
  const rules = rulesOf([type, ...interfaces], applied)
  const fields = Object.values(type.getFields()).map((field) => collectField(type, field, interfaces, rules, source))
  const conditions = new Set([
    type.name,
    ...interfaces.map(({ name }) => name),
    ...(source.unions.get(type.name) ?? []),
  ])
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
  const overridden = interfaces
    .filter((one) => Object.hasOwn(one.getFields(), field.name))
    .map(({ name }) => `${name}.${field.name}`)
  const rules = [coordinate, ...overridden].flatMap((at) => applied.rules.get(at) ?? [])
  for (const other of overridden)
    if (applied.isPublic.has(coordinate) && applied.rules.has(other))
      source.problems.push(conflict(coordinate, other, options))
  const written = unique([...typeRules, ...rules, ...options.carriedRules(field)])
  const covered = written.length > 0 || isPublic([coordinate, ...overridden, type.name, ...interfaces], applied)
  if (!covered && options.isDefaultDeny && source.roots.has(type))
    source.problems.push({ coordinate, message: undecided(options) })
  const bare = { element: coordinate, clause: undefined, policies: [] }
  const ownRules = covered || !options.isDefaultDeny ? written : [options.intern(bare)]
  const output = getNamedType(field.type)
  const returned = isObjectType(output) || isInterfaceType(output) ? [output, ...interfacesOf(output)] : []
  return {
    coordinate,
    field,
    ownRules,
    rules: unique([...ownRules, ...rulesOf(returned, applied)]),
    output: output.name,
    guardedArguments: new Map(
      field.args
        .map((argument) => [argument.name, getNamedType(argument.type).name] as const)
        .filter(([, name]) => source.inputs.get(name)?.isGuarded),
    ),
  }
}

function isPublic(places: readonly (string | GraphQLInterfaceType)[], { isPublic: marked }: Applied): boolean {
  return places.some((place) => marked.has(typeof place === 'string' ? place : place.name))
}

function undecided({ names }: IndexOptions): string {
  return `with default: 'deny' each root field says who may use it. Write @${names.auth} or @${names.public} on it or on its type.`
}

function conflict(coordinate: string, other: string, { names }: IndexOptions): SchemaProblem {
  const message = `@${names.public} has no effect, because ${other} carries @${names.auth} and nothing lifts that. Remove one of them.`
  return { coordinate, message }
}

/** All interfaces, also those of interfaces that the type does not name itself. */
function interfacesOf(type: GraphQLObjectType | GraphQLInterfaceType): readonly GraphQLInterfaceType[] {
  const found = new Set(type.getInterfaces())
  for (const one of found) for (const parent of one.getInterfaces()) found.add(parent)
  return [...found]
}

function rulesOf(types: readonly { readonly name: string }[], applied: Applied): readonly Rule[] {
  return types.flatMap(({ name }) => applied.rules.get(name) ?? [])
}

const unique = <T>(items: readonly T[]): readonly T[] => (items.length < 2 ? items : [...new Set(items)])

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
