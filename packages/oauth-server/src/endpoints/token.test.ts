import { describe, expect, it } from 'vitest'
import { hashClientSecret } from '../config/client-secret.js'
import {
  API,
  type AuthorizationParameters,
  asService,
  authorizeAs,
  basic,
  codeFor,
  confidential,
  createHarness,
  eventNames,
  ISSUER,
  post,
  redeem,
  refresh,
  SERVICE_SECRET,
  service,
  verifier,
} from '../testing/harness.js'

describe('token endpoint', () => {
  const cc = { grant_type: 'client_credentials' }
  const send = async (init: RequestInit, query = '') => {
    const { server } = await createHarness()
    const response = await server.fetch(new Request(`${ISSUER}/token${query}`, { method: 'POST', ...init }))
    const text = await response.text()
    return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
  }
  const form = (text: string, headers: Record<string, string> = {}) => ({
    body: text,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  })

  it.each<[string, AuthorizationParameters, string]>([
    ['TK-30 without grant_type', {}, 'invalid_request'],
    ['TK-30 with an unknown grant_type', { grant_type: 'bogus' }, 'unsupported_grant_type'],
    ['TK-30 with a grant_type that objects have', { grant_type: 'constructor' }, 'unsupported_grant_type'],
    [
      'TK-19 with grant_type password',
      { grant_type: 'password', username: 'alice', password: 'wonderland' },
      'unsupported_grant_type',
    ],
    ['without a client', { grant_type: 'refresh_token' }, 'invalid_client'],
    ['with an unknown client', { grant_type: 'refresh_token', client_id: 'unknown' }, 'invalid_client'],
    ['without its parameters', { grant_type: 'refresh_token', client_id: 'web' }, 'invalid_request'],
    [
      'with a code of 10 kB',
      { grant_type: 'authorization_code', client_id: 'web', code: 'x'.repeat(10_000), code_verifier: 'x'.repeat(43) },
      'invalid_request',
    ],
  ])('TK-11 %s answers with an error in JSON that nobody caches', async (_name, parameters, error) => {
    const { server } = await createHarness()
    const answer = await post(server, '/token', parameters)
    expect(answer.body['error']).toBe(error)
    expect(answer.status).toBe(error === 'invalid_client' ? 401 : 400)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.body['error_description']).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/) // TK-22
  })

  it('TK-11 answers with tokens in JSON that nobody caches', async () => {
    const { status, headers } = await send(form('grant_type=client_credentials', asService))
    expect([status, headers.get('cache-control'), headers.get('content-type')]).toEqual([
      200,
      'no-store',
      'application/json',
    ])
  })

  it.each([
    ['RI-01', '/graphql'],
    ['RI-01', `${API}#x`],
    ['RI-02', 'https://other.example/'],
  ])('%s issues nothing for the resource %s', async (_id, resource) => {
    const { body } = await send(form(new URLSearchParams({ ...cc, resource }).toString(), asService))
    expect(body.error).toBe('invalid_target')
  })

  it('TK-12 knows POST only, and takes nothing secret from the query', async () => {
    const { server } = await createHarness()
    const get = await server.fetch(new Request(`${ISSUER}/token?grant_type=client_credentials`, { headers: asService }))
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await send(form('', asService), '?grant_type=client_credentials')).body.error).toBe('invalid_request')
    expect((await send(form('grant_type=client_credentials', asService), '?client_secret=x')).body.error).toBe(
      'invalid_request',
    )
    expect((await send(form('grant_type=client_credentials', asService), '?refresh_token=x')).body.error).toBe(
      'invalid_request',
    )
    expect((await send(form('grant_type=client_credentials', asService), '?tenant=x')).status).toBe(200)
  })

  it('TK-13 refuses repeated parameters', async () => {
    for (const text of [
      'grant_type=client_credentials&grant_type=client_credentials',
      'grant_type=authorization_code&client_id=web&code=a&code=b',
      'grant_type=client_credentials&scope=notes:read&scope=notes:read',
    ]) {
      expect((await send(form(text, asService))).body.error).toBe('invalid_request')
    }
  })

  it('TK-14 OP-06 refuses another content type, bad encoding, too many parameters and a body of 1 MB', async () => {
    expect(
      (await send({ body: JSON.stringify(cc), headers: { 'content-type': 'application/json', ...asService } })).status,
    ).toBe(400)
    expect((await send({ body: 'grant_type=client_credentials', headers: { ...asService } })).body.error).toBe(
      'invalid_request',
    )
    for (const text of ['grant_type=%', 'grant_type=%C3%28', `${'a=b&'.repeat(101)}`])
      expect((await send(form(text, asService))).body.error).toBe('invalid_request')
    const notUtf8 = new Uint8Array([...new TextEncoder().encode('grant_type=client_credentials&x='), 0xc3, 0x28])
    for (const length of [{}, { 'content-length': String(notUtf8.length) }]) {
      const { headers } = form('', { ...asService, ...length })
      expect((await send({ headers, body: notUtf8 })).body.error).toBe('invalid_request')
    }
    const large = await send(form(`grant_type=client_credentials&x=${'x'.repeat(1_000_000)}`, asService))
    expect([large.status, large.body.error]).toEqual([413, 'invalid_request'])
    const understated = form(`grant_type=client_credentials&x=${'x'.repeat(70_000)}`, {
      ...asService,
      'content-length': '9',
    })
    expect((await send(understated)).status).toBe(413)
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(10_000).fill(97)),
    })
    const streamed = new Request(`${ISSUER}/token`, {
      method: 'POST',
      body: endless,
      headers: form('').headers,
      duplex: 'half',
    } as RequestInit)
    expect((await (await createHarness()).server.fetch(streamed)).status).toBe(413)
  })

  it('TK-15 answers 401 with a challenge where the Authorization header was used', async () => {
    const { server } = await createHarness()
    for (const authorization of [
      'Basic !!!',
      `Basic ${btoa(`service:${SERVICE_SECRET}`).replace(/=*$/, '')}=`, // a length that no padding gives
      'Basic',
      'Bearer abc',
      `Basic ${btoa('service:wrong')}`,
      `Basic ${btoa('no colon')}`,
      `Basic ${btoa(':x')}`,
    ]) {
      const { status, headers, body } = await post(server, '/token', cc, { authorization })
      expect([status, body['error']]).toEqual([401, 'invalid_client'])
      expect(headers.get('www-authenticate')).toMatch(/^Basic /)
    }
    expect(
      (await post(server, '/token', { ...cc, client_id: 'confidential', client_secret: 'wrong' })).headers.get(
        'www-authenticate',
      ),
    ).toBeNull()
  })

  it('TK-16 reads identifier and secret form-encoded from Basic', async () => {
    const secret = 'a:b%c+d ü€ 0123456789 and more'
    const client = { ...service, clientId: 'we:ird%+', secretHash: await hashClientSecret(secret) }
    const { server } = await createHarness({ clients: [client] })
    expect((await post(server, '/token', cc, basic(client.clientId, secret))).status).toBe(200)
    expect((await post(server, '/token', cc, basic(client.clientId, `${secret}x`))).status).toBe(401)
    const asForm = (text: string) => new URLSearchParams({ x: text }).toString().slice(2)
    expect(asForm(secret)).toContain('+')
    const authorization = `Basic ${btoa(`${asForm(client.clientId)}:${asForm(secret)}`)}`
    expect((await post(server, '/token', cc, { authorization })).status).toBe(200)
  })

  it('TK-17 refuses more than one authentication method', async () => {
    const { server } = await createHarness()
    expect(
      (await post(server, '/token', { ...cc, client_id: 'service', client_secret: SERVICE_SECRET }, asService)).body[
        'error'
      ],
    ).toBe('invalid_request')
    for (const second of [{ client_secret: SERVICE_SECRET }, { client_assertion: 'x' }])
      expect((await post(server, '/token', { ...cc, ...second }, asService)).body['error']).toBe('invalid_request')
    expect((await post(server, '/token', { ...cc, client_id: 'service' }, asService)).status).toBe(200)
    expect((await post(server, '/token', { ...cc, client_id: 'web' }, asService)).body['error']).toBe('invalid_client')
  })

  it('TK-18 accepts the registered method only', async () => {
    const { server } = await createHarness({
      clients: [service, { ...confidential, grantTypes: ['authorization_code', 'client_credentials'] }],
    })
    expect(
      (await post(server, '/token', { ...cc, client_id: 'service', client_secret: SERVICE_SECRET })).body['error'],
    ).toBe('invalid_client')
    expect((await post(server, '/token', cc, basic('confidential', SERVICE_SECRET))).body['error']).toBe(
      'invalid_client',
    )
    expect((await post(server, '/token', { ...cc, client_id: 'service' })).body['error']).toBe('invalid_client')
  })

  it('takes any of several secrets while one is being replaced', async () => {
    const [old, next] = ['old secret 0123456789 abcdef', 'new secret 0123456789 abcdef']
    const { server } = await createHarness({
      clients: [{ ...service, secretHash: await Promise.all([old, next].map(hashClientSecret)) }],
    })
    expect((await post(server, '/token', cc, basic('service', old))).status).toBe(200)
    expect((await post(server, '/token', cc, basic('service', next))).status).toBe(200)
    expect((await post(server, '/token', cc, basic('service', 'neither 0123456789 abcdef'))).status).toBe(401)
  })

  it('MD-09 lets scripts of any origin read the answer, without cookies', async () => {
    const { server } = await createHarness()
    const preflight = await server.fetch(
      new Request(`${ISSUER}/token`, { method: 'OPTIONS', headers: { origin: 'https://app.example' } }),
    )
    expect([
      preflight.status,
      preflight.headers.get('access-control-allow-origin'),
      preflight.headers.get('access-control-allow-credentials'),
    ]).toEqual([204, '*', null])
    expect((await post(server, '/token', {})).headers.get('access-control-allow-origin')).toBe('*')
    const refused = await post(server, '/token', { grant_type: 'client_credentials' }, basic('service', 'wrong'))
    expect(refused.headers.get('www-authenticate')).toMatch(/^Basic /)
    expect(refused.headers.get('access-control-expose-headers')).toContain('www-authenticate')
  })

  it('OP-09 answers 503 with Retry-After while the store is away, issues nothing, and recovers', async () => {
    const harness = await createHarness()
    const code = await codeFor(harness)
    const original = harness.store.findAuthorizationCode
    const away = await createHarness({
      store: { ...harness.store, findAuthorizationCode: () => Promise.reject(new Error('connection lost')) },
    })
    const { status, headers, body } = await redeem(away.server, code)
    expect([status, headers.get('retry-after'), body['error']]).toEqual([503, '5', 'temporarily_unavailable'])
    expect(eventNames(away)).toContain('error')
    expect(original).toBe(harness.store.findAuthorizationCode)
    expect((await redeem(harness.server, code)).status).toBe(200)
  })

  it('OP-03 no event holds a code, a token, a verifier or a secret', async () => {
    const harness = await createHarness()
    const browser = harness.browser()
    const answer = await authorizeAs(browser)
    const { body } = await redeem(harness.server, answer.get('code'))
    const next = await refresh(harness.server, body['refresh_token'])
    await refresh(harness.server, 'A'.repeat(43))
    await post(harness.server, '/token', {
      grant_type: SERVICE_SECRET,
      client_id: 'service',
      client_secret: SERVICE_SECRET,
    })
    const told = JSON.stringify(harness.events)
    const issued = [
      answer.get('code'),
      ...Object.values(body),
      next.body['refresh_token'],
      next.body['access_token'],
      ...browser.cookies.values(),
    ]
    for (const secret of [
      verifier,
      SERVICE_SECRET,
      'A'.repeat(43),
      'wonderland',
      ...issued.filter((value) => typeof value === 'string' && value.length > 30),
    ]) {
      expect(told).not.toContain(secret)
    }
  })
})
