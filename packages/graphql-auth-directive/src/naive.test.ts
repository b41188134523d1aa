import {
  createIssuer,
  createVerifier,
  defineAccessToken,
  defineScopes,
  generatePrivateJwk,
  importSigningKey,
  localKeys,
} from '@scopewise/token-core'
import fc from 'fast-check'
import {
  buildSchema,
  execute,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  NoUnusedVariablesRule,
  OverlappingFieldsCanBeMergedRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { createAuth } from './auth.js'
import type { Decision } from './decide/denial.js'
import { isAuthDirectiveError } from './errors.js'
import { isAllowedNaively, isFieldAllowedNaively, type NaiveHolder, type NaiveQuestion } from './testing/naive.js'
import { type Pick, randomQuery, randomSdl, randomVariables, SCOPES } from './testing/random.js'
import { runs } from './testing/runs.js'
import { sampleFields } from './testing/sample.js'

const scopes = defineScopes({
  s0: 'zero',
  s1: 'one',
  s2: 'two',
  s3: { description: 'three', implies: ['s1'] },
})
const token = defineAccessToken({ scopes, claims: z.object({ roles: z.array(z.string()) }), lifetime: 600 })
const NOW = 1_000_000
const now = () => NOW
const POLICIES = { yes: true, no: false }

// A token for each set of scopes, with roles and sign-ins that differ.
const tokens = await createTokens()

async function createTokens() {
  const key = await importSigningKey(await generatePrivateJwk('ES256'))
  const issuer = createIssuer({ token, issuer: 'https://auth.example', keys: key, now })
  const issuers = { 'https://auth.example': localKeys({ keys: [key.publicJwk] }) }
  const verifier = createVerifier({ token, audience: 'api', issuers, now })
  const acrs = [undefined, 'silver', 'gold', 'other']
  return Promise.all(
    Array.from({ length: 16 }, async (_, bits) => {
      const scope = SCOPES.filter((_scope, index) => bits & (1 << index))
      const roles = bits === 15 ? ['r0', 'r1'] : bits % 3 === 0 ? ['r1'] : []
      const acr = bits === 15 ? 'gold' : acrs[bits % 4]
      const age = bits === 15 ? 10 : bits % 2 === 0 ? undefined : bits * 8
      const jwt = await issuer.issue({
        subject: 'alice',
        clientId: 'web',
        audience: 'api',
        scope,
        claims: { roles },
        acr,
        authTime: age === undefined ? undefined : NOW - age,
      })
      const holder: NaiveHolder = { scope: scopes.closure(scope), roles, acr, age }
      return { token: await verifier.verify(jwt), holder }
    }),
  )
}

type Mode = Parameters<typeof createAuth>[0]['mode']

function createOne(isDefaultDeny: boolean, mode: Mode, abstract: 'strict' | 'runtime') {
  return createAuth({
    token,
    default: isDefaultDeny ? 'deny' : 'allow',
    ...(mode && { mode }),
    abstract,
    now,
    policies: (policy) => ({
      yes: policy.field(() => POLICIES.yes),
      no: policy.operation(() => POLICIES.no),
    }),
  })
}

/** Undefined when the random schema holds a contradiction, which is a build error. */
function build(
  sdl: string,
  auth: ReturnType<typeof createOne>,
  onStart?: (type: GraphQLObjectType, info: GraphQLResolveInfo) => void,
): GraphQLSchema | undefined {
  const schema = buildSchema(`${auth.typeDefs} ${sdl}`)
  sampleFields(schema, [], onStart)
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

function randomOperation(schema: GraphQLSchema, pick: Pick) {
  const query = randomQuery(schema, pick)
  const document = parse(query)
  expect(validate(schema, document, rules).filter(({ message }) => !/is never used/.test(message))).toEqual([])
  return { query, document, variables: randomVariables(pick) }
}

const pickBy =
  (g: fc.GeneratorValue): Pick =>
  (below) =>
    g(fc.nat, { max: below - 1 })
// What fails is printed whole; searching for a smaller one takes minutes and finds none.
const options = (count: number) => ({ numRuns: runs(count), endOnFailure: true })

describe('check', () => {
  it('GQ-01 GQ-03 S2 S3 S4 S6 S7 allows exactly what a walk over every concrete path allows', {
    timeout: 600_000,
  }, () => {
    const seen = { allowed: 0, denied: 0 }
    fc.assert(
      fc.property(fc.gen(), (g) => {
        const pick = pickBy(g)
        const isDefaultDeny = pick(2) === 0
        const auth = createOne(isDefaultDeny, 'reject', 'strict')
        const sdl = randomSdl(pick, true)
        const schema = build(sdl, auth)
        fc.pre(schema !== undefined)
        for (let operation = 0; operation < 4; operation++) {
          const { query, document, variables } = randomOperation(schema, pick)
          const analysis = auth.analyze(schema, document)
          for (const who of [undefined, tokens[pick(16)], tokens[pick(16)], tokens[15]]) {
            // All policies answer at once, so the decision is there at once.
            const decision = auth.check(analysis, who?.token, { context: {}, variables }) as Decision
            const holder = who?.holder
            const naive = isAllowedNaively({ schema, document, variables, holder, isDefaultDeny, policies: POLICIES })
            if (decision.isAllowed !== naive)
              throw new Error(`${decision.isAllowed} instead of ${naive}: ${query} ${JSON.stringify(variables)} ${sdl}`)
            seen[naive ? 'allowed' : 'denied']++
          }
        }
      }),
      // Four operations each, with four callers: 500 operations, 10,000 in a long run.
      options(125),
    )
    // Both answers must have been common, or nothing was compared.
    expect(Math.min(seen.allowed, seen.denied)).toBeGreaterThan((seen.allowed + seen.denied) / 20)
  })
})

describe('execution', () => {
  it.each([
    ['null', 'strict'],
    ['null', 'runtime'],
    ['reject', 'runtime'],
  ] as const)(
    'S4 S9 in mode %s with abstract: %s starts no resolver that the walk denies',
    { timeout: 1_800_000 },
    async (mode, abstract) => {
      const seen = { started: 0, nulled: 0, whole: 0 }
      await fc.assert(
        fc.asyncProperty(fc.gen(), async (g) => {
          const pick = pickBy(g)
          const isDefaultDeny = pick(2) === 0
          const auth = createOne(isDefaultDeny, mode, abstract)
          const sdl = randomSdl(pick, true)
          const wrong: string[] = []
          let question: NaiveQuestion | undefined
          const schema = build(sdl, auth, (type, { operation, fieldNodes }) => {
            seen.started++
            for (const node of fieldNodes)
              if (!question || !isFieldAllowedNaively(question, operation, node, type))
                wrong.push(`${type.name}.${node.name.value}`)
          })
          fc.pre(schema !== undefined)
          const { query, document, variables } = randomOperation(schema, pick)
          const who = [undefined, tokens[pick(16)], tokens[15]][pick(3)]
          const holder = who?.holder
          question = { schema, document, variables, holder, isDefaultDeny, policies: POLICIES }
          const context = {}
          const analysis = auth.analyze(schema, document)
          const decision = await auth.check(analysis, who?.token, { context, variables })
          const isWhole = isAllowedNaively(question)
          if (isWhole && !decision.isAllowed) throw new Error(`refused: ${query} ${sdl}`)
          if (!decision.isAllowed) return
          const args = { schema, document, contextValue: context, variableValues: variables }
          const result = auth.finish(await execute(args), analysis, context)
          if (wrong.length > 0) throw new Error(`${wrong.join()} started: ${query} ${JSON.stringify(variables)} ${sdl}`)
          const denied = (result.errors ?? []).filter(({ extensions }) => extensions['code'] !== undefined)
          if (isWhole && denied.length > 0) throw new Error(`${denied.join()}: ${query} ${sdl}`)
          if (mode === 'reject' && denied.length > 0) expect(result.data).toBeNull()
          seen[isWhole ? 'whole' : 'nulled']++
        }),
        options(100),
      )
      // With fewer runs than usual, as on other runtimes, what is rare in a mode need not come up.
      if (runs(100) >= 100) expect(Math.min(seen.started, seen.nulled, seen.whole)).toBeGreaterThan(0)
    },
  )
})
