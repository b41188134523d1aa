/** Interfaces: what selecting a field on one demands whatever the object turns out to be. */
import {
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
} from 'graphql'
import type { Rule } from '../directive.js'
import type { Applied } from './applied.js'

/** An interface. */
export interface AbstractEntry {
  readonly fields: ReadonlyMap<string, { readonly rules: readonly Rule[]; readonly output: string }>
}

/** Collects the interfaces of a schema by name. */
export function collectAbstract(schema: GraphQLSchema, applied: Applied): ReadonlyMap<string, AbstractEntry> {
  const types = Object.values(schema.getTypeMap()).filter(isInterfaceType)
  return new Map(types.map((type) => [type.name, { fields: fieldsOf(type, applied) }]))
}

function fieldsOf(type: GraphQLInterfaceType, applied: Applied): AbstractEntry['fields'] {
  const all = [type, ...interfacesOf(type)]
  return new Map(
    Object.values(type.getFields()).map((field) => {
      const places = [...all.map(({ name }) => name), ...definitionsOf(field.name, all)]
      const rules = [...places.flatMap((place) => applied.rules.get(place) ?? []), ...outputRules(field.type, applied)]
      return [field.name, { rules: [...new Set(rules)], output: getNamedType(field.type).name }]
    }),
  )
}

/** All interfaces, also those of interfaces that the type does not name itself. */
export function interfacesOf(type: GraphQLObjectType | GraphQLInterfaceType): readonly GraphQLInterfaceType[] {
  const found = new Set(type.getInterfaces())
  for (const one of found) for (const parent of one.getInterfaces()) found.add(parent)
  return [...found]
}

/** The coordinates under which some types define a field of this name. */
export function definitionsOf(
  field: string,
  types: readonly (GraphQLObjectType | GraphQLInterfaceType)[],
): readonly string[] {
  return types.filter((one) => Object.hasOwn(one.getFields(), field)).map(({ name }) => `${name}.${field}`)
}

/** What a type demands of each field that returns it: its own rules and those of its interfaces. */
export function outputRules(type: GraphQLOutputType, { rules }: Applied): readonly Rule[] {
  const output = getNamedType(type)
  const all = isObjectType(output) || isInterfaceType(output) ? [output, ...interfacesOf(output)] : [output]
  return all.flatMap(({ name }) => rules.get(name) ?? [])
}
