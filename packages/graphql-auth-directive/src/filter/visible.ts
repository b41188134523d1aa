/**
 * Which parts of a schema a caller may use, so that what is left is a valid schema: nothing dangles, nothing is empty,
 * and each operation that it accepts is one that the analysis allows. Parts are taken away until nothing more falls.
 */
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isUnionType,
} from 'graphql'
import type { SchemaIndex } from '../collect/schema-index.js'
import type { Rule } from '../directive.js'

/** What is left, as coordinates: `Type`, `Type.member` and `Type.field(argument:)`. */
export type Visible = ReadonlySet<string>

type OutputField = GraphQLField<unknown, unknown>

/** Answers what somebody may use for whom `isMet` says which rules are fulfilled. */
export function findVisible(index: SchemaIndex, isMet: (rules: readonly Rule[]) => boolean): Visible {
  const { schema } = index
  const types = Object.values(schema.getTypeMap())
  const visible = new Set(types.flatMap((type) => coordinatesOf(type)))
  for (const coordinate of visible) if (!isMet(rulesOf(index, coordinate))) visible.delete(coordinate)
  for (let before = -1; before !== visible.size; ) {
    before = visible.size
    for (const type of types) removeUnusable(type, visible, schema)
  }
  return visible
}

/** The type, its members and their arguments. */
function coordinatesOf(type: GraphQLNamedType): readonly string[] {
  const { name } = type
  if (isObjectType(type) || isInterfaceType(type))
    return [
      name,
      ...Object.values(type.getFields()).flatMap((field) => [
        `${name}.${field.name}`,
        ...field.args.map((argument) => `${name}.${field.name}(${argument.name}:)`),
      ]),
    ]
  if (isInputObjectType(type)) return [name, ...Object.keys(type.getFields()).map((field) => `${name}.${field}`)]
  if (isEnumType(type)) return [name, ...type.getValues().map((value) => `${name}.${value.name}`)]
  return [name]
}

/** All that a field of an object is charged; of anything else what is written on it. */
function rulesOf({ types, applied }: SchemaIndex, coordinate: string): readonly Rule[] {
  const [typeName = '', member] = coordinate.split('.')
  const field = member === undefined ? undefined : types.get(typeName)?.fields.get(member)
  return field?.rules ?? applied.rules.get(coordinate) ?? []
}

function removeUnusable(type: GraphQLNamedType, visible: Set<string>, schema: GraphQLSchema): void {
  const { name } = type
  if (!visible.has(name)) return
  if (isObjectType(type) || isInterfaceType(type)) {
    const fields = Object.values(type.getFields())
    for (const field of fields) removeField(name, field, visible, isInterfaceType(type) ? membersOf(type, schema) : [])
    const isImplemented = isObjectType(type) || membersOf(type, schema).some((one) => visible.has(one))
    if (!isImplemented || !fields.some((field) => visible.has(`${name}.${field.name}`))) visible.delete(name)
  }
  if (isUnionType(type) && !type.getTypes().some((member) => visible.has(member.name))) visible.delete(name)
  if (isEnumType(type) && !type.getValues().some((value) => visible.has(`${name}.${value.name}`))) visible.delete(name)
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields())
    const gone = fields.filter((field) => !isUsableInput(`${name}.${field.name}`, field, visible))
    for (const field of gone) visible.delete(`${name}.${field.name}`)
    if (gone.length === fields.length || gone.some(isRequiredInputField)) visible.delete(name)
  }
}

/** A field goes with the type it returns and with a required argument; one of an interface with that of any object. */
function removeField(owner: string, field: OutputField, visible: Set<string>, members: readonly string[]): void {
  const coordinate = `${owner}.${field.name}`
  const onMembers = (suffix: string) => members.every((member) => visible.has(`${member}.${field.name}${suffix}`))
  const gone = field.args.filter(
    (argument) =>
      !isUsableInput(`${coordinate}(${argument.name}:)`, argument, visible) || !onMembers(`(${argument.name}:)`),
  )
  for (const argument of gone) visible.delete(`${coordinate}(${argument.name}:)`)
  if (!visible.has(getNamedType(field.type).name) || gone.some(isRequiredArgument) || !onMembers(''))
    visible.delete(coordinate)
}

const isUsableInput = (coordinate: string, { type }: GraphQLArgument | GraphQLInputField, visible: Visible): boolean =>
  visible.has(coordinate) && visible.has(getNamedType(type).name)

/** The object types of an interface: a field of it is only usable if it is on all of them. */
const membersOf = (type: GraphQLInterfaceType, schema: GraphQLSchema): readonly string[] =>
  schema.getPossibleTypes(type).map(({ name }) => name)
