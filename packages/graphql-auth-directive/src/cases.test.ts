import { makeExecutableSchema } from '@graphql-tools/schema'
import { defineScopes } from '@scopewise/token-core'
import { parse, validate } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createAuth } from './auth.js'
import data from './testing/graphql-cases.json' with { type: 'json' }
import { createRealm } from './testing/realm.js'
import { run } from './testing/run.js'
import { nullPaths, sampleFields } from './testing/sample.js'

interface Case {
  readonly name: string
  readonly sdl: string
  readonly query: string
  readonly variables?: Record<string, unknown>
  readonly scopes: readonly string[] | null
  readonly buildError?: true
  readonly expect: {
    readonly allowed: boolean | 'partial'
    readonly requiredScopes?: readonly (readonly string[])[]
    readonly nulledPaths?: readonly string[]
  }
}

// The file is data of this package.
const cases = data as readonly Case[]

const sorted = (alternatives: readonly (readonly string[])[]) => alternatives.map((one) => [...one].sort())

async function prepare(one: Case, mode: 'reject' | 'null') {
  const named = [...one.sdl.matchAll(/"([^"]+)"/g)].flatMap(([, text = '']) => text.split(' ').filter(Boolean))
  const values = new Set([...named, ...(one.scopes ?? []), 'unused'])
  const scopes = defineScopes(Object.fromEntries([...values].map((value) => [value, value])))
  const realm = await createRealm(scopes)
  const auth = createAuth({ token: realm.token, default: 'allow', mode })
  const started: string[] = []
  const schema = makeExecutableSchema({ typeDefs: [auth.typeDefs, one.sdl] })
  sampleFields(schema, started)
  const token = one.scopes ? await realm.verified(one.scopes) : undefined
  return { auth, schema, started, token }
}

describe('the worked cases', () => {
  for (const one of cases.filter(({ buildError }) => !buildError)) {
    const { allowed, nulledPaths = [], requiredScopes } = one.expect
    const variables = one.variables ?? {}

    it(`in mode reject: ${one.name}`, async () => {
      const { auth, schema, started, token } = await prepare(one, 'reject')
      auth.apply(schema)
      const { decision } = await run(auth, schema, one.query, token, { variables })
      // In reject mode what would be a partial answer is none.
      expect(decision.isAllowed).toBe(allowed === true)
      if (allowed !== true) expect(started).toEqual([])
      const document = parse(one.query)
      expect(validate(schema, document)).toEqual([])
      const analysis = auth.analyze(schema, document, { variables })
      expect(sorted(analysis.requiredScopes)).toEqual(requiredScopes)
      if (!decision.isAllowed) expect(sorted(decision.requiredScopes)).toEqual(requiredScopes)
    })

    it(`GQ-04 in mode null: ${one.name}`, async () => {
      const { auth, schema, started, token } = await prepare(one, 'null')
      auth.apply(schema)
      const { decision, result } = await run(auth, schema, one.query, token, { variables })
      if (!result) {
        // Mutations, subscriptions and introspection are refused as a whole.
        expect([allowed, started]).toEqual([false, []])
        expect(one.query).toMatch(/^(mutation|subscription)|__schema/)
        return
      }
      const roots = Object.keys(result.data ?? {})
      expect(nullPaths(result.data)).toEqual(allowed === false ? roots : nulledPaths)
      expect(result.errors?.length ?? 0).toBe(allowed === true ? 0 : (allowed === false ? roots : nulledPaths).length)
      expect(decision).toEqual(
        allowed === true
          ? { isAllowed: true }
          : { isAllowed: true, denials: expect.arrayContaining([expect.anything()]) },
      )
      // Each error stands at or below its null, and each denied resolver was never started.
      for (const error of result.errors ?? []) {
        const path = (error.path ?? []).filter((key) => typeof key === 'string').join('.')
        expect((allowed === false ? roots : nulledPaths).some((nulled) => `${path}.`.startsWith(`${nulled}.`))).toBe(
          true,
        )
        expect(error.extensions).toMatchObject({ code: one.scopes ? 'FORBIDDEN' : 'UNAUTHENTICATED' })
        expect(started).not.toContain(error.extensions['element'])
      }
    })
  }

  for (const one of cases.filter(({ buildError }) => buildError))
    it(one.name, async () => {
      const { auth, schema } = await prepare(one, 'reject')
      expect(() => auth.apply(schema)).toThrow(/blank scope/)
    })
})
