/** Resolvers that answer something of the right type, and tell that they were started. */
import {
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'

/** Is told of each resolver that starts. */
type OnStart = (type: GraphQLObjectType, info: GraphQLResolveInfo) => void

/** Gives every field such a resolver. Abstract types answer with the last of their possible types. */
export function sampleFields(schema: GraphQLSchema, started: string[], onStart?: OnStart): void {
  const root = schema.getSubscriptionType()
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      field.resolve = (_source, _args, _context, info) => {
        onStart?.(type, info)
        started.push(`${type.name}.${field.name}`)
        return sampleOf(schema, field.type)
      }
      if (type === root)
        field.subscribe = async function* () {
          started.push(`${type.name}.${field.name}`)
          yield {}
        }
    }
  }
}

function sampleOf(schema: GraphQLSchema, type: GraphQLOutputType): unknown {
  if (isNonNullType(type)) return sampleOf(schema, type.ofType)
  if (isListType(type)) return [sampleOf(schema, type.ofType)]
  if (isObjectType(type)) return {}
  if (isAbstractType(type)) return { __typename: schema.getPossibleTypes(type).at(-1)?.name }
  if (isEnumType(type)) return type.getValues()[0]?.value
  return type.name === 'Boolean' ? true : 1
}

/** The paths of all that is null in data, without list positions. */
export function nullPaths(data: unknown, path: readonly string[] = []): readonly string[] {
  if (data === null) return [path.join('.')]
  if (Array.isArray(data)) return data.flatMap((item) => nullPaths(item, path))
  if (typeof data !== 'object') return []
  return Object.entries(data).flatMap(([key, value]) => nullPaths(value, [...path, key]))
}
