/** Every place of a schema where a directive can stand. */
import {
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedDirective,
  isSpecifiedScalarType,
  isUnionType,
} from 'graphql'
import type { Carrier } from '../directive.js'

/** One place, with its schema coordinate. */
export interface Element {
  readonly coordinate: string
  readonly location: string
  readonly carrier: Carrier
}

/** Lists all elements of a schema but those of introspection. */
export function* elementsOf(schema: GraphQLSchema): Generator<Element> {
  yield { coordinate: 'schema', location: 'SCHEMA', carrier: schema }
  for (const directive of schema.getDirectives())
    if (!isSpecifiedDirective(directive))
      yield* argumentsOf(`@${directive.name}`, directive.args, 'an argument of a directive')
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || isSpecifiedScalarType(type)) continue
    yield { coordinate: type.name, location: locationOf(type), carrier: type }
    if (isObjectType(type) || isInterfaceType(type))
      for (const field of Object.values(type.getFields())) {
        const coordinate = `${type.name}.${field.name}`
        yield { coordinate, location: 'FIELD_DEFINITION', carrier: field }
        if (field.args.length > 0) yield* argumentsOf(coordinate, field.args)
      }
    else if (isInputObjectType(type))
      for (const field of Object.values(type.getFields()))
        yield { coordinate: `${type.name}.${field.name}`, location: 'INPUT_FIELD_DEFINITION', carrier: field }
    else if (isEnumType(type))
      for (const value of type.getValues())
        yield { coordinate: `${type.name}.${value.name}`, location: 'ENUM_VALUE', carrier: value }
  }
}

function* argumentsOf(
  owner: string,
  args: readonly GraphQLArgument[],
  location = 'ARGUMENT_DEFINITION',
): Generator<Element> {
  for (const argument of args) yield { coordinate: `${owner}(${argument.name}:)`, location, carrier: argument }
}

const LOCATIONS = [
  [isObjectType, 'OBJECT'],
  [isInterfaceType, 'INTERFACE'],
  [isUnionType, 'UNION'],
  [isEnumType, 'ENUM'],
  [isInputObjectType, 'INPUT_OBJECT'],
  [isScalarType, 'SCALAR'],
] as const

function locationOf(type: GraphQLNamedType): string {
  return LOCATIONS.find(([isOfKind]) => isOfKind(type))?.[1] ?? 'an unknown kind of type'
}
