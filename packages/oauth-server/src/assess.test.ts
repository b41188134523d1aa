import { describe, expect, it } from 'vitest'
import { sqliteStore } from './storage/sql/sqlite.js'
import {
  authorizeUrl,
  confidential,
  createHarness,
  createTestServer,
  ISSUER,
  native,
  service,
  web,
} from './testing/harness.js'

const statusOf = (id: string, options: object = {}) =>
  createTestServer(options)
    .assess()
    .find((finding) => finding.id === id)?.status

describe('assess', () => {
  it('says for every rule where it stands, in a sentence, under an id of its own', () => {
    const all = createTestServer().assess()
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    expect(new Set(all.map(({ standard }) => standard))).toEqual(new Set(['OAuth 2.1', 'RFC 9700', 'FAPI 2.0']))
    for (const { sentence, section } of all)
      expect([sentence, section]).toEqual([expect.stringMatching(/^[A-Z].*\.$/), expect.stringMatching(/^\d/)])
  })

  it.each<[string, object, 'passed' | 'failed' | 'not_applicable']>([
    ['oauth-https', {}, 'passed'],
    ['oauth-https', { issuer: 'http://localhost:1' }, 'failed'],
    ['oauth-pkce', {}, 'passed'],
    ['oauth-no-implicit', {}, 'passed'],
    ['oauth-redirect-https', {}, 'passed'],
    [
      'oauth-redirect-https',
      { issuer: 'http://localhost:1', clients: [{ ...web, redirectUris: ['http://localhost:2/cb'] }] },
      'failed',
    ],
    ['oauth-redirect-https', { clients: [native] }, 'not_applicable'],
    ['oauth-redirect-https', { clients: () => undefined }, 'not_applicable'],
    ['bcp-refresh-rotation', {}, 'passed'],
    ['bcp-asymmetric-auth', { clients: [confidential] }, 'failed'],
    ['bcp-asymmetric-auth', { clients: [web] }, 'not_applicable'],
    ['bcp-client-scope', { clients: [{ clientId: 'x', redirectUris: ['https://x.example'] }] }, 'failed'],
    ['bcp-client-scope', { clients: [service] }, 'passed'],
    ['bcp-durable-store', {}, 'failed'],
    ['bcp-sender-constrained', {}, 'passed'],
    ['fapi-rotation', { clients: [web] }, 'failed'],
    ['fapi-rotation', { clients: [service] }, 'not_applicable'],
    ['fapi-code-lifetime', {}, 'passed'],
    ['fapi-code-lifetime', { lifetimes: { authorizationCode: 61 } }, 'failed'],
    ['fapi-confidential', { clients: [web] }, 'failed'],
    ['fapi-confidential', { clients: [service] }, 'passed'],
    ['fapi-client-auth', { clients: [service] }, 'failed'],
  ])('%s of %j: %s', (id, options, status) => {
    expect(statusOf(id, options)).toBe(status)
  })

  it('knows a store that outlives the process', async () => {
    const store = sqliteStore(':memory:')
    expect(statusOf('bcp-durable-store', { store })).toBe('passed')
    await store.close()
  })
})

describe('profiles', () => {
  it('mcp takes metadata documents, and does not start without a default scope', () => {
    expect(createTestServer({ profile: 'mcp' }).metadata['client_id_metadata_document_supported']).toBe(true)
    expect(createTestServer().metadata['client_id_metadata_document_supported']).toBeUndefined()
    expect(
      createTestServer({ profile: 'mcp', clientMetadataDocuments: false }).metadata[
        'client_id_metadata_document_supported'
      ],
    ).toBeUndefined()
    expect(() => createTestServer({ profile: 'mcp', defaultScope: [] })).toThrow(/needs defaultScope/)
  })

  it('oidc needs the redirect_uri in every authorization request', async () => {
    const status = async (profile: 'oauth2.1' | 'oidc', uri: string | undefined) => {
      const { browser } = await createHarness({ profile })
      return (await browser().open(authorizeUrl({ redirect_uri: uri }))).status
    }
    expect([await status('oauth2.1', undefined), await status('oidc', undefined)]).toEqual([200, 400])
    expect(await status('oidc', 'https://app.example/cb')).toBe(200)
  })

  it.each<[string, object, RegExp]>([
    ['a profile that is none', { profile: 'fapi' }, /profile/],
    ['a proxy that is no address', { trustedProxies: ['proxy.example'] }, /address or a block such as 10\.0\.0\.0\/8/],
    [
      'a scope of registered clients that is not declared',
      { registration: { scope: ['x'] } },
      /registration\.scope names x/,
    ],
    ['a port that is none', { outbound: { ports: [0] } }, /outbound\.ports/],
    ['a policy that is no function', { registration: { allow: true } }, /has to be a function/],
  ])('%s is refused at construction', (_name, options, sentence) => {
    expect(() => createTestServer(options)).toThrow(sentence)
  })

  it('MD-05 documents are refused at construction where the runtime can not pin a connection and no fetcher is handed in', () => {
    const original = process.getBuiltinModule
    Object.assign(process, { getBuiltinModule: undefined })
    try {
      expect(() => createTestServer({ clientMetadataDocuments: true })).toThrow(/Hand in outbound: \{ fetch \}/)
      const fetch = async () => new Response(null, { status: 404 })
      expect(createTestServer({ clientMetadataDocuments: true, outbound: { fetch } }).issuer).toBe(ISSUER)
    } finally {
      Object.assign(process, { getBuiltinModule: original })
    }
  })
})
