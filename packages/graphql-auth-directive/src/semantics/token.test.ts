import { makeExecutableSchema } from '@graphql-tools/schema'
import { type GraphQLSchema, parse } from 'graphql'
import { describe, expect, it } from 'vitest'
import { createAuth } from '../auth.js'
import { challengeOf, type Denial, toGraphQLError } from '../decide/denial.js'
import { createMembers, type Member, token } from '../testing/members.js'
import { run } from '../testing/run.js'

const NOW = 1_000_000
const { member } = await createMembers(() => NOW)
const now = () => NOW

function build(sdl: string, options: object = {}) {
  const auth = createAuth({ token, default: 'allow', now, ...options })
  const schema = auth.apply(makeExecutableSchema({ typeDefs: [auth.typeDefs, sdl] }))
  return { auth, schema }
}

async function decide(
  { auth, schema }: { auth: object; schema: GraphQLSchema },
  query: string,
  who: Member | undefined,
): Promise<Denial | { isAllowed: true }> {
  const { decision } = await run(auth, schema, query, who && (await member(who)))
  return decision
}

describe('roles', () => {
  const one = build(
    'type Query { a: Int @auth(roles: ["editor", "boss"]) b: Int @auth(roles: "boss") @auth(roles: "editor") }',
  )

  it.each<[string, Member['claims'], boolean]>([
    ['one of the list', { roles: ['boss'] }, true],
    ['another one', { roles: ['reader', 'editor'] }, true],
    ['a string with spaces', { roles: 'reader editor' }, true],
    ['none of them', { roles: ['reader'] }, false],
    ['none at all', {}, false],
    ['another case', { roles: ['Boss'] }, false],
    ['a part of a name', { roles: ['bos'] }, false],
  ])('S1 are any of: %s', async (_name, claims = {}, isAllowed) => {
    expect((await decide(one, '{ a }', { claims })).isAllowed).toBe(isAllowed)
  })

  it('S2 of several directives add up', async () => {
    expect((await decide(one, '{ b }', { claims: { roles: ['boss'] } })).isAllowed).toBe(false)
    expect((await decide(one, '{ b }', { claims: { roles: ['boss', 'editor'] } })).isAllowed).toBe(true)
  })

  it('S10 answer 403 without a challenge, since a larger token would not help', async () => {
    const denial = (await decide(one, '{ a }', { claims: {} })) as Denial
    expect(denial).toMatchObject({
      reason: 'role',
      status: 403,
      code: 'FORBIDDEN',
      element: 'Query.a',
      missingScopes: [],
    })
    expect(challengeOf(denial)).toBeUndefined()
  })

  it.each<[string, object, Member['claims']]>([
    ['a claim of that name', { roles: 'scp' }, { scp: ['boss'] }],
    [
      'a function for a nested one',
      { roles: (claims: { realm_access?: { roles: string[] } }) => claims.realm_access?.roles },
      { realm_access: { roles: ['boss'] } },
    ],
  ])('S1 are read from %s', async (_name, claims, carried = {}) => {
    const other = build('type Query { a: Int @auth(roles: "boss") }', { claims })
    expect((await decide(other, '{ a }', { claims: carried })).isAllowed).toBe(true)
    expect((await decide(other, '{ a }', { claims: { roles: ['boss'] } })).isAllowed).toBe(false)
  })
})

describe('the scope claim', () => {
  const sdl = 'type Query { a: Int @auth(scope: "notes:read") }'

  it.each<[string, unknown, Member, boolean]>([
    ['scope, by default', undefined, { scope: ['notes:read'] }, true],
    ['scp as a list', { scope: 'scp' }, { claims: { scp: ['notes:read'] } }, true],
    ['scp as a string', { scope: 'scp' }, { claims: { scp: 'email notes:read' } }, true],
    ['roles', { scope: 'roles' }, { claims: { roles: ['notes:read'] } }, true],
    ['what is implied by it', { scope: 'scp' }, { claims: { scp: ['notes:write'] } }, true],
    ['another claim, not scope', { scope: 'scp' }, { scope: ['notes:read'] }, false],
    ['a value with a wildcard, which means nothing', { scope: 'scp' }, { claims: { scp: ['notes:*'] } }, false],
    ['a malformed string, which holds nothing', { scope: 'scp' }, { claims: { scp: 'notes:read  x' } }, false],
    [
      'a function that throws, which holds nothing',
      {
        scope: () => {
          throw new Error('no')
        },
      },
      { scope: ['notes:read'] },
      false,
    ],
    ['a function that answers no list', { scope: () => [1, 'notes:read'] }, {}, false],
  ])('S1 GQ-17 is %s', async (_name, claims, who, isAllowed) => {
    expect((await decide(build(sdl, { claims }), '{ a }', who)).isAllowed).toBe(isAllowed)
  })

  it('is refused as an option where it is none', () => {
    expect(() => build(sdl, { claims: { roles: 1 } })).toThrow(/claims\.roles/)
  })
})

describe('acr and maxAge', () => {
  const one = build(`type Query {
    strong: Int @auth(acr: ["phr", "phrh"])
    recent: Int @auth(maxAge: 60)
    both: Int @auth(acr: "phrh", maxAge: 300, scope: "admin")
    never: Int @auth(acr: "phr") @auth(acr: "gold")
  }`)

  it.each<[string, string, Member, boolean]>([
    ['one of the classes', '{ strong }', { acr: 'phrh' }, true],
    ['another class', '{ strong }', { acr: 'gold' }, false],
    ['no class', '{ strong }', {}, false],
    ['a sign-in just recent enough', '{ recent }', { authTime: NOW - 60 }, true],
    ['one second too old', '{ recent }', { authTime: NOW - 61 }, false],
    ['no time of a sign-in', '{ recent }', {}, false],
    ['the strictest of what is selected', '{ recent strong }', { authTime: NOW - 100, acr: 'phr' }, false],
  ])('S1 S8 look at the sign-in: %s', async (_name, query, who, isAllowed) => {
    expect((await decide(one, query, who)).isAllowed).toBe(isAllowed)
  })

  it('S1 look at the sign-in each time: one that was recent enough grows old', async () => {
    let time = NOW
    const { auth, schema } = build('type Query { a: Int @auth(maxAge: 60) b: Int @auth }', { now: () => time })
    const held = await member({ authTime: NOW })
    const documents = ['{ a }', '{ b }', '{ a b }'].map((query) => parse(query))
    const check = () => documents.map((document) => auth.check(auth.analyze(schema, document), held, { context: {} }))
    expect(check()).toMatchObject(Array(3).fill({ isAllowed: true }))
    time += 61
    expect(check()).toMatchObject([
      { isAllowed: false, reason: 'authentication' },
      { isAllowed: true },
      { isAllowed: false, reason: 'authentication' },
    ])
  })

  it('S10 answer 401 insufficient_user_authentication, and name the missing scope in the same challenge', async () => {
    const denial = (await decide(one, '{ both strong recent }', { acr: 'phr' })) as Denial
    expect(denial).toMatchObject({
      reason: 'authentication',
      status: 401,
      code: 'UNAUTHENTICATED',
      missingScopes: ['admin'],
      acrValues: ['phrh'],
      maxAge: 60,
    })
    expect(challengeOf(denial, { resourceMetadata: 'https://api.example/m' })).toBe(
      'Bearer error="insufficient_user_authentication", scope="admin", acr_values="phrh", max_age="60", resource_metadata="https://api.example/m"',
    )
    expect(toGraphQLError(denial).extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
      acrValues: ['phrh'],
      maxAge: 60,
    })
  })

  it('S10 tell an anonymous caller of the sign-in too, without an error', async () => {
    const denial = (await decide(one, '{ both }', undefined)) as Denial
    expect(challengeOf(denial)).toBe('Bearer scope="admin", acr_values="phrh", max_age="300"')
  })

  it('S10 answer 403 where no sign-in could help: two classes at once, and a client of its own', async () => {
    for (const [query, who] of [
      ['{ never }', { acr: 'phr' }],
      ['{ recent }', { subject: 'web' }],
    ] as const) {
      const denial = (await decide(one, query, who)) as Denial
      expect(denial).toMatchObject({ reason: 'authentication', status: 403, code: 'FORBIDDEN' })
      expect(challengeOf(denial)).toBeUndefined()
    }
  })
})

describe('the order of a decision', () => {
  const one = build('type Query { a: Int @auth(scope: "admin", roles: "boss", maxAge: 60) }')
  const roles = { claims: { roles: ['boss'] } }

  it('S8 is token, role, sign-in, scope', async () => {
    const reasonFor = async (who: Member | undefined) => ((await decide(one, '{ a }', who)) as Denial).reason
    expect(await reasonFor(undefined)).toBe('token')
    expect(await reasonFor({})).toBe('role')
    expect(await reasonFor(roles)).toBe('authentication')
    expect(await reasonFor({ ...roles, authTime: NOW })).toBe('scope')
    expect((await decide(one, '{ a }', { ...roles, authTime: NOW, scope: ['admin'] })).isAllowed).toBe(true)
  })
})

describe("a client's own token", () => {
  const asClient: Member = { subject: 'web', clientId: 'web', scope: ['notes:read'] }
  const policies = (policy: Parameters<NonNullable<Parameters<typeof createAuth>[0]['policies']>>[0]) => ({
    user: policy.operation(({ token: asked }) => !asked.isClient),
    owner: policy.field(({ token: asked }) => asked.claims.sub === 'web' && !asked.isClient),
  })
  const one = build(
    'type Query { open: Int @auth me: Int @auth(policy: "user") mine: Int @auth(policy: "owner", scope: "notes:read") }',
    { policies },
  )

  it('GQ-21 ATT-064 S10 passes bare @auth, and is refused with FORBIDDEN where a user is needed', async () => {
    expect((await decide(one, '{ open }', asClient)).isAllowed).toBe(true)
    for (const query of ['{ me }', '{ mine }'])
      expect(await decide(one, query, asClient)).toMatchObject({ code: 'FORBIDDEN', status: 403, reason: 'policy' })
    expect((await decide(one, '{ me }', { subject: 'alice' })).isAllowed).toBe(true)
  })
})

describe('what errors tell', () => {
  it('S10 can be cut down to the code', async () => {
    const one = build('type Query { a: Int @auth(scope: "admin") b: Int @auth(roles: "boss") }', { errors: 'code' })
    const denial = (await decide(one, '{ a }', { scope: ['email'] })) as Denial
    expect(toGraphQLError(denial).extensions).toEqual({
      code: 'FORBIDDEN',
      challenge: 'Bearer error="insufficient_scope", scope="admin"',
    })
    expect(toGraphQLError((await decide(one, '{ b }', {})) as Denial).extensions).toEqual({ code: 'FORBIDDEN' })
  })

  it('S10 names each scheme that the resource takes, the error in that of the one used', async () => {
    const one = build('type Query { a: Int @auth(scope: "admin") }')
    const denial = (await decide(one, '{ a }', {})) as Denial
    expect(
      challengeOf(denial, {
        offered: [
          { scheme: 'DPoP', parameters: { algs: 'ES256 EdDSA' } },
          { scheme: 'Bearer', parameters: {} },
        ],
      }),
    ).toBe('DPoP error="insufficient_scope", scope="admin", algs="ES256 EdDSA", Bearer scope="admin"')
  })
})
