/** Input object types: which of their fields carry rules, and which types lead to such a field. */
import { type GraphQLInputObjectType, type GraphQLSchema, getNamedType, isInputObjectType } from 'graphql'
import type { Rule } from '../directive.js'
import type { SchemaProblem } from '../errors.js'
import type { AnyPolicy } from '../policy.js'
import type { Applied } from './applied.js'

/** A field of an input object type. */
interface InputField {
  readonly rules: readonly Rule[]
  /** Name of its type. */
  readonly type: string
}

/** An input object type. */
interface InputEntry {
  readonly fields: ReadonlyMap<string, InputField>
  /** Whether a field with rules can be supplied through it, at any depth. */
  readonly isGuarded: boolean
}

/** Input object types by name. */
export type InputIndex = ReadonlyMap<string, InputEntry>

/** Collects the input object types of a schema. */
export function collectInputs(
  schema: GraphQLSchema,
  applied: Applied,
  policies: ReadonlyMap<string, AnyPolicy>,
): { readonly index: InputIndex; readonly problems: readonly SchemaProblem[] } {
  const types = Object.values(schema.getTypeMap()).filter(isInputObjectType)
  const fields = new Map(types.map((type) => [type.name, fieldsOf(type, applied)]))
  const guarded = findGuarded(fields)
  const index = new Map([...fields].map(([name, own]) => [name, { fields: own, isGuarded: guarded.has(name) }]))
  const problems = [...fields.values()].flatMap((own) =>
    [...own.values()].flatMap(({ rules }) => rules.flatMap((rule) => refuseObjectPolicies(rule, policies))),
  )
  return { index, problems }
}

function fieldsOf(type: GraphQLInputObjectType, { rules }: Applied): ReadonlyMap<string, InputField> {
  return new Map(
    Object.values(type.getFields()).map((field) => [
      field.name,
      { rules: rules.get(`${type.name}.${field.name}`) ?? [], type: getNamedType(field.type).name },
    ]),
  )
}

/** Types may refer to each other in rings: repeats until nothing new is found. */
function findGuarded(types: ReadonlyMap<string, ReadonlyMap<string, InputField>>): ReadonlySet<string> {
  const guarded = new Set<string>()
  for (let before = -1; before !== guarded.size; ) {
    before = guarded.size
    for (const [name, fields] of types)
      if ([...fields.values()].some(({ rules, type }) => rules.length > 0 || guarded.has(type))) guarded.add(name)
  }
  return guarded
}

function refuseObjectPolicies(
  { element, policies: names }: Rule,
  policies: ReadonlyMap<string, AnyPolicy>,
): readonly SchemaProblem[] {
  return names
    .filter((name) => policies.get(name)?.kind === 'object')
    .map((name) => ({
      coordinate: element,
      message: `the policy "${name}" reads an object, and an input has none. Declare it with policy.field.`,
    }))
}
