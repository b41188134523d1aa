// The same schema for everybody: a list of items with ten leaves, and an object of 200 fields, all behind a scope.
import { makeExecutableSchema } from '@graphql-tools/schema'
import { getDirective, MapperKind, mapSchema } from '@graphql-tools/utils'
import { createAuth } from '@scopewise/graphql-auth-directive'
import {
  createIssuer,
  createVerifier,
  defineAccessToken,
  defineScopes,
  generatePrivateJwk,
  importSigningKey,
  localKeys,
  tokenCache,
} from '@scopewise/token-core'
import { defaultFieldResolver } from 'graphql'
import { applyMiddleware } from 'graphql-middleware'
import { rule, shield } from 'graphql-shield'

export const LEAVES = 10
export const WIDTH = 200
export const ITEMS = 1000
export const ISSUER = 'https://auth.example'
export const AUDIENCE = 'https://api.example/graphql'

const leaves = Array.from({ length: LEAVES }, (_, at) => `f${at}`)
const wide = Array.from({ length: WIDTH }, (_, at) => `w${at}`)
const item = Object.fromEntries(leaves.map((name) => [name, name]))
const items = Array.from({ length: ITEMS }, () => ({ ...item }))
const object = Object.fromEntries(wide.map((name) => [name, name]))
const resolvers = { Query: { items: () => items, wide: () => object, me: () => ({ id: '1', name: 'Alice' }) } }

export const QUERIES = {
  list: `{ items { ${leaves.join(' ')} } }`,
  wide: `{ wide { ${wide.join(' ')} } }`,
  me: '{ me { id name } }',
}

/** @param {(scope: string) => string} directive what protects a type or a field */
const typeDefs = (directive) => `
  type Query { items: [Item!]! ${directive('items:read')} wide: Wide! ${directive('items:read')} me: Me ${directive('items:read')} }
  type Item ${directive('items:read')} { ${leaves.map((name) => `${name}: String ${directive('items:read')}`).join(' ')} }
  type Wide { ${wide.map((name) => `${name}: String ${directive('items:read')}`).join(' ')} }
  type Me { id: ID! ${directive('items:read')} name: String ${directive('items:read')} }`

export const scopes = defineScopes({ 'items:read': 'Read items' })
export const token = defineAccessToken({ scopes, lifetime: 36_000 })

/** A key, an issuer and a verifier for one algorithm. */
export async function createRealm(algorithm, privateJwk) {
  const jwk = privateJwk ?? (await generatePrivateJwk(algorithm))
  const key = await importSigningKey(jwk)
  const issuer = createIssuer({ token, issuer: ISSUER, keys: key })
  const verifier = createVerifier({
    token,
    audience: AUDIENCE,
    issuers: { [ISSUER]: localKeys({ keys: [key.publicJwk] }) },
    // As a server has it: a token that comes again is not verified again, one that is new costs a little more.
    cache: tokenCache(),
  })
  const issue = () =>
    issuer.issue({ subject: 'alice', clientId: 'web', audience: AUDIENCE, scope: ['items:read'], claims: {} })
  return { jwk, publicJwk: key.publicJwk, verifier, issue }
}

export const bareSchema = () => makeExecutableSchema({ typeDefs: typeDefs(() => ''), resolvers })

export function ourSchema() {
  const auth = createAuth({ token })
  const schema = makeExecutableSchema({
    typeDefs: [auth.typeDefs, typeDefs((scope) => `@auth(scope: "${scope}")`)],
    resolvers,
  })
  return { auth, schema: auth.apply(schema) }
}

/** A rule for every field, as its documentation has it; its result is cached per request. */
export function shieldSchema() {
  const allowed = rule({ cache: 'contextual' })((_parent, _args, context) => context.scope.includes('items:read'))
  const all = (names) => Object.fromEntries(names.map((name) => [name, allowed]))
  const rules = { Query: all(['items', 'wide', 'me']), Item: all(leaves), Wide: all(wide), Me: all(['id', 'name']) }
  return applyMiddleware(bareSchema(), shield(rules))
}

const AUTH_SDL = 'directive @auth(scope: String) on OBJECT | FIELD_DEFINITION'

/** The recipe of the graphql-tools documentation: each resolver asks who is there. */
export function mapped(schema, { isAsync }) {
  return mapSchema(schema, {
    [MapperKind.OBJECT_FIELD]: (field, _name, typeName) => {
      const directive =
        getDirective(schema, field, 'auth')?.[0] ?? getDirective(schema, schema.getType(typeName), 'auth')?.[0]
      if (!directive) return field
      const { resolve = defaultFieldResolver } = field
      const check = (context) => {
        if (!context.scope.includes(directive.scope)) throw new Error('not authorized')
      }
      const wrapped = isAsync
        ? async (source, args, context, info) => {
            check(await context.user())
            return resolve(source, args, context, info)
          }
        : (source, args, context, info) => {
            check(context)
            return resolve(source, args, context, info)
          }
      return { ...field, resolve: wrapped }
    },
  })
}

export const mappedSchema = (options) =>
  mapped(
    makeExecutableSchema({ typeDefs: [AUTH_SDL, typeDefs((scope) => `@auth(scope: "${scope}")`)], resolvers }),
    options,
  )

/** For @envelop/generic-auth. */
export const envelopSchema = () =>
  makeExecutableSchema({
    typeDefs: [
      'directive @requiresScopes(scopes: [[String!]!]!) on FIELD_DEFINITION | OBJECT directive @authenticated on FIELD_DEFINITION | OBJECT',
      typeDefs((scope) => `@requiresScopes(scopes: [["${scope}"]])`),
    ],
    resolvers,
  })

/** SDL of many types, each with five fields, one of them behind a scope. */
export function largeSdl(types) {
  const body = Array.from(
    { length: types },
    (_, at) =>
      `type T${at} { id: ID! a: String b: Int @auth(scope: "items:read") next: T${(at + 1) % types} list: [T${(at + 7) % types}!] }`,
  )
  return `type Query { start: T0 @auth } ${body.join('\n')}`
}

export { AUTH_SDL }
