import { readFileSync } from 'node:fs'
import { makeExecutableSchema } from '@graphql-tools/schema'
import { defineScopes } from '@scopewise/token-core'
import { defaultFieldResolver, type GraphQLSchema, isObjectType, parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createAuth } from './auth.js'
import { createRealm } from './testing/realm.js'
import { run } from './testing/run.js'

interface Case {
  readonly name: string
  readonly sdl: string
  readonly query: string
  readonly variables?: Record<string, unknown>
  readonly scopes: readonly string[] | null
  readonly buildError?: true
  readonly expect: { readonly allowed: boolean | 'partial'; readonly requiredScopes?: readonly (readonly string[])[] }
}

// The file is data of this package.
const cases = JSON.parse(
  readFileSync(new URL('./testing/graphql-cases.json', import.meta.url), 'utf8'),
) as readonly Case[]

/** A directive where it can't be enforced, which makes the whole schema an error. */
const MISPLACED = /(?:\s@auth\([^)]*\))(?=\s*(?:= A\b|, first|\s\} type Thing))/
const hasMisplaced = ({ sdl }: Case) => MISPLACED.test(sdl)
const withoutMisplaced = ({ sdl }: Case) => sdl.replace(MISPLACED, '')
/** Cases that are about a location which is a build error here. */
const isAboutLocation = (one: Case) => /^(union type-level|argument )/.test(one.name)

const sorted = (alternatives: readonly (readonly string[])[]) => alternatives.map((one) => [...one].sort())

async function prepare(one: Case, sdl: string) {
  const named = [...sdl.matchAll(/"([^"]+)"/g)].flatMap(([, text = '']) => text.split(' ').filter(Boolean))
  const values = new Set([...named, ...(one.scopes ?? []), 'unused'])
  const scopes = defineScopes(Object.fromEntries([...values].map((value) => [value, value])))
  const realm = await createRealm(scopes)
  const auth = createAuth({ token: realm.token, default: 'allow' })
  const started: string[] = []
  const schema = makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl], assumeValidSDL: true })
  spyOn(schema, started)
  const token = one.scopes ? await realm.verified(one.scopes) : undefined
  return { auth, schema, started, token }
}

function spyOn(schema: GraphQLSchema, started: string[]): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields()))
      field.resolve = (...args) => {
        started.push(`${type.name}.${field.name}`)
        return defaultFieldResolver(...args)
      }
  }
}

describe('the worked cases', () => {
  for (const one of cases.filter((each) => !each.buildError && !isAboutLocation(each)))
    it(`${one.name}`, async () => {
      const { auth, schema, started, token } = await prepare(one, withoutMisplaced(one))
      auth.apply(schema)
      const { decision } = await run(auth, schema, one.query, token, { variables: one.variables ?? {} })
      // In reject mode what would be a partial answer is none.
      expect(decision.isAllowed).toBe(one.expect.allowed === true)
      if (one.expect.allowed !== true) expect(started).toEqual([])
      const document = parse(one.query)
      expect(validate(schema, document)).toEqual([])
      const analysis = auth.analyze(schema, document, { variables: one.variables ?? {} })
      expect(sorted(analysis.requiredScopes)).toEqual(one.expect.requiredScopes)
      if (!decision.isAllowed) expect(sorted(decision.requiredScopes)).toEqual(one.expect.requiredScopes)
    })

  for (const one of cases.filter(({ buildError }) => buildError))
    it(one.name, async () => {
      const { auth, schema } = await prepare(one, one.sdl)
      expect(() => auth.apply(schema)).toThrow(/blank scope/)
    })

  for (const one of cases.filter((each) => hasMisplaced(each)))
    it(`GQ-08 is a build error with its directive where none is enforced: ${one.name}`, async () => {
      const { auth, schema } = await prepare(one, one.sdl)
      expect(() => auth.apply(schema)).toThrow(/can't be enforced on (UNION|ARGUMENT_DEFINITION|ENUM_VALUE)/)
    })
})
