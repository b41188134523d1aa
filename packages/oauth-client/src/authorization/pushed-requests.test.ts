import { describe, expect, it } from 'vitest'
import { clientSecretBasic } from '../client-auth/client-secret-basic.js'
import { ISSUER, json } from '../testing/server.js'
import { setup } from '../testing/setup.js'
import { pushedRequests } from './pushed-requests.js'
import { startAuthorization } from './start.js'

function pushing(answer: () => Response = () => json({ request_uri: 'urn:request:1', expires_in: 60 }, 201)) {
  const all = setup({ par: pushedRequests(), clientAuth: clientSecretBasic('secret') })
  all.server.metadata['pushed_authorization_request_endpoint'] = `${ISSUER}/par`
  let pushed: URLSearchParams | undefined
  all.server.override = (request, form) => {
    if (!request.url.endsWith('/par')) return undefined
    pushed = form
    return answer()
  }
  return { ...all, pushed: () => pushed }
}

describe('pushedRequests', () => {
  it('leaves nothing in the URL but the client and the request_uri', async () => {
    const { client, pushed } = pushing()
    const { url } = await startAuthorization(client, { scope: ['openid', 'notes:read'], loginHint: 'alice' })
    expect(Object.fromEntries(url.searchParams)).toEqual({
      tenant: '1',
      client_id: 'web',
      request_uri: 'urn:request:1',
    })
    expect(pushed()?.get('login_hint')).toBe('alice')
    expect(pushed()?.get('code_challenge_method')).toBe('S256')
    expect(pushed()?.get('state')).toMatch(/^[\w-]{43}$/)
  })

  it('sends a plain request to a server without the endpoint', async () => {
    const { client } = setup({ par: pushedRequests() })
    const { url } = await startAuthorization(client, { scope: ['notes:read'] })
    expect(url.searchParams.get('scope')).toBe('notes:read')
  })

  it.each([
    ['a refusal', () => json({ error: 'invalid_request' }, 400), 'token_refused'],
    ['an answer without request_uri', () => json({}, 201), 'invalid_response'],
    ['a request_uri that is none', () => json({ request_uri: 'x' }, 201), 'invalid_response'],
    ['a page', () => new Response('<html>', { status: 201 }), 'invalid_response'],
  ])('fails on %s, and keeps no transaction', async (_, answer, code) => {
    const { client } = pushing(answer)
    await expect(startAuthorization(client, { scope: [] })).rejects.toMatchObject({ code })
  })
})
