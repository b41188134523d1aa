import { describe, expect, it } from 'vitest'
import {
  type AuthorizationParameters,
  asService,
  createHarness,
  FILES,
  type Harness,
  post,
  SERVICE_SECRET,
  service,
  verify,
} from '../testing/harness.js'

describe('client_credentials grant', () => {
  const ask = (harness: Harness, form: AuthorizationParameters = {}, headers: Record<string, string> = asService) =>
    post(harness.server, '/token', { grant_type: 'client_credentials', ...form }, headers)

  it('TK-20 gives a confidential client a token about itself, and no refresh token', async () => {
    const harness = await createHarness()
    const { status, body } = await ask(harness, { scope: 'notes:write' })
    expect(status).toBe(200)
    expect(Object.keys(body).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type'])
    const token = await verify(harness, body['access_token'])
    expect([token.claims.sub, token.isClient, token.scope]).toEqual(['service', true, ['notes:write']])
  })

  it('TK-20 TK-21 refuses a public client, and one that is not registered for it', async () => {
    const harness = await createHarness()
    expect((await ask(harness, { client_id: 'web' }, {})).body['error']).toBe('unauthorized_client')
    const other = { client_id: 'confidential', client_secret: SERVICE_SECRET }
    expect((await ask(harness, other, {})).body['error']).toBe('unauthorized_client')
  })

  it('AZ-41 gives the default scope and says so', async () => {
    expect((await ask(await createHarness())).body['scope']).toBe('notes:read')
    expect(
      (await ask(await createHarness({ clients: [{ ...service, defaultScope: ['notes:write'] }] }))).body['scope'],
    ).toBe('notes:write')
    expect((await ask(await createHarness({ defaultScope: ['admin'] }))).body['error']).toBe('invalid_scope')
  })

  it('refuses what the client may not have, and the scopes of a user', async () => {
    const harness = await createHarness({
      clients: [{ ...service, scope: ['notes:read', 'openid', 'offline_access'] }],
    })
    for (const scope of ['admin', 'openid', 'offline_access', 'unknown', 'notes:read  notes:read']) {
      expect((await ask(harness, { scope })).body['error']).toMatch(/^invalid_(scope|request)$/)
    }
    expect((await ask(harness, { resource: FILES })).body['error']).toBe('invalid_target')
  })
})
