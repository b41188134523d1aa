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
  const own = type.getInterfaces()
  if (own.length === 0) return own
  const found = new Set(own)
  for (const one of found) for (const parent of one.getInterfaces()) found.add(parent)
  return [...found]
}

const NOWHERE: readonly string[] = []

/** The coordinates under which some types define a field of this name. */
export function definitionsOf(
  field: string,
  types: readonly (GraphQLObjectType | GraphQLInterfaceType)[],
): readonly string[] {
  if (types.length === 0) return NOWHERE
  return types.filter((one) => Object.hasOwn(one.getFields(), field)).map(({ name }) => `${name}.${field}`)
}

/** What a type demands of each field that returns it: its own rules and those of its interfaces. */
export function outputRules(type: GraphQLOutputType, applied: Applied): readonly Rule[] {
  const output = getNamedType(type)
  if (!isObjectType(output) && !isInterfaceType(output)) return applied.rules.get(output.name) ?? NONE
  const interfaces = output.getInterfaces()
  if (interfaces.length === 0) return applied.rules.get(output.name) ?? NONE
  return rulesOf([output.name, ...interfacesOf(output).map(({ name }) => name)], applied)
}

const NONE: readonly Rule[] = []

/** The rules at some coordinates. */
export function rulesOf(places: readonly string[], { rules }: Applied): readonly Rule[] {
  let found = NONE
  for (const place of places) {
    const own = rules.get(place)
    if (own) found = found.length === 0 ? own : [...found, ...own]
  }
  return found
}
