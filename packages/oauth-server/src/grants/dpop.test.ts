import { generatePrivateJwk, importSigningKey } from '@scopewise/token-core'
import { encodeBase64url } from '@scopewise/token-core/encoding'
import { beforeEach, describe, expect, it } from 'vitest'
import { memoryStore } from '../storage/memory.js'
import { createProvingClient, type ProvingClient } from '../testing/dpop.js'
import {
  asService,
  authorizeUrl,
  CALLBACK,
  claimsOf,
  codeFor,
  createHarness,
  createTestServer,
  eventNames,
  type Harness,
  ISSUER,
  post,
  redeem,
  SERVICE_SECRET,
  service,
  verifier,
} from '../testing/harness.js'

let harness: Harness
let client: ProvingClient
beforeEach(async () => {
  harness = await createHarness()
  client = await createProvingClient(harness)
})

const codeForm = (code: string | null, changes = {}) => ({
  grant_type: 'authorization_code',
  client_id: 'web',
  code: code ?? '',
  code_verifier: verifier,
  redirect_uri: CALLBACK,
  ...changes,
})
const refreshForm = (token: string | undefined, changes = {}) => ({
  grant_type: 'refresh_token',
  client_id: 'web',
  refresh_token: token,
  ...changes,
})
const refreshTokenOf = async () => (await client.post('/token', codeForm(await codeFor(harness)))).body['refresh_token']
const ownForm = { grant_type: 'client_credentials', scope: 'notes:read' }

describe('DPoP at the token endpoint', () => {
  it('DP-13 binds the access token to the key of the proof', async () => {
    const { body } = await client.post('/token', codeForm(await codeFor(harness)))
    expect(body['token_type']).toBe('DPoP')
    expect(claimsOf(body['access_token'])['cnf']).toEqual({ jkt: client.key.thumbprint })
    const own = await client.post('/token', ownForm, asService)
    expect(own.body['token_type']).toBe('DPoP')
    expect((await post(harness.server, '/token', ownForm, asService)).body['token_type']).toBe('Bearer')
  })

  it('DP-16 asks for a nonce once, sends a fresh one with each answer, and takes the one before', async () => {
    const code = await codeFor(harness)
    const first = await client.postWith(await client.proof('/token'), '/token', codeForm(code))
    expect(first).toMatchObject({ status: 400, body: { error: 'use_dpop_nonce' } })
    expect(first.headers.get('cache-control')).toBe('no-store')
    const nonce = first.headers.get('dpop-nonce') ?? ''
    harness.clock.now += 120
    const again = await codeFor(harness)
    const second = await client.postWith(await client.proof('/token', { nonce }), '/token', codeForm(again))
    expect(second.status).toBe(200)
    const fresh = second.headers.get('dpop-nonce') ?? ''
    expect(fresh).not.toBe(nonce)
    // A script of another origin sees what is named here.
    for (const { headers } of [first, second])
      expect(headers.get('access-control-expose-headers')?.split(', ')).toContain('dpop-nonce')
    harness.clock.now += 240
    const stale = await client.postWith(await client.proof('/token', { nonce: fresh }), '/token', codeForm(code))
    expect(stale.body['error']).toBe('use_dpop_nonce')
  })

  it('DP-16 does without nonces where they are switched off', async () => {
    harness = await createHarness({ dpopNonces: false })
    client = await createProvingClient(harness)
    const answer = await client.postWith(await client.proof('/token'), '/token', codeForm(await codeFor(harness)))
    expect(answer.status).toBe(200)
    expect(answer.headers.get('dpop-nonce')).toBeNull()
  })

  it.each<[string, object]>([
    ['DP-07 another method', { method: 'GET' }],
    ['DP-08 another endpoint', { url: `${ISSUER}/par` }],
    ['DP-08 another origin', { url: 'https://evil.example/token' }],
    ['DP-09 an old one', { now: 1_800_000_000 - 301 }],
    ['DP-09 one of the future', { now: 1_800_000_000 + 61 }],
  ])('DP-05 refuses %s, and the code stays good', async (_, options) => {
    const code = await codeFor(harness)
    const proof = await client.proof('/token', options)
    expect((await client.postWith(proof, '/token', codeForm(code))).body['error']).toBe('invalid_dpop_proof')
    expect((await client.post('/token', codeForm(code))).status).toBe(200)
  })

  it('DP-12 takes one of 100 uses of a proof, over two servers on one store', async () => {
    await client.post('/token', ownForm, asService)
    const proof = await client.proof('/token')
    const servers = [harness.server, createTestServer({ store: harness.store, now: () => harness.clock.now })] as const
    const use = (i: number) => post(servers[i % 2 ? 1 : 0], '/token', ownForm, { ...asService, dpop: proof })
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => use(i)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ body }) => body['error'] === 'invalid_dpop_proof')).toHaveLength(99)
  })

  it.each<[string, () => Promise<Record<string, string | undefined>>]>([
    ['a code', async () => codeForm(await codeFor(harness))],
    ['a refresh token', async () => refreshForm(await refreshTokenOf())],
    ['a refresh token, for less', async () => refreshForm(await refreshTokenOf(), { scope: 'notes:read' })],
  ])('DP-12 uses up the proof that came with %s', async (_, formOf) => {
    await client.post('/token', ownForm, asService)
    const form = await formOf()
    const proof = await client.proof('/token')
    expect((await client.postWith(proof, '/token', form)).status).toBe(200)
    const again = await post(harness.server, '/token', ownForm, { ...asService, dpop: proof })
    expect(again.body['error']).toBe('invalid_dpop_proof')
  })

  it('OP-14 remembers a proof until the last moment at which it could be accepted, whatever is swept', async () => {
    harness = await createHarness({ dpopNonces: false })
    client = await createProvingClient(harness)
    // From a clock that is ahead as far as may be: it is good for 360 seconds.
    const proof = await client.proof('/token', { now: harness.clock.now + 60 })
    const use = () => post(harness.server, '/token', ownForm, { ...asService, dpop: proof })
    expect((await use()).status).toBe(200)
    harness.clock.now += 359
    await harness.server.expire()
    expect((await use()).body).toMatchObject({ error_description: expect.stringMatching(/used before/) })
  })

  it('DP-12 OP-14 fails closed when the store can not say whether a proof was used', async () => {
    const store = memoryStore()
    const broken = await createHarness({
      dpopNonces: false,
      store: { ...store, useOnce: () => Promise.reject(new Error('down')) },
    })
    const proving = await createProvingClient(broken)
    const answer = await proving.post('/token', ownForm, asService)
    expect(answer).toMatchObject({ status: 503, body: { error: 'temporarily_unavailable' } })
    expect(answer.headers.get('retry-after')).toBe('5')
  })

  it('uses up no proof of a request that is refused', async () => {
    await client.post('/token', ownForm, asService)
    const proof = await client.proof('/token')
    const wrong = { ...ownForm, scope: 'admin' }
    expect((await post(harness.server, '/token', wrong, { ...asService, dpop: proof })).status).toBe(400)
    expect((await post(harness.server, '/token', ownForm, { ...asService, dpop: proof })).status).toBe(200)
  })

  it('RFC 9449 §5.2 gives a client that is registered for bound tokens nothing without a proof', async () => {
    harness = await createHarness({ clients: [{ ...service, dpopBoundAccessTokens: true }] })
    client = await createProvingClient(harness)
    const without = await post(harness.server, '/token', ownForm, asService)
    expect(without).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } })
    expect((await client.post('/token', ownForm, asService)).status).toBe(200)
  })
})

describe('a proof that was made by hand', () => {
  interface Parts {
    header: Record<string, unknown>
    claims: Record<string, unknown>
  }
  const encode = (value: object) => encodeBase64url(new TextEncoder().encode(JSON.stringify(value)))

  /** The answer to a proof whose parts were changed before it was signed, or as a whole afterwards. */
  async function answerTo(change: (parts: Parts) => unknown, changeProof = (proof: string) => proof) {
    harness = await createHarness({ dpopNonces: false })
    const key = await importSigningKey(await generatePrivateJwk('ES256'))
    const parts: Parts = {
      header: { typ: 'dpop+jwt', alg: 'ES256', jwk: { ...key.publicJwk } },
      claims: { jti: 'j'.repeat(22), htm: 'POST', htu: `${ISSUER}/token`, iat: harness.clock.now },
    }
    change(parts)
    const signed = `${encode(parts.header)}.${encode(parts.claims)}`
    const signature = await key.sign(new TextEncoder().encode(signed))
    const dpop = changeProof(`${signed}.${encodeBase64url(signature)}`)
    return post(harness.server, '/token', ownForm, { ...asService, dpop })
  }

  it.each([`${ISSUER}/token`, `${ISSUER}/token?x=1#y`, 'HTTPS://AUTH.example/token', 'https://auth.example:443/token'])(
    'DP-08 holds for %s',
    async (htu) => {
      expect((await answerTo(({ claims }) => Object.assign(claims, { htu }))).body).toMatchObject({
        token_type: 'DPoP',
      })
    },
  )

  it.each<[string, (parts: Parts) => unknown, ((proof: string) => string)?]>([
    ['DP-01 without typ', ({ header }) => delete header['typ']],
    ['DP-01 with typ JWT', ({ header }) => Object.assign(header, { typ: 'JWT' })],
    [
      'DP-02 with alg none',
      ({ header }) => Object.assign(header, { alg: 'none' }),
      (proof) => proof.replace(/[^.]+$/, ''),
    ],
    ['DP-02 with alg HS256', ({ header }) => Object.assign(header, { alg: 'HS256' })],
    ['DP-03 with an algorithm that is not announced', ({ header }) => Object.assign(header, { alg: 'ES384' })],
    ['DP-04 without a key', ({ header }) => delete header['jwk']],
    ['DP-04 with its private key', ({ header }) => Object.assign(header['jwk'] as object, { d: 'A'.repeat(43) })],
    [
      'DP-05 with a changed signature',
      () => undefined,
      (proof) => `${proof.slice(0, -4)}${proof.endsWith('AAAA') ? 'BBBA' : 'AAAA'}`,
    ],
    ['DP-05 of another key', ({ header }) => Object.assign(header['jwk'] as object, client.key.publicJwk)],
    ['DP-06 without jti', ({ claims }) => delete claims['jti']],
    ['DP-12 with a jti of 10 kB', ({ claims }) => Object.assign(claims, { jti: 'x'.repeat(10_000) })],
    ['DP-07 without htm', ({ claims }) => delete claims['htm']],
    ['DP-07 for GET', ({ claims }) => Object.assign(claims, { htm: 'GET' })],
    ['DP-08 without htu', ({ claims }) => delete claims['htu']],
    ...[
      '/token',
      `${ISSUER}/token/`,
      `${ISSUER}/Token`,
      'https://auth.example:8443/token',
      'http://auth.example/token',
      `${ISSUER}.evil.example/token`,
    ].map((htu): [string, (parts: Parts) => unknown] => [
      `DP-08 for ${htu}`,
      ({ claims }) => Object.assign(claims, { htu }),
    ]),
    ['DP-09 without iat', ({ claims }) => delete claims['iat']],
    ['DP-09 an hour old', ({ claims }) => Object.assign(claims, { iat: 1_800_000_000 - 3600 })],
    ['DP-09 an hour ahead', ({ claims }) => Object.assign(claims, { iat: 1_800_000_000 + 3600 })],
    ['DP-10 beside a second one', () => undefined, (proof) => `${proof}, ${proof}`],
  ])('%s is refused', async (_name, change, changeProof) => {
    const answer = await answerTo(change, changeProof)
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } })
  })
})

describe('dpop_jkt', () => {
  it('DP-18 binds the code to a key: without it, or with another, the code stays unused', async () => {
    const code = await codeFor(harness, { dpop_jkt: client.key.thumbprint })
    const thief = await createProvingClient(harness)
    expect((await redeem(harness.server, code)).body['error']).toBe('invalid_grant')
    expect((await thief.post('/token', codeForm(code))).body['error']).toBe('invalid_grant')
    expect((await client.post('/token', codeForm(code))).status).toBe(200)
  })

  it('TK-04 TK-05 ATT-060 a replay with the wrong key or verifier revokes nothing', async () => {
    const code = await codeFor(harness, { dpop_jkt: client.key.thumbprint })
    const { body } = await client.post('/token', codeForm(code))
    const thief = await createProvingClient(harness)
    await thief.post('/token', codeForm(code))
    await redeem(harness.server, code)
    await client.post('/token', codeForm(code, { code_verifier: 'x'.repeat(43) }))
    expect(eventNames(harness)).not.toContain('grant.revoked')
    expect((await client.post('/token', refreshForm(body['refresh_token']))).status).toBe(200)
  })

  it('ATT-061 a code that only looks like one of ours revokes nothing', async () => {
    const code = (await codeFor(harness)) ?? ''
    const { body } = await redeem(harness.server, code)
    for (const forged of [`${code.slice(0, -4)}AAAA`, `${code}.x`, code.slice(0, 20)])
      expect((await redeem(harness.server, forged)).body['error']).toBe('invalid_grant')
    expect(eventNames(harness)).not.toContain('grant.revoked')
    expect((await client.post('/token', refreshForm(body['refresh_token']))).status).toBe(200)
  })

  it('refuses one that is no thumbprint', async () => {
    for (const dpop_jkt of ['x', `${client.key.thumbprint}A`, client.key.thumbprint.replace(/^./, '+')]) {
      const page = await harness.browser().open(authorizeUrl({ dpop_jkt }))
      expect(page.location).toMatch(/error=invalid_request/)
    }
  })
})

describe('a refresh token and its key', () => {
  it('DP-15 ATT-067 of a public client works with its key only, through every rotation, and a thief changes nothing', async () => {
    const { body } = await client.post('/token', codeForm(await codeFor(harness)))
    const thief = await createProvingClient(harness)
    const refused = async (token: string | undefined) => {
      const bare = await post(harness.server, '/token', refreshForm(token))
      const stolen = await thief.post('/token', refreshForm(token))
      expect([bare.body['error'], stolen.body['error']]).toEqual(['invalid_grant', 'invalid_grant'])
    }
    await refused(body['refresh_token'])
    const second = await client.post('/token', refreshForm(body['refresh_token']))
    expect(claimsOf(second.body['access_token'])['cnf']).toEqual({ jkt: client.key.thumbprint })
    // The rotated one, too: a thief without the key can't have the grant revoked.
    await refused(body['refresh_token'])
    await refused(second.body['refresh_token'])
    expect((await client.post('/token', refreshForm(second.body['refresh_token']))).status).toBe(200)
    expect(eventNames(harness)).not.toContain('grant.revoked')
  })

  it('of a confidential client is bound to the client: a new key is fine', async () => {
    const code = await codeFor(harness, { client_id: 'confidential', redirect_uri: 'https://server.example/cb' })
    const as = { client_id: 'confidential', client_secret: SERVICE_SECRET }
    const { body } = await client.post('/token', codeForm(code, { ...as, redirect_uri: undefined }))
    const renewed = await createProvingClient(harness)
    const second = await renewed.post('/token', refreshForm(body['refresh_token'], as))
    expect(claimsOf(second.body['access_token'])['cnf']).toEqual({ jkt: renewed.key.thumbprint })
    const unbound = await post(harness.server, '/token', refreshForm(second.body['refresh_token'], as))
    expect(unbound.body['token_type']).toBe('Bearer')
  })

  it('RF-04 a lost answer is repeated for the same key alone', async () => {
    const { body } = await client.post('/token', codeForm(await codeFor(harness)))
    const first = await client.post('/token', refreshForm(body['refresh_token']))
    const retry = await client.post('/token', refreshForm(body['refresh_token']))
    expect(retry.body['refresh_token']).toBe(first.body['refresh_token'])
  })
})
