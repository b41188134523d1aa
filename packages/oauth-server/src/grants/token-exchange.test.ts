import { beforeEach, describe, expect, it } from 'vitest'
import type { ClientOptions } from '../config/client.js'
import type { ExchangePermission, ExchangeQuestion } from '../config/exchange.js'
import { createProvingClient } from '../testing/dpop.js'
import {
  API,
  type AuthorizationParameters,
  asService,
  basic,
  claimsOf,
  codeFor,
  createHarness,
  createTestServer,
  FILES,
  type Harness,
  post,
  refresh,
  revokingStore,
  SERVICE_SECRET,
  service,
  signIn,
  type TestScope,
  verifier,
  web,
} from '../testing/harness.js'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

const gateway: ClientOptions<TestScope> = {
  clientId: 'gateway',
  type: 'service',
  grantTypes: [EXCHANGE, 'client_credentials'],
  secretHash: service.secretHash ?? '',
  scope: ['notes:read', 'notes:write', 'files:read'],
  introspects: [API],
}
/** The next service down the line: an API that the gateway calls, and that calls on. */
const indexer = { ...gateway, clientId: 'indexer', introspects: [FILES] }
const asGateway = basic('gateway', SERVICE_SECRET)
const asIndexer = basic('indexer', SERVICE_SECRET)

type Permission = ExchangePermission<TestScope> | undefined
let harness: Harness
let asked: ExchangeQuestion[]
let permission: Permission

beforeEach(async () => {
  asked = []
  permission = { kind: 'delegation' }
  harness = await createHarness({
    resources: { [API]: ['notes:read', 'notes:write', 'admin'], [FILES]: ['files:read'] },
    defaultResource: API,
    clients: [web, service, gateway, indexer],
    exchange: (question) => {
      asked.push(question)
      return permission
    },
  })
})

const exchange = (subject: string | undefined, changes: AuthorizationParameters = {}, headers = asGateway) =>
  post(
    harness.server,
    '/token',
    { grant_type: EXCHANGE, subject_token: subject, subject_token_type: ACCESS_TOKEN, ...changes },
    headers,
  )
const userToken = async (changes = {}) =>
  (await signIn(harness, { scope: 'notes:read offline_access', ...changes }))['access_token']
const ownToken = async (headers = asGateway) =>
  (await post(harness.server, '/token', { grant_type: 'client_credentials', scope: 'notes:read' }, headers)).body[
    'access_token'
  ]

describe('token exchange', () => {
  it('TE-02 gives an access token for the same subject, no refresh token, and says what it is', async () => {
    const { status, body } = await exchange(await userToken())
    expect(status).toBe(200)
    expect(body).toEqual({
      access_token: expect.any(String),
      issued_token_type: ACCESS_TOKEN,
      token_type: 'Bearer',
      expires_in: 600,
      scope: 'notes:read',
    })
    expect(claimsOf(body['access_token'])).toMatchObject({ sub: 'alice', client_id: 'gateway', aud: API })
  })

  it('TE-01 does not exist without a policy, and a client that needs it stops the start', async () => {
    const without = await createHarness()
    const answer = await post(without.server, '/token', { grant_type: EXCHANGE }, asService)
    expect(answer.body['error']).toBe('unsupported_grant_type')
    expect(without.server.metadata['grant_types_supported']).not.toContain(EXCHANGE)
    expect(harness.server.metadata['grant_types_supported']).toContain(EXCHANGE)
    expect(() => createTestServer({ clients: [gateway] })).toThrow(/give createAuthorizationServer the option exchange/)
  })

  it.each<[string, AuthorizationParameters]>([
    ['no subject token', { subject_token: undefined }],
    ['no subject token type', { subject_token_type: undefined }],
    ['an unknown subject token type', { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }],
    ['an actor token without its type', { actor_token: 'x' }],
    ['an actor token type without a token', { actor_token_type: ACCESS_TOKEN }],
    ['a refresh token to be issued', { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }],
    ['a subject token that is none', { subject_token: 'x' }],
  ])('TE-01 refuses %s', async (_, changes) => {
    expect(await exchange(await userToken(), changes)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    })
    expect(asked).toEqual([])
  })

  it('TE-01 gives nothing where the policy says nothing', async () => {
    for (const nothing of [undefined, {}, { kind: 'yes' }, true]) {
      // What a policy written in JavaScript may give.
      permission = nothing as Permission
      expect((await exchange(await userToken())).body['error']).toBe('invalid_request')
    }
    expect(asked).toHaveLength(4)
  })

  it('asks the policy with what both tokens say', async () => {
    await exchange(await userToken({ scope: 'notes:write' }), {
      scope: 'notes:write',
      actor_token: await ownToken(),
      actor_token_type: ACCESS_TOKEN,
    })
    expect(asked).toMatchObject([
      {
        clientId: 'gateway',
        subject: { subject: 'alice', clientId: 'web', scope: ['notes:write'], resources: [API], actor: undefined },
        actor: { subject: 'gateway', clientId: 'gateway' },
        requested: { scope: ['notes:write'], resource: API },
      },
    ])
  })

  it.each<[string, () => Promise<string | undefined>]>([
    [
      'an expired token',
      async () => {
        const token = await userToken()
        harness.clock.now += 600
        return token
      },
    ],
    [
      'a token of a revoked grant',
      async () => {
        const tokens = await signIn(harness)
        await post(harness.server, '/revoke', { client_id: 'web', token: tokens['refresh_token'] })
        return tokens['access_token']
      },
    ],
    ['a token for an API that the client is not', () => userToken({ scope: 'files:read', resource: FILES })],
    ['an ID token', async () => (await signIn(harness))['id_token']],
    ['a refresh token', async () => (await signIn(harness))['refresh_token']],
    ["a client's own token", () => ownToken()],
    ['a token that nobody issued', async () => 'x'.repeat(43)],
  ])('TE-03 takes no %s', async (_, make) => {
    expect((await exchange(await make())).body['error']).toBe('invalid_request')
    expect(asked).toEqual([])
  })

  it('TE-03 gives no more scope than the subject token carries, unless the policy names it', async () => {
    const token = await userToken()
    expect((await exchange(token, { scope: 'notes:read notes:write' })).body['error']).toBe('invalid_scope')
    permission = { kind: 'delegation', scope: ['notes:write', 'admin'] }
    const { body } = await exchange(token, { scope: 'notes:read notes:write' })
    expect(body['scope']).toBe('notes:write')
    // What the client is not registered for, and what nobody asked for, no policy can give.
    expect((await exchange(token, { scope: 'admin' })).body['error']).toBe('invalid_scope')
    permission = { kind: 'delegation', scope: [] }
    expect((await exchange(token)).body['error']).toBe('invalid_scope')
  })

  it('AZ-43 gives no right that its subject has lost, whatever the policy of the exchange says', async () => {
    let rights: TestScope[] = ['notes:read', 'notes:write']
    harness = await createHarness({
      clients: [web, service, { ...gateway, scope: ['notes:read', 'notes:write'] }],
      allow: ({ subject, requested }) =>
        requested.filter((value) => subject === 'alice' && rights.includes(value as TestScope)),
      exchange: () => ({ kind: 'delegation', scope: ['notes:read', 'notes:write'] }),
    })
    const token = await userToken({ scope: 'notes:read notes:write' })
    expect((await exchange(token)).body['scope']).toBe('notes:read notes:write')
    rights = ['notes:read']
    expect((await exchange(token)).body['scope']).toBe('notes:read')
    expect((await exchange(token, { scope: 'notes:write' })).body['error']).toBe('invalid_scope')
  })

  it('TE-03 a scope implies what it implies', async () => {
    const { body } = await exchange(await userToken({ scope: 'notes:write' }), { scope: 'notes:read' })
    expect(body['scope']).toBe('notes:read')
  })

  it.each(['resource', 'audience'])(
    'TE-03 gives a token for another API only where the policy says so, asked by %s',
    async (name) => {
      const token = await userToken()
      const changes = { [name]: FILES, scope: 'files:read' }
      permission = { kind: 'delegation', scope: ['files:read'] }
      expect((await exchange(token, changes)).body['error']).toBe('invalid_target')
      permission = { kind: 'delegation', scope: ['files:read'], otherResource: true }
      const { body } = await exchange(token, changes)
      expect(claimsOf(body['access_token'])).toMatchObject({ aud: FILES, scope: 'files:read' })
      expect((await exchange(token, { [name]: 'https://unknown.example/' })).body['error']).toBe('invalid_target')
      expect((await exchange(token, { resource: FILES, audience: API })).body['error']).toBe('invalid_target')
    },
  )

  it('TE-03 ends with the subject token, and with its grant', async () => {
    const tokens = await signIn(harness)
    harness.clock.now += 400
    const { body } = await exchange(tokens['access_token'])
    expect(body['expires_in']).toBe(200)
    expect(claimsOf(body['access_token'])['exp']).toBe(claimsOf(tokens['access_token'])['exp'])
    const introspect = () => post(harness.server, '/introspect', { token: body['access_token'] }, asGateway)
    expect((await introspect()).body).toMatchObject({ active: true })
    await post(harness.server, '/revoke', { client_id: 'web', token: tokens['refresh_token'] })
    expect((await introspect()).body).toEqual({ active: false })
  })

  it('TE-04 delegation says who acts, the newest outermost; decisions see that one only', async () => {
    permission = { kind: 'delegation', scope: ['files:read'], otherResource: true }
    const first = await exchange(await userToken(), { resource: FILES, scope: 'files:read' })
    permission = { kind: 'delegation' }
    const second = await exchange(first.body['access_token'], {}, asIndexer)
    expect(claimsOf(second.body['access_token'])['act']).toEqual({
      sub: 'indexer',
      client_id: 'indexer',
      act: { sub: 'gateway', client_id: 'gateway' },
    })
    await exchange(second.body['access_token'], {}, asIndexer)
    expect(asked.map(({ subject }) => subject.actor)).toEqual([undefined, 'gateway', 'indexer'])
  })

  it('TE-04 bounds the chain of actors', async () => {
    let token = await userToken()
    const answers: number[] = []
    for (let round = 0; round < 11; round++) {
      const { status, body } = await exchange(token)
      answers.push(status)
      token = body['access_token'] ?? token
    }
    expect(answers).toEqual([...Array.from({ length: 10 }, () => 200), 400])
  })

  it('TE-04 impersonation needs a policy that says so, and hides no actor that was there before', async () => {
    const delegated = await exchange(await userToken())
    permission = { kind: 'impersonation' }
    const { body } = await exchange(await userToken())
    expect(claimsOf(body['access_token'])).not.toHaveProperty('act')
    const again = await exchange(delegated.body['access_token'])
    expect(claimsOf(again.body['access_token'])['act']).toEqual({ sub: 'gateway', client_id: 'gateway' })
  })

  it('TE-04 honours may_act', async () => {
    const withMayAct = async (mayAct: unknown) => {
      harness = await createHarness({
        clients: [web, service, gateway],
        // Any claim of the token's own: here, who may act for its subject.
        claims: (question) => (question.clientId === 'web' ? { may_act: mayAct } : {}),
        exchange: () => ({ kind: 'delegation' }),
      })
      return (await exchange(await userToken())).status
    }
    expect(await withMayAct({ sub: 'gateway' })).toBe(200)
    expect(await withMayAct({ client_id: 'gateway' })).toBe(200)
    for (const other of [{ sub: 'other' }, { sub: 'gateway', client_id: 'other' }, {}, 'gateway', null])
      expect(await withMayAct(other)).toBe(400)
  })

  it('TE-05 needs the proof of a bound subject token, and binds the new one to the same key', async () => {
    const holder = await createProvingClient(harness)
    const form = { grant_type: 'authorization_code', client_id: 'web', code_verifier: verifier }
    const { body } = await holder.post('/token', { ...form, code: (await codeFor(harness)) ?? '' })
    const bound = body['access_token']
    expect((await exchange(bound)).body['error']).toBe('invalid_dpop_proof')
    const request = { grant_type: EXCHANGE, subject_token: bound, subject_token_type: ACCESS_TOKEN }
    const thief = await createProvingClient(harness)
    expect((await thief.post('/token', request, asGateway)).body['error']).toBe('invalid_dpop_proof')
    const exchanged = await holder.post('/token', request, asGateway)
    expect(exchanged.body['token_type']).toBe('DPoP')
    expect(claimsOf(exchanged.body['access_token'])['cnf']).toEqual({ jkt: holder.key.thumbprint })
    permission = { kind: 'delegation', unbound: true }
    expect((await holder.post('/token', request, asGateway)).body['token_type']).toBe('Bearer')
  })

  it('TE-05 binds the new token to the key of the client that exchanges', async () => {
    const proving = await createProvingClient(harness)
    const request = { grant_type: EXCHANGE, subject_token: await userToken(), subject_token_type: ACCESS_TOKEN }
    const { body } = await proving.post('/token', request, asGateway)
    expect(claimsOf(body['access_token'])['cnf']).toEqual({ jkt: proving.key.thumbprint })
    const headers = { ...asGateway, dpop: await proving.proof('/token') }
    expect((await post(harness.server, '/token', request, headers)).status).toBe(200)
    expect((await post(harness.server, '/token', request, headers)).body['error']).toBe('invalid_dpop_proof')
  })

  it('TE-03 gives no opaque token of a grant that is revoked meanwhile', async () => {
    harness = await createHarness({
      store: revokingStore(),
      resources: { [API]: ['notes:read'], [FILES]: { scopes: ['files:read'], format: 'opaque' } },
      defaultResource: API,
      clients: [web, service, gateway],
      exchange: () => ({ kind: 'delegation', scope: ['files:read'], otherResource: true }),
    })
    const answer = await exchange(await userToken(), { resource: FILES, scope: 'files:read' })
    expect(answer.body['error']).toBe('invalid_request')
  })

  it('gives opaque tokens where the API has them, and uses up no subject token', async () => {
    harness = await createHarness({
      resources: { [API]: { scopes: ['notes:read'], format: 'opaque' } },
      clients: [web, service, { ...gateway, scope: ['notes:read'] }],
      exchange: () => ({ kind: 'delegation' }),
    })
    const tokens = await signIn(harness)
    const { body } = await exchange(tokens['access_token'])
    const told = await post(harness.server, '/introspect', { token: body['access_token'] }, asGateway)
    expect(told.body).toMatchObject({ active: true, sub: 'alice', act: { sub: 'gateway' } })
    expect((await refresh(harness.server, tokens['refresh_token'])).status).toBe(200)
  })
})
