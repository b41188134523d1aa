/** Types that a request can supply: what supplying them, their fields and their values demands. */
import {
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
} from 'graphql'
import type { Rule } from '../directive.js'
import type { SchemaProblem } from '../errors.js'
import type { Applied } from './applied.js'

/** What supplying an argument or an input field charges. */
export interface InputUse {
  /** Its own rules and those of its named type. */
  readonly rules: readonly Rule[]
  /** Name of its type. */
  readonly type: string
}

/** A type that a request can supply. */
interface InputEntry {
  /** Fields of an input object type. */
  readonly fields: ReadonlyMap<string, InputUse>
  /** Rules of the values of an enum type; values without rules are absent. */
  readonly values: ReadonlyMap<string, readonly Rule[]>
  /** Whether a field or a value with rules can be supplied through it, at any depth. */
  readonly isGuarded: boolean
}

/** Input object types and enum types by name. */
export type InputIndex = ReadonlyMap<string, InputEntry>

const NO_FIELDS: ReadonlyMap<string, InputUse> = new Map()
const NO_VALUES: ReadonlyMap<string, readonly Rule[]> = new Map()

/** Collects what can be supplied in a schema. */
export function collectInputs(schema: GraphQLSchema, applied: Applied): InputIndex {
  const types = Object.values(schema.getTypeMap())
  const fields = new Map(types.filter(isInputObjectType).map((type) => [type.name, fieldsOf(type, applied)]))
  const values = new Map(types.filter(isEnumType).map((type) => [type.name, enumValuesOf(type, applied)]))
  const guarded = findGuarded(fields, values)
  return new Map(
    [...fields.keys(), ...values.keys()].map((name) => [
      name,
      { fields: fields.get(name) ?? NO_FIELDS, values: values.get(name) ?? NO_VALUES, isGuarded: guarded.has(name) },
    ]),
  )
}

function fieldsOf(type: GraphQLInputObjectType, applied: Applied): ReadonlyMap<string, InputUse> {
  return new Map(
    Object.values(type.getFields()).map((field) => [
      field.name,
      inputUse([`${type.name}.${field.name}`], field.type, applied),
    ]),
  )
}

/** What supplying an input charges: the rules of its places and of its named type. */
export function inputUse(places: readonly string[], type: GraphQLInputType, { rules }: Applied): InputUse {
  const { name } = getNamedType(type)
  return { rules: [...places, name].flatMap((place) => rules.get(place) ?? []), type: name }
}

/** The values of an enum type that carry rules. */
export function enumValuesOf(type: GraphQLEnumType, { rules }: Applied): ReadonlyMap<string, readonly Rule[]> {
  return new Map(
    type.getValues().flatMap(({ name }) => {
      const own = rules.get(`${type.name}.${name}`)
      return own ? [[name, own] as const] : []
    }),
  )
}

/** Types may refer to each other in rings: repeats until nothing new is found. */
function findGuarded(
  types: ReadonlyMap<string, ReadonlyMap<string, InputUse>>,
  enums: ReadonlyMap<string, ReadonlyMap<string, unknown>>,
): ReadonlySet<string> {
  const guarded = new Set([...enums].filter(([, values]) => values.size > 0).map(([name]) => name))
  for (let before = -1; before !== guarded.size; ) {
    before = guarded.size
    for (const [name, fields] of types)
      if ([...fields.values()].some(({ rules, type }) => rules.length > 0 || guarded.has(type))) guarded.add(name)
  }
  return guarded
}

/** Where a directive of an operation takes arguments. */
const EXECUTABLE = new Set([
  'QUERY',
  'MUTATION',
  'SUBSCRIPTION',
  'FIELD',
  'FRAGMENT_DEFINITION',
  'FRAGMENT_SPREAD',
  'INLINE_FRAGMENT',
  'VARIABLE_DEFINITION',
])

/** The arguments of directives of an operation belong to no field, so nothing charges them. */
export function refuseDirectiveArguments(
  schema: GraphQLSchema,
  applied: Applied,
  inputs: InputIndex,
): readonly SchemaProblem[] {
  return schema
    .getDirectives()
    .filter(({ locations }) => locations.some((location) => EXECUTABLE.has(location)))
    .flatMap(({ name, args }) =>
      args
        .map((argument) => ({ argument: argument.name, type: getNamedType(argument.type) }))
        .filter(({ type }) => applied.rules.has(type.name) || inputs.get(type.name)?.isGuarded)
        .map(({ argument, type }) => ({
          coordinate: `@${name}(${argument}:)`,
          message: `takes ${type.name}, which carries demands, and those of a directive in an operation can't be enforced. Give it another type.`,
        })),
    )
}
