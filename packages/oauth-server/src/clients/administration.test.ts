import { generatePrivateJwk, importSigningKey } from '@scopewise/token-core'
import { describe, expect, it } from 'vitest'
import { authorizeUrl, basic, createHarness, eventNames, type Harness, post } from '../testing/harness.js'

const SERVICE = { type: 'service', scope: ['notes:read'] } as const
const ask = ({ server }: Harness, id: string, secret: string | undefined) =>
  post(server, '/token', { grant_type: 'client_credentials', scope: 'notes:read' }, basic(id, secret ?? ''))

describe('server.clients', () => {
  it('creates a client that works at once, with a secret that is shown once', async () => {
    const harness = await createHarness()
    const { client, clientSecret } = await harness.server.clients.create({ ...SERVICE, name: 'Nightly job' })
    expect(client).toEqual({
      ...SERVICE,
      name: 'Nightly job',
      clientId: client.clientId,
      source: 'configured',
      createdAt: harness.clock.now,
      secrets: 1,
    })
    expect((await ask(harness, client.clientId, clientSecret)).status).toBe(200)
    expect(JSON.stringify(await harness.store.findClient(client.clientId))).not.toContain(clientSecret)
    expect(await harness.server.clients.get(client.clientId)).toEqual(client)
    expect(eventNames(harness)).toContain('client.created')
  })

  it('creates a public client, whose consent is remembered as that of any client of the operator', async () => {
    const harness = await createHarness()
    const redirectUri = 'https://spa.example/cb'
    const { client, clientSecret } = await harness.server.clients.create({ redirectUris: [redirectUri] })
    expect([clientSecret, client.secrets]).toEqual([undefined, 0])
    const url = authorizeUrl({ client_id: client.clientId, redirect_uri: redirectUri, scope: 'notes:read' })
    const browser = harness.browser()
    const consent = await browser.submit(await browser.open(url), { username: 'alice', password: 'wonderland' })
    await browser.submit(consent, { decision: 'allow' })
    expect((await browser.open(url)).location).toMatch(/^https:\/\/spa\.example\/cb\?code=/)
  })

  it('makes no secret for a client that signs with its key', async () => {
    const harness = await createHarness()
    const { publicJwk } = await importSigningKey(await generatePrivateJwk('ES256'))
    const { client, clientSecret } = await harness.server.clients.create({ ...SERVICE, jwks: { keys: [publicJwk] } })
    expect([clientSecret, client.secrets]).toEqual([undefined, 0])
    await expect(harness.server.clients.rotateSecret(client.clientId)).rejects.toThrow(/no secret to rotate/)
  })

  it.each([
    ['a redirect URI that is none', { redirectUris: ['http://x.example'] }, /https/],
    ['an unknown scope', { ...SERVICE, scope: ['unknown'] }, /defineScopes/],
    ['a service without scope', { type: 'service' }, /list its scope/],
    ['a word that is none', { type: 'robot' }, /can not be read: its type has to be one of web, native, service/],
  ])('refuses %s, and stores nothing', async (_name, options, sentence) => {
    const harness = await createHarness()
    // What a program without types could hand over.
    const created = harness.server.clients.create(options as typeof SERVICE)
    await expect(created).rejects.toThrow(sentence)
    await expect(created).rejects.toMatchObject({ code: 'invalid_client_metadata' })
    expect(eventNames(harness)).not.toContain('client.created')
  })

  it('rotates a secret: the old one goes on working for the overlap, or not at all', async () => {
    const harness = await createHarness()
    const { client, clientSecret: first } = await harness.server.clients.create(SERVICE)
    const { clientSecret: second } = await harness.server.clients.rotateSecret(client.clientId, { overlap: 60 })
    const statuses = async (...secrets: (string | undefined)[]) => {
      const answers: number[] = []
      for (const secret of secrets) answers.push((await ask(harness, client.clientId, secret)).status)
      return answers
    }
    expect(await statuses(first, second)).toEqual([200, 200])
    harness.clock.now += 60
    expect(await statuses(first, second)).toEqual([401, 200])
    const { clientSecret: third } = await harness.server.clients.rotateSecret(client.clientId, { overlap: 0 })
    expect(await statuses(second, third)).toEqual([401, 200])
    expect((await harness.server.clients.get(client.clientId))?.secrets).toBe(1)
  })

  it('loses no rotation to one that happens at the same time', async () => {
    const harness = await createHarness()
    const { client } = await harness.server.clients.create(SERVICE)
    const rotate = () => harness.server.clients.rotateSecret(client.clientId)
    const rotated = await Promise.all([rotate(), rotate(), rotate()])
    for (const { clientSecret } of rotated) expect((await ask(harness, client.clientId, clientSecret)).status).toBe(200)
  })

  it('replaces the options of a client, and keeps its secret', async () => {
    const harness = await createHarness()
    const { client, clientSecret } = await harness.server.clients.create(SERVICE)
    await harness.server.clients.update(client.clientId, { ...SERVICE, scope: ['notes:write'] })
    expect((await ask(harness, client.clientId, clientSecret)).body['error']).toBe('invalid_scope')
    await expect(harness.server.clients.update(client.clientId, { type: 'service' })).rejects.toThrow(/list its scope/)
    expect((await harness.server.clients.get(client.clientId))?.scope).toEqual(['notes:write'])
  })

  it('removes a client, once', async () => {
    const harness = await createHarness()
    const { client, clientSecret } = await harness.server.clients.create(SERVICE)
    const removed = [
      await harness.server.clients.remove(client.clientId),
      await harness.server.clients.remove(client.clientId),
    ]
    expect(removed).toEqual([true, false])
    expect((await ask(harness, client.clientId, clientSecret)).status).toBe(401)
    await expect(harness.server.clients.rotateSecret(client.clientId)).rejects.toMatchObject({ code: 'not_found' })
  })

  it('gives nothing to a client whose scope is declared no more, until it is mended', async () => {
    const harness = await createHarness()
    const { client, clientSecret } = await harness.server.clients.create(SERVICE)
    const row = await harness.store.findClient(client.clientId)
    const options = { ...SERVICE, scope: ['gone'] }
    if (row) await harness.store.replaceClient({ ...row, metadata: { ...row.metadata, options } }, row.version)
    const answer = await ask(harness, client.clientId, clientSecret)
    expect([answer.status, answer.body['access_token']]).toEqual([400, undefined])
  })
})
