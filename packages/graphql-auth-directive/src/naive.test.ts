import { defineScopes } from '@scopewise/token-core'
import fc from 'fast-check'
import {
  buildSchema,
  type GraphQLSchema,
  NoUnusedVariablesRule,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import { createAuth } from './auth.js'
import type { Decision } from './decide/denial.js'
import { isAuthDirectiveError } from './errors.js'
import { isAllowedNaively } from './testing/naive.js'
import { randomQuery, randomSdl, randomVariables, SCOPES } from './testing/random.js'
import { createRealm } from './testing/realm.js'
import { runs } from './testing/runs.js'

const scopes = defineScopes({
  s0: 'zero',
  s1: 'one',
  s2: 'two',
  s3: { description: 'three', implies: ['s1'] },
})
const realm = await createRealm(scopes)
const POLICIES = { yes: true, no: false }

// A token for each set of scopes, and none.
const tokens = await Promise.all(
  Array.from({ length: 16 }, (_, bits) => realm.verified(SCOPES.filter((_scope, index) => bits & (1 << index)))),
)

function createOne(isDefaultDeny: boolean) {
  return createAuth({
    token: realm.token,
    default: isDefaultDeny ? 'deny' : 'allow',
    policies: (policy) => ({
      yes: policy.field(() => POLICIES.yes),
      no: policy.operation(() => POLICIES.no),
    }),
  })
}

/** Undefined when the random schema holds a contradiction, which is a build error. */
function build(sdl: string, auth: ReturnType<typeof createOne>): GraphQLSchema | undefined {
  const schema = buildSchema(`${auth.typeDefs} ${sdl}`)
  try {
    return auth.apply(schema)
  } catch (error) {
    if (isAuthDirectiveError(error)) return undefined
    throw error
  }
}

const rules = specifiedRules.filter(
  (rule) => rule !== NoUnusedVariablesRule && rule !== OverlappingFieldsCanBeMergedRule,
)

describe('check', () => {
  it('GQ-01 GQ-03 allows exactly what a walk over every concrete path allows', { timeout: 600_000 }, () => {
    const seen = { allowed: 0, denied: 0 }
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const pick = (below: number) => g(fc.nat, { max: below - 1 })
        const isDefaultDeny = pick(2) === 0
        const auth = createOne(isDefaultDeny)
        const sdl = randomSdl(pick)
        const schema = build(sdl, auth)
        fc.pre(schema !== undefined)
        for (let operation = 0; operation < 2; operation++) {
          const query = randomQuery(schema, pick)
          const document = parse(query)
          expect(validate(schema, document, rules).filter(({ message }) => !/is never used/.test(message))).toEqual([])
          const variables = randomVariables(pick)
          const analysis = auth.analyze(schema, document)
          for (const token of [undefined, tokens[pick(16)], tokens[pick(16)], tokens[15]]) {
            // All policies answer at once, so the decision is there at once.
            const decision = auth.check(analysis, token, { context: {}, variables }) as Decision
            const held = token && scopes.closure(token.scope)
            const naive = isAllowedNaively({ schema, document, variables, held, isDefaultDeny, policies: POLICIES })
            if (decision.isAllowed !== naive)
              throw new Error(`${decision.isAllowed} instead of ${naive}: ${query} ${JSON.stringify(variables)} ${sdl}`)
            seen[naive ? 'allowed' : 'denied']++
          }
        }
      }),
      // What fails is printed whole; searching for a smaller one takes minutes and finds none.
      { numRuns: runs(500), endOnFailure: true },
    )
    // Both answers must have been common, or nothing was compared.
    expect(Math.min(seen.allowed, seen.denied)).toBeGreaterThan((seen.allowed + seen.denied) / 20)
  })
})
