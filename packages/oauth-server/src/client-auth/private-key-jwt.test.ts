import { createServer } from 'node:http'
import { generatePrivateJwk, importSigningKey, type SigningKey } from '@scopewise/token-core'
import { createClientAssertion } from '@scopewise/token-core/client-assertion'
import { encodeBase64url } from '@scopewise/token-core/encoding'
import { describe, expect, it } from 'vitest'
import type { ClientOptions } from '../config/client.js'
import { memoryStore } from '../storage/memory.js'
import {
  basic,
  claimsOf,
  createHarness,
  createTestServer,
  type Harness,
  ISSUER,
  post,
  type TestScope,
} from '../testing/harness.js'

const key = await importSigningKey(await generatePrivateJwk('ES256'))
const other = await importSigningKey(await generatePrivateJwk('ES256'))
const job: ClientOptions<TestScope> = { clientId: 'job', jwks: { keys: [key.publicJwk] }, scope: ['notes:read'] }
const remoteJob = (jwksUri: string): ClientOptions<TestScope> => ({ clientId: 'job', jwksUri, scope: ['notes:read'] })
const harnessWith = (client = job) => createHarness({ clients: [client] })
const TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

const form = (assertion: string, changes = {}) => ({
  grant_type: 'client_credentials',
  scope: 'notes:read',
  client_assertion_type: TYPE,
  client_assertion: assertion,
  ...changes,
})
const assertionOf = ({ clock }: Harness, options = {}, signer: SigningKey = key) =>
  createClientAssertion(signer, { clientId: 'job', issuer: ISSUER, now: clock.now, ...options })
const encode = (value: object) => encodeBase64url(new TextEncoder().encode(JSON.stringify(value)))
/** Signs any claims. */
const sign = async (claims: object, header: object = {}) => {
  const signed = `${encode({ alg: key.alg, kid: key.kid, typ: 'client-authentication+jwt', ...header })}.${encode(claims)}`
  return `${signed}.${encodeBase64url(await key.sign(new TextEncoder().encode(signed)))}`
}

describe('private_key_jwt', () => {
  it('authenticates a client by the key that it registered, with and without client_id', async () => {
    const harness = await harnessWith()
    expect((await post(harness.server, '/token', form(await assertionOf(harness)))).status).toBe(200)
    const named = form(await assertionOf(harness), { client_id: 'job' })
    expect((await post(harness.server, '/token', named)).status).toBe(200)
  })

  it.each<[string, object, object?]>([
    ['TK-24 the token endpoint as audience', { aud: `${ISSUER}/token` }],
    ['TK-24 the pushed request endpoint as audience', { aud: `${ISSUER}/par` }],
    ['TK-24 a list with the issuer', { aud: [ISSUER] }],
    ['TK-25 another issuer than the subject', { iss: 'other' }],
    ['TK-25 no exp', { exp: undefined }],
    ['TK-25 an expired one', { exp: 1_800_000_000 - 31 }],
    ['TK-26 no jti', { jti: undefined }],
    ['TK-27 an iat 61 s ahead', { iat: 1_800_000_000 + 61 }],
    ['TK-27 an nbf 61 s ahead', { nbf: 1_800_000_000 + 61 }],
    ['TK-28 an access token', {}, { typ: 'at+jwt' }],
    ['TK-28 a DPoP proof', {}, { typ: 'dpop+jwt' }],
  ])('refuses %s', async (_, claims, header) => {
    const harness = await harnessWith()
    const jwt = await sign({ ...claimsOf(await assertionOf(harness)), ...claims }, header)
    expect(await post(harness.server, '/token', form(jwt))).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    })
  })

  it('TK-27 takes an iat and an nbf that are 8 s ahead', async () => {
    const harness = await harnessWith()
    const ahead = harness.clock.now + 8
    const jwt = await sign({ ...claimsOf(await assertionOf(harness)), iat: ahead, nbf: ahead })
    expect((await post(harness.server, '/token', form(jwt))).status).toBe(200)
  })

  it('TK-25 refuses another key, another client, and what is no assertion', async () => {
    const harness = await createHarness({
      clients: [job, { ...job, clientId: 'second', jwks: { keys: [other.publicJwk] } }],
    })
    const foreign = await assertionOf(harness, {}, other)
    const tries = [
      form(foreign),
      form(await assertionOf(harness), { client_id: 'second' }),
      form('not.a.jwt'),
      form(await assertionOf(harness), { client_assertion_type: 'urn:other' }),
      form(await assertionOf(harness), { client_assertion: undefined }),
      form(await assertionOf(harness, { clientId: 'nobody' })),
    ]
    for (const attempt of tries)
      expect((await post(harness.server, '/token', attempt)).body['error']).toBe('invalid_client')
  })

  it('TK-17 TK-18 is the only method of the request, and only for who is registered for it', async () => {
    const harness = await createHarness({
      clients: [job, { clientId: 'web', redirectUris: ['https://app.example/cb'] }],
    })
    const both = await post(harness.server, '/token', form(await assertionOf(harness)), basic('job', 'x'.repeat(30)))
    expect(both.body['error']).toBe('invalid_request')
    const asWeb = await post(harness.server, '/token', form(await assertionOf(harness, { clientId: 'web' })))
    expect(asWeb.body['error']).toBe('invalid_client')
    const bare = await post(harness.server, '/token', { grant_type: 'client_credentials', client_id: 'job' })
    expect(bare.body['error']).toBe('invalid_client')
  })

  it.each([10, 100])('TK-26 ATT-041 takes one of %i uses of an assertion, over two processes', async (count) => {
    const store = memoryStore()
    const harness = await createHarness({ clients: [job], store })
    const second = createTestServer({ clients: [job], store, now: () => harness.clock.now })
    const jwt = await assertionOf(harness)
    const answers = await Promise.all(
      Array.from({ length: count }, (_, index) => post(index % 2 ? second : harness.server, '/token', form(jwt))),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ body }) => body['error'] === 'invalid_client')).toHaveLength(count - 1)
  })

  it('OP-14 remembers an assertion until the last second in which it could be accepted', async () => {
    const harness = await harnessWith()
    const jwt = await assertionOf(harness)
    expect((await post(harness.server, '/token', form(jwt))).status).toBe(200)
    harness.clock.now += 60 + 29
    await harness.server.expire()
    expect((await post(harness.server, '/token', form(jwt))).body['error']).toBe('invalid_client')
    const reasons = harness.events.filter(({ name }) => name === 'client_authentication.failed')
    expect(reasons.map(({ event }) => event)).toEqual([{ clientId: 'job', reason: 'assertion_revoked' }])
  })

  it('OP-14 fails closed when the store can not say whether it was used', async () => {
    const store = memoryStore()
    const harness = await createHarness({
      clients: [job],
      store: { ...store, useOnce: () => Promise.reject(new Error('down')) },
    })
    expect((await post(harness.server, '/token', form(await assertionOf(harness)))).status).toBe(503)
  })

  it('fetches the keys of a client from its jwksUri, once, and says 503 while they are out of reach', async () => {
    let fetched = 0
    const host = createServer((_, response) => {
      fetched++
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ keys: [key.publicJwk] }))
    })
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
    const address = host.address()
    const port = typeof address === 'object' ? address?.port : undefined
    const harness = await harnessWith(remoteJob(`http://127.0.0.1:${port}/jwks`))
    for (let round = 0; round < 3; round++)
      expect((await post(harness.server, '/token', form(await assertionOf(harness)))).status).toBe(200)
    expect(fetched).toBe(1)
    await new Promise((resolve) => host.close(resolve))
    const down = await harnessWith(remoteJob(`http://127.0.0.1:${port}/jwks`))
    expect(await post(down.server, '/token', form(await assertionOf(down)))).toMatchObject({
      status: 503,
      body: { error: 'temporarily_unavailable' },
    })
  })
})
