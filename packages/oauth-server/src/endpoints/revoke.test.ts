import { describe, expect, it } from 'vitest'
import {
  basic,
  createHarness,
  type Harness,
  post,
  refresh,
  SERVICE_SECRET,
  signIn,
  verify,
} from '../testing/harness.js'

const revoke = (harness: Harness, token: string | undefined, changes = {}, headers = {}) =>
  post(harness.server, '/revoke', { client_id: 'web', token, ...changes }, headers)

describe('revocation endpoint', () => {
  it.each(['refresh_token', 'access_token'])(
    'RV-03 RV-05 RV-06 revoking the %s ends its grant at once',
    async (kind) => {
      const harness = await createHarness()
      const [tokens, other] = [await signIn(harness), await signIn(harness)]
      expect((await revoke(harness, tokens[kind])).status).toBe(200)
      expect((await refresh(harness.server, tokens['refresh_token'])).body['error']).toBe('invalid_grant')
      await expect(verify(harness, tokens['access_token'])).rejects.toMatchObject({ code: 'revoked' })
      expect(harness.events.filter(({ name }) => name === 'grant.revoked')).toHaveLength(1)
      await expect(verify(harness, other['access_token'])).resolves.toBeDefined()
      expect((await refresh(harness.server, other['refresh_token'])).status).toBe(200)
    },
  )

  it('RV-01 needs the client, and refuses the token of another one', async () => {
    const harness = await createHarness()
    const { refresh_token: token, access_token: jwt } = await signIn(harness)
    expect((await revoke(harness, token, { client_id: undefined })).status).toBe(401)
    expect((await revoke(harness, token, { client_id: 'service' })).status).toBe(401)
    for (const foreign of [token, jwt])
      expect((await revoke(harness, foreign, { client_id: 'native' })).body['error']).toBe('invalid_request')
    expect((await refresh(harness.server, token)).status).toBe(200)
  })

  it('RV-02 says nothing about a token that does not exist', async () => {
    const harness = await createHarness()
    for (const token of ['random', 'a.b.c', 'A'.repeat(43), `${(await signIn(harness))['access_token']}x`]) {
      expect((await revoke(harness, token)).status).toBe(200)
    }
    expect((await revoke(harness, undefined)).body['error']).toBe('invalid_request')
  })

  it('RV-04 a hint that is wrong or unknown changes nothing', async () => {
    const harness = await createHarness()
    for (const token_type_hint of ['bogus', 'access_token']) {
      const { refresh_token: token } = await signIn(harness)
      expect((await revoke(harness, token, { token_type_hint })).status).toBe(200)
      expect((await refresh(harness.server, token)).status).toBe(400)
    }
  })

  it('RV-06 says that a token without a grant can not be revoked', async () => {
    const harness = await createHarness()
    const headers = basic('service', SERVICE_SECRET)
    const { body } = await post(harness.server, '/token', { grant_type: 'client_credentials' }, headers)
    const answer = await revoke(harness, body['access_token'], { client_id: undefined }, headers)
    expect([answer.status, answer.body['error']]).toEqual([400, 'unsupported_token_type'])
    await expect(verify(harness, body['access_token'])).resolves.toBeDefined()
  })

  it('TK-12 takes no token from the query, whatever stands in the body', async () => {
    const harness = await createHarness()
    const { refresh_token: token } = await signIn(harness)
    expect((await post(harness.server, '/revoke?token=x', { client_id: 'web', token })).status).toBe(400)
    expect((await refresh(harness.server, token)).status).toBe(200)
  })
})
