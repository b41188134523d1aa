import { describe, expect, it } from 'vitest'
import { finishAuthorization } from '../authorization/finish.js'
import { startAuthorization } from '../authorization/start.js'
import { isOAuthClientError } from '../errors.js'
import { clientCredentials } from '../grants/client-credentials.js'
import { refresh } from '../grants/refresh.js'
import { json, REDIRECT_URI } from '../testing/server.js'
import { setup } from '../testing/setup.js'

const slow = () => {
  let timer: ReturnType<typeof setInterval>
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      timer = setInterval(() => controller.enqueue(new Uint8Array([32])), 5)
    },
    cancel: () => clearInterval(timer),
  })
  setTimeout(() => clearInterval(timer), 200)
  return new Response(body, { headers: { 'content-type': 'application/json' } })
}
const endless = () =>
  new Response(
    new ReadableStream<Uint8Array>({ pull: (controller) => controller.enqueue(new Uint8Array(65_536).fill(32)) }),
    {
      headers: { 'content-type': 'application/json' },
    },
  )
const honest = { access_token: 'a', token_type: 'Bearer', expires_in: 60 }

describe('token endpoint', () => {
  it.each([
    ['a redirect', () => Response.redirect('https://evil.example/', 307), 'invalid_response'],
    [
      'a redirect as browsers show it',
      () => Object.defineProperty(new Response(), 'status', { value: 0 }),
      'invalid_response',
    ],
    [
      'HTML',
      () => new Response(JSON.stringify(honest), { headers: { 'content-type': 'text/html' } }),
      'invalid_response',
    ],
    [
      'JSON without a content type',
      () => new Response(new TextEncoder().encode(JSON.stringify(honest))),
      'invalid_response',
    ],
    ['broken JSON', () => new Response('{', { headers: { 'content-type': 'application/json' } }), 'invalid_response'],
    [
      'a member twice',
      () =>
        new Response('{"access_token":"a","token_type":"Bearer","access_token":"b"}', {
          headers: { 'content-type': 'application/json' },
        }),
      'invalid_response',
    ],
    [
      'a member twice, one of them hidden by an escape',
      () => {
        // V8 may take a name for one that followed the same names earlier.
        JSON.parse('{"token_type":1,"access_token":1,"\\\\u0061":2}')
        return new Response('{"token_type":"Bearer","access_token":"a","\\u0061ccess_token":"b"}', {
          headers: { 'content-type': 'application/json' },
        })
      },
      'invalid_response',
    ],
    ['201', () => json(honest, 201), 'invalid_response'],
    ['204 and nothing', () => new Response(null, { status: 204 }), 'invalid_response'],
    [
      '200 and nothing',
      () => new Response('', { headers: { 'content-type': 'application/json' } }),
      'invalid_response',
    ],
    ['a list', () => json([honest]), 'invalid_response'],
    ['null', () => json(null), 'invalid_response'],
    ['an endless body', endless, 'response_too_large'],
    ['a body that drips', slow, 'timeout'],
    ['silence', () => new Promise<Response>(() => undefined), 'timeout'],
    ['a broken connection', () => Promise.reject(new TypeError('fetch failed')), 'network_error'],
    [
      '502 and a page',
      () => new Response('<html>', { status: 502, headers: { 'content-type': 'text/html' } }),
      'server_unavailable',
    ],
    ['429', () => new Response('', { status: 429 }), 'server_unavailable'],
    ['400 and no error', () => json({}, 400), 'invalid_response'],
  ])('CL-05 ATT-084 gives a clear error for %s', async (_, answer, code) => {
    const { client, server } = setup({ timeout: 0.05 })
    await client.metadata()
    server.override = () => answer()
    await expect(clientCredentials(client)).rejects.toMatchObject({ code })
  })

  it('CL-05 calls a redirect a redirect, also as browsers show it', async () => {
    const { client, server } = setup()
    await client.metadata()
    for (const answer of [
      Response.redirect('https://evil.example/', 307),
      Object.defineProperty(new Response(), 'status', { value: 0 }),
    ]) {
      server.override = () => answer
      await expect(clientCredentials(client)).rejects.toThrow(/redirect/)
    }
  })

  it.each([
    ['token_type mac', { token_type: 'mac' }],
    ['no token_type', { token_type: undefined }],
    ['no access token', { access_token: undefined }],
    ['an empty access token', { access_token: '' }],
    ['an access token that breaks out of a header', { access_token: 'a\r\nx: y' }],
    ['a number as access token', { access_token: 1 }],
    ['expires_in as text', { expires_in: '600' }],
    ['expires_in below zero', { expires_in: -1 }],
    ['a refresh token that is no text', { refresh_token: {} }],
    ['an empty refresh token', { refresh_token: '' }],
    ['an ID token that is no text', { id_token: 1 }],
    ['a scope that is a list', { scope: ['notes:read'] }],
    ['a scope with a quote', { scope: 'notes:read "' }],
  ])('CL-05 refuses %s', async (_, members) => {
    const { client, server } = setup()
    server.tokens = members
    await expect(clientCredentials(client, { scope: ['notes:read'] })).rejects.toMatchObject({
      code: 'invalid_response',
    })
  })

  it('takes bearer in any case, and JSON types with parameters', async () => {
    const { client, server } = setup()
    server.override = (request) =>
      request.method === 'POST'
        ? new Response(JSON.stringify({ access_token: 'a', token_type: 'bEARER' }), {
            headers: { 'content-type': 'Application/JSON; charset=utf-8' },
          })
        : undefined
    expect(await clientCredentials(client, { scope: ['admin'] })).toMatchObject({
      tokenType: 'Bearer',
      expiresAt: undefined,
      scope: ['admin'],
    })
  })

  it.each([
    ['nothing', undefined, ['notes:read']],
    ['an empty text', '', []],
    ['less', 'notes:read', ['notes:read']],
    ['more, and something that was never declared', 'notes:write notes:read root', ['notes:write', 'notes:read']],
  ])('ATT-081 says what was granted when the server says %s', async (_, scope, granted) => {
    const { client, server } = setup()
    server.tokens = { scope }
    expect((await clientCredentials(client, { scope: ['notes:read'] })).scope).toEqual(granted)
  })

  it('gives the OAuth error as a typed error, retryable when the server is at fault', async () => {
    const { client, server } = setup()
    await client.metadata()
    server.override = () => json({ error: 'invalid_client', error_description: 'No such client' }, 401)
    await expect(clientCredentials(client)).rejects.toMatchObject({
      code: 'token_refused',
      error: 'invalid_client',
      description: 'No such client',
      isRetryable: false,
    })
    server.override = () => json({ error: 'temporarily_unavailable' }, 503)
    await expect(clientCredentials(client)).rejects.toMatchObject({ code: 'token_refused', isRetryable: true })
  })

  it('keeps secrets out of every text, whatever the server echoes', async () => {
    const { client, server } = setup()
    const back = await server.authorize((await startAuthorization(client, { scope: ['openid'] })).url)
    server.override = (_, form) =>
      json({ error: form?.get('code'), error_description: `bad ${form?.get('code_verifier')}` }, 400)
    const error: unknown = await finishAuthorization(client, back).catch((reason: unknown) => reason)
    server.override = (_, form) =>
      json({ error: 'invalid_grant', error_description: `no ${form?.get('refresh_token')}` }, 400)
    const second: unknown = await refresh(client, 's3cret-refresh-token').catch((reason: unknown) => reason)
    for (const caught of [error, second]) {
      if (!isOAuthClientError(caught)) throw caught
      const text = JSON.stringify([caught, caught.message, caught.stack, String(caught.cause)])
      for (const secret of [...(server.forms[0]?.values() ?? []), 's3cret-refresh-token']) {
        if (secret.length > 12 && secret !== REDIRECT_URI && secret !== 'authorization_code')
          expect(text).not.toContain(secret)
      }
      expect(text).not.toContain('code-1')
    }
    expect(second).toMatchObject({ error: 'invalid_grant', description: undefined })
  })
})

describe('ID token', () => {
  it.each([
    ['another issuer', { iss: 'https://evil.example' }],
    ['another audience', { aud: 'other' }],
    ['several audiences and no azp', { aud: ['web', 'other'] }],
    ['an azp of another client', { aud: ['web', 'other'], azp: 'other' }],
    ['an end in the past', { exp: 1_600_000_000 }],
    ['no end', { exp: undefined }],
    ['a beginning in the future', { iat: 1_800_000_000 }],
    ['no beginning', { iat: undefined }],
    ['another nonce', { nonce: 'x' }],
    ['no nonce', { nonce: undefined }],
    ['an at_hash of another token', { at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }],
    ['no subject', { sub: undefined }],
    ['an old sign-in', { auth_time: 1_600_000_000 }],
    ['no auth_time', { auth_time: undefined }],
    ['a weaker acr', { acr: 'pwd' }],
    ['no acr', { acr: undefined }],
  ])('OI-01 is refused with %s', async (_, claims) => {
    const { client, server, clock } = setup()
    server.claims = { auth_time: clock.now(), acr: 'mfa', ...claims }
    const { url } = await startAuthorization(client, { scope: ['openid'], maxAge: 60, acrValues: ['mfa'] })
    await expect(finishAuthorization(client, await server.authorize(url))).rejects.toMatchObject({
      code: 'invalid_id_token',
    })
  })

  it('OI-01 is taken when all of that is right', async () => {
    const { client, server, clock } = setup()
    server.claims = { auth_time: clock.now(), acr: 'mfa', aud: ['web', 'other'], azp: 'web' }
    const { url } = await startAuthorization(client, { scope: ['openid'], maxAge: 60, acrValues: ['mfa'] })
    expect((await finishAuthorization(client, await server.authorize(url))).tokens).toMatchObject({
      signatureVerified: false,
      claims: { acr: 'mfa' },
    })
  })

  it.each([
    ['missing', undefined],
    ['not a JWT', 'nonsense'],
    ['unsigned', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.'],
  ])('OI-01 is refused when it is %s', async (_, idToken) => {
    const { server, login } = setup()
    server.tokens = { id_token: idToken }
    await expect(login()).rejects.toMatchObject({ code: 'invalid_id_token' })
  })

  it('is dropped when openid was not asked for', async () => {
    const { server, login } = setup()
    server.tokens = { id_token: 'nonsense' }
    const tokens = await login(['notes:read'])
    expect(tokens).not.toHaveProperty('idToken')
    expect(tokens).not.toHaveProperty('claims')
  })

  it.each([
    ['sub', { sub: 'mallory' }],
    ['iss', { iss: 'https://evil.example' }],
    ['aud', { aud: 'other' }],
    ['auth_time', { auth_time: 1_700_000_001 }],
    ['azp', { azp: 'web' }],
    ['nonce', { nonce: 'x' }],
  ])('OI-07 is refused when a refresh changes %s', async (_, claims) => {
    const { client, server, clock, login } = setup()
    server.claims = { auth_time: clock.now() }
    const tokens = await login()
    server.claims = { auth_time: clock.now(), ...claims }
    await expect(refresh(client, tokens)).rejects.toMatchObject({ code: 'invalid_id_token' })
  })

  it('OI-07 may come without nonce and auth_time at a refresh, or not at all', async () => {
    const { client, server, clock, login } = setup()
    server.claims = { auth_time: clock.now() }
    const tokens = await login()
    server.claims = { auth_time: undefined, nonce: undefined }
    const second = await refresh(client, tokens)
    expect(second.idToken).not.toBe(tokens.idToken)
    server.tokens = { id_token: undefined }
    const third = await refresh(client, second)
    expect(third.idToken).toBe(second.idToken)
    expect(third.claims).toEqual(second.claims)
  })
})
