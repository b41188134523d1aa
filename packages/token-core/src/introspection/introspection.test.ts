import { describe, expect, it } from 'vitest'
import { parseChallenges } from '../challenge.js'
import { createDpopProof, createDpopVerifier, generateDpopKey } from '../dpop.js'
import { isTokenError } from '../errors.js'
import { createIntrospectionVerifier, type IntrospectionVerifierOptions } from '../introspection.js'
import { localKeys } from '../keys/local.js'
import { memoryReplay } from '../replay/memory.js'
import {
  AUDIENCE,
  accessToken,
  type Claims,
  codeOf,
  forge,
  grant,
  ISSUER,
  METADATA,
  NOW,
  pair,
  type Scope,
  signingKey,
} from '../testing/fixtures.js'

const ACTIVE = {
  active: true,
  sub: 'alice',
  client_id: 'web',
  aud: AUDIENCE,
  iat: NOW,
  exp: NOW + 600,
  scope: 'notes:write',
  tenant: 't1',
}
const json = (value: unknown, init: ResponseInit = {}) =>
  new Response(typeof value === 'string' ? value : JSON.stringify(value), {
    headers: { 'content-type': 'application/json' },
    ...init,
  })

type Answer = (request: Request) => Response | Promise<Response>
type Options = Partial<IntrospectionVerifierOptions<Scope, Claims>>

/** A verifier, the requests that its endpoint got, and a clock. */
function setUp(answer: Answer, options: Options = {}) {
  const requests: { readonly headers: Headers; readonly body: string; readonly redirect: string }[] = []
  const clock = { now: NOW }
  const verifier = createIntrospectionVerifier({
    token: accessToken,
    audience: AUDIENCE,
    issuer: ISSUER,
    endpoint: `${ISSUER}/introspect`,
    authenticate: ({ headers }) => headers.set('authorization', 'Basic YXBpOnNlY3JldA=='),
    resourceMetadata: METADATA,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      requests.push({ headers: request.headers, body: await request.clone().text(), redirect: request.redirect })
      return answer(request)
    },
    now: () => clock.now,
    ...options,
  })
  return { verifier, requests, clock }
}

describe('introspectionVerifier.verify', () => {
  it('gives what a verifier of signatures gives', async () => {
    const { verifier, requests } = setUp(() => json(ACTIVE))
    const verified = await verifier.verify('opaque token')
    expect(verified.claims).toMatchObject({
      sub: 'alice',
      iss: ISSUER,
      tenant: 't1',
      jti: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect([verified.has('notes:read'), verified.has('admin'), Object.isFrozen(verified.claims)]).toEqual([
      true,
      false,
      true,
    ])
    expect(requests[0]?.body).toBe('token=opaque+token&token_type_hint=access_token')
    expect(requests[0]?.redirect).toBe('manual')
    expect(requests[0]?.headers.get('authorization')).toMatch(/^Basic /)
  })

  it('lets the body carry who asks', async () => {
    const { verifier, requests } = setUp(() => json(ACTIVE), {
      authenticate: ({ body }) => body.set('client_assertion', 'x'),
    })
    await verifier.verify('t')
    expect(requests[0]?.body).toMatch(/client_assertion=x/)
  })

  it.each<[object, string]>([
    [{ active: false }, 'inactive'],
    [{ ...ACTIVE, iss: 'https://other.example' }, 'wrong_issuer'],
    [{ ...ACTIVE, aud: 'https://other.example' }, 'wrong_audience'],
    [{ ...ACTIVE, aud: undefined }, 'invalid_claims'],
    [{ ...ACTIVE, exp: NOW - 5 }, 'expired'],
    [{ ...ACTIVE, exp: undefined }, 'invalid_claims'],
    [{ ...ACTIVE, sub: undefined }, 'invalid_claims'],
    [{ ...ACTIVE, tenant: 1 }, 'invalid_claims'],
    [{ ...ACTIVE, cnf: { jkt: 'x' } }, 'wrong_binding'],
    [{ ...ACTIVE, jti: 'j', iss: ISSUER }, 'accepted'],
  ])('IN-03 judges the answer %j: %s', async (answer, code) => {
    expect(await codeOf(setUp(() => json(answer)).verifier.verify('t'))).toBe(code)
  })

  it('asks its hook also for a token that it remembers', async () => {
    let revoked = false
    const { verifier } = setUp(() => json(ACTIVE), { revoked: ({ tenant }) => revoked && tenant === 't1' })
    expect(await codeOf(verifier.verify('t'))).toBe('accepted')
    revoked = true
    expect(await codeOf(verifier.verify('t'))).toBe('revoked')
  })

  it('refuses a token longer than any header before it asks', async () => {
    const { verifier, requests } = setUp(() => json(ACTIVE))
    expect(await codeOf(verifier.verify('x'.repeat(20_000)))).toBe('malformed')
    expect(requests).toHaveLength(0)
  })
})

describe('introspectionVerifier.verify, asked again', () => {
  it('IN-05 believes an active token for a short time, and never beyond its exp', async () => {
    const { verifier, requests, clock } = setUp(
      () => json({ ...ACTIVE, exp: clock.now < NOW + 40 ? NOW + 600 : clock.now + 10 }),
      { clockTolerance: 0 },
    )
    for (const [at, asked] of [
      [0, 1],
      [29, 1],
      [30, 2],
      [59, 2],
      [60, 3],
      [69, 3],
      [70, 4],
    ] as const) {
      clock.now = NOW + at
      expect(await codeOf(verifier.verify('t'))).toBe('accepted')
      expect(requests).toHaveLength(asked)
    }
  })

  it('IN-05 refuses a token soon after it was revoked', async () => {
    let active = true
    const { verifier, clock } = setUp(() => json(active ? ACTIVE : { active: false }))
    expect(await codeOf(verifier.verify('t'))).toBe('accepted')
    active = false
    clock.now = NOW + 30
    expect(await codeOf(verifier.verify('t'))).toBe('inactive')
  })

  it('IN-05 believes a token that is not active for a shorter time', async () => {
    const { verifier, requests, clock } = setUp(() => json({ active: false }))
    for (const [at, asked] of [
      [0, 1],
      [4, 1],
      [5, 2],
    ] as const) {
      clock.now = NOW + at
      expect(await codeOf(verifier.verify('t'))).toBe('inactive')
      expect(requests).toHaveLength(asked)
    }
  })

  it('asks once for all who wait, and never mixes tokens up', async () => {
    const { verifier, requests } = setUp(async (request) =>
      json({ ...ACTIVE, sub: new URLSearchParams(await request.text()).get('token') }),
    )
    const tokens = Array.from({ length: 200 }, (_, index) => `t${index % 4}`)
    const verified = await Promise.all(tokens.map((token) => verifier.verify(token)))
    expect(requests).toHaveLength(4)
    expect(verified.map(({ claims }) => claims.sub)).toEqual(tokens)
  })

  it('remembers no more than it may', async () => {
    const { verifier, requests } = setUp(() => json(ACTIVE), { cache: { max: 2 } })
    for (const token of ['a', 'b', 'c', 'c', 'b', 'a']) await verifier.verify(token)
    expect(requests).toHaveLength(4)
  })
})

describe('introspectionVerifier.verify without an answer', () => {
  it.each<[string, Answer]>([
    ['that is down', () => Promise.reject(new Error('refused'))],
    ['with status 500', () => json(ACTIVE, { status: 500 })],
    ['that does not know us', () => json({ error: 'invalid_client' }, { status: 401 })],
    ['that redirects', () => new Response(null, { status: 302, headers: { location: 'https://evil.example/' } })],
    ['that answers HTML', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
    ['that answers no object', () => json('[]')],
    ['that answers active as text', () => json({ ...ACTIVE, active: 'true' })],
    ['that names a member twice', () => json('{"active":false,"active":true}')],
    ['that answers 100 kB', () => json({ ...ACTIVE, filler: 'x'.repeat(100_000) })],
  ])('answers 503 for an endpoint %s, and leaves it alone for a second', async (_, answer) => {
    const { verifier, requests, clock } = setUp(answer)
    const error: unknown = await verifier.verify('a').catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'temporarily_unavailable', status: 503, challenges: [], retryAfter: 1 })
    expect(await codeOf(verifier.verify('b'))).toBe('temporarily_unavailable')
    expect(requests).toHaveLength(1)
    clock.now = NOW + 1
    await codeOf(verifier.verify('b'))
    expect(requests).toHaveLength(2)
  })

  it('gives up on one that never answers', async () => {
    const { verifier } = setUp(() => new Promise(() => undefined), { timeout: 0.02 })
    expect(await codeOf(verifier.verify('t'))).toBe('temporarily_unavailable')
  })

  it('goes on with what it remembers', async () => {
    let down = false
    const { verifier } = setUp(() => (down ? Promise.reject(new Error('refused')) : json(ACTIVE)))
    await verifier.verify('known')
    down = true
    expect(await codeOf(verifier.verify('new'))).toBe('temporarily_unavailable')
    expect(await codeOf(verifier.verify('known'))).toBe('accepted')
  })
})

describe('introspectionVerifier.verify with signed answers', () => {
  const answer =
    (claims: object = {}, typ = 'token-introspection+jwt', by = '') =>
    async () => {
      const key = await signingKey('ES256', by)
      const content = { iss: ISSUER, aud: AUDIENCE, iat: NOW, token_introspection: ACTIVE, ...claims }
      const jwt = await forge(key, { alg: key.alg, typ, kid: (await signingKey()).kid }, content)
      return new Response(jwt, { headers: { 'content-type': 'application/token-introspection+jwt' } })
    }

  it('accepts the signature of the server, and nothing else', async () => {
    const signed = { keys: localKeys({ keys: [(await signingKey()).publicJwk] }), audience: AUDIENCE }
    const verdict = (given: Answer) => codeOf(setUp(given, { signed }).verifier.verify('t'))
    expect(await verdict(answer())).toBe('accepted')
    expect(await verdict(answer({ token_introspection: { active: false } }))).toBe('inactive')
    for (const wrong of [
      answer({}, 'JWT'),
      answer({}, undefined, 'other'),
      answer({ iss: AUDIENCE }),
      answer({ aud: ISSUER }),
      answer({ token_introspection: true }),
      () => json(ACTIVE),
    ])
      expect(await verdict(wrong)).toBe('temporarily_unavailable')
  })
})

describe('introspectionVerifier.authenticate', () => {
  const request = (token: string, headers: Record<string, string> = {}) =>
    new Request(AUDIENCE, { method: 'POST', headers: { authorization: token, ...headers } })

  it('answers with challenges, like every verifier', async () => {
    const { verifier } = setUp(() => json({ active: false }))
    const error: unknown = await verifier
      .authenticate(request('Bearer t'), { scope: ['notes:read'] })
      .catch((reason: unknown) => reason)
    const [challenge] = parseChallenges(isTokenError(error) ? (error.headers['www-authenticate'] ?? '') : '')
    expect(challenge).toMatchObject({
      scheme: 'Bearer',
      parameters: { error: 'invalid_token', scope: 'notes:read', resource_metadata: METADATA },
    })
  })

  it('DP-14 holds a bound token against its proof each time', async () => {
    const key = await generateDpopKey()
    const dpop = createDpopVerifier({ replay: memoryReplay(), now: () => NOW })
    const { verifier, requests } = setUp(() => json({ ...ACTIVE, cnf: { jkt: key.thumbprint } }), { dpop })
    const prove = () => createDpopProof(key, { method: 'POST', url: AUDIENCE, accessToken: 't', now: NOW })
    const proof = await prove()
    expect(await codeOf(verifier.authenticate(request('DPoP t', { dpop: proof })))).toBe('accepted')
    expect(await codeOf(verifier.authenticate(request('DPoP t', { dpop: await prove() })))).toBe('accepted')
    expect(await codeOf(verifier.authenticate(request('DPoP t', { dpop: proof })))).toBe('invalid_dpop_proof')
    expect(await codeOf(verifier.authenticate(request('Bearer t')))).toBe('wrong_binding')
    expect(requests).toHaveLength(1)
  })

  it('leaves JWTs to the verifier that it was given for them', async () => {
    const { verifier: jwtVerifier, issuer } = await pair()
    const { verifier, requests } = setUp(() => json({ active: false }), { jwt: jwtVerifier })
    const jwt = await issuer.issue(grant)
    expect(await codeOf(verifier.authenticate(request(`Bearer ${jwt}`)))).toBe('accepted')
    expect(await codeOf(verifier.verify(jwt))).toBe('accepted')
    expect(await codeOf(verifier.verify(`${jwt}A`))).toMatch(/malformed|bad_signature/)
    expect(requests).toHaveLength(0)
    for (const opaque of ['t', 'a.b.c', 'eyJ.x'])
      expect(await codeOf(verifier.authenticate(request(`Bearer ${opaque}`)))).toBe('inactive')
    expect(requests).toHaveLength(3)
  })
})

describe('createIntrospectionVerifier', () => {
  it.each<[string, Options]>([
    ['endpoint', { endpoint: 'http://auth.example/introspect' }],
    ['audience', { audience: '' }],
    ['issuer', { issuer: '' }],
    ['timeout', { timeout: 0 }],
    ['clockTolerance', { clockTolerance: 61 }],
    ['lifetime', { cache: { lifetime: 301 } }],
    ['inactiveLifetime', { cache: { lifetime: 1, inactiveLifetime: 2 } }],
    ['max', { cache: { max: 0 } }],
    ['dpop', { requireBinding: true }],
  ])('refuses a wrong %s: %j', (name, options) => {
    expect(() => setUp(() => json(ACTIVE), options)).toThrow(new RegExp(name))
  })
})
