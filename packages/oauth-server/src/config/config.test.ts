import { defineAccessToken, defineScopes } from '@scopewise/token-core'
import { describe, expect, it } from 'vitest'
import { createAuthorizationServer } from '../authorization-server.js'
import { memoryStore } from '../storage/memory.js'
import {
  API,
  confidential,
  createTestServer,
  native,
  SECRET,
  SERVICE_SECRET,
  service,
  web,
} from '../testing/harness.js'
import { HOSTILE_URIS } from '../testing/hostile-uris.js'
import { generateClientSecret, hashClientSecret } from './client-secret.js'

const localhost = { issuer: 'http://localhost:4000' }
const withClient = (changes: object, options: object = {}) => ({ clients: [{ ...web, ...changes }], ...options })

describe('createAuthorizationServer, options', () => {
  it.each<[string, object, RegExp]>([
    ['MD-10 an issuer without https', { issuer: 'http://auth.example' }, /https; http works on localhost/],
    ['MD-10 an issuer with a query', { issuer: 'https://auth.example?x' }, /query or a fragment/],
    ['MD-10 an issuer with a fragment', { issuer: 'https://auth.example#x' }, /query or a fragment/],
    [
      'MD-10 an issuer with a slash at its end',
      { issuer: 'https://auth.example/' },
      /written as https:\/\/auth\.example/,
    ],
    ['MD-10 an issuer in capitals', { issuer: 'https://Auth.example' }, /written as https:\/\/auth\.example/],
    ['an issuer that is no URL', { issuer: 'auth.example' }, /absolute URL/],
    ['an unknown option', { isuer: 'x' }, /the options: has no member isuer\.$/],
    ['a client with an empty name', withClient({ name: '' }), /clients\.0\.name: has to have 1 to 200 characters\.$/],
    ['no issuer', { issuer: undefined }, /issuer: has to be a URL/],
    ['a list where names are wanted', { resources: [API] }, /resources: has to be an object\.$/],
    ['text where a list is wanted', withClient({ scope: 'openid' }), /clients\.0\.scope: has to be a list\.$/],
    ['a word that is none', { profile: 'strict' }, /profile: has to be one of oauth2\.1, oidc, mcp\.$/],
    [
      'the singular',
      withClient({ redirectUri: 'https://app.example/cb' }),
      /no member redirectUri: it is redirectUris\.$/,
    ],
    ['a secret as it is', withClient({ clientSecret: 'x' }), /it is secretHash, which hashClientSecret\(\) gives\.$/],
    ['the words of the wire', { clients: [{ client_id: 'web' }] }, /no member client_id: it is clientId\.$/],
    [
      'a hash that is not there yet',
      withClient({ secretHash: Promise.resolve('') }),
      /hashClientSecret\(\) gave, awaited/,
    ],
    ['no API', { resources: {} }, /at least one API/],
    ['a relative resource', { resources: { '/graphql': [] } }, /absolute URI/],
    ['an undeclared scope in resources', { resources: { [API]: ['notes:raed'] } }, /notes:raed, which defineScopes/],
    [
      'AT-03 offline_access for an API',
      {
        token: defineAccessToken({ scopes: defineScopes({ offline_access: 'x' }), lifetime: 60 }),
        resources: { [API]: ['offline_access'] },
      },
      /take offline_access out/,
    ],
    ['an undeclared default scope', { defaultScope: ['notes:raed'] }, /notes:raed, which defineScopes/],
    ['a default resource that is none', { defaultResource: 'https://other.example' }, /one of the keys of resources/],
    ['a login that is no function', { login: 'x' }, /login: has to be a function/],
    ['a token that is something else', { token: {} }, /defineAccessToken/],
    ['a store that is something else', { store: {} }, /memoryStore\(\) or sqliteStore/],
    ['a short secret', { secret: 'short' }, /at least 32 random characters/],
    [
      'a durable store without secret',
      { store: { ...memoryStore(), durability: 'durable' }, secret: undefined },
      /needs the option secret/,
    ],
    [
      'AZ-21 a code that lives longer than 600 s',
      { lifetimes: { authorizationCode: 601 } },
      /lifetimes\.authorizationCode: has to be at most 600/,
    ],
    ['RF-04 a retry window longer than 120 s', { lifetimes: { retryWindow: 121 } }, /at most 120/],
    ['a lifetime in fractions', { lifetimes: { session: 1.5 } }, /whole number of seconds/],
    ['the same client twice', { clients: [web, web] }, /web stands twice/],
    ['an undeclared scope of a client', withClient({ scope: ['notes:raed'] }), /names the scope notes:raed/],
    [
      'a default scope beyond the scope',
      withClient({ scope: ['openid'], defaultScope: ['admin'] }),
      /admin in its defaultScope/,
    ],
    [
      'a service with redirect URIs',
      withClient({ type: 'service', secretHash: service.secretHash, scope: [] }),
      /is a service/,
    ],
    [
      'client_credentials without a secret',
      withClient({ grantTypes: ['authorization_code', 'client_credentials'] }),
      /without a secret/,
    ],
    ['client_credentials without a scope', { clients: [{ ...service, scope: undefined }] }, /list its scope/],
    ['a code client without redirect URIs', { clients: [{ clientId: 'x', type: 'native' }] }, /needs redirectUris/],
    [
      'refresh tokens without codes',
      { clients: [{ ...service, grantTypes: ['refresh_token'] }] },
      /through authorization_code or the device grant only/,
    ],
    ['a secret for method none', { clients: [{ ...service, tokenEndpointAuthMethod: 'none' }] }, /remove one of them/],
    ['a method without its secret', withClient({ tokenEndpointAuthMethod: 'client_secret_post' }), /has no secret/],
    ['private_key_jwt without keys', withClient({ tokenEndpointAuthMethod: 'private_key_jwt' }), /jwks or jwksUri/],
    ['keys beside a secret', { clients: [{ ...service, jwks: { keys: [] } }] }, /remove one of them/],
    [
      'private_key_jwt with a secret',
      { clients: [{ ...service, tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys: [] } }] },
      /remove the secret/,
    ],
    ['a key set without a key', withClient({ jwks: { keys: [] } }), /no key that can verify/],
    ['jwks and jwksUri', withClient({ jwks: { keys: [] }, jwksUri: 'https://app.example/jwks' }), /keep one of them/],
    ['a jwksUri over http', withClient({ jwksUri: 'http://app.example/jwks' }), /keys that can not be used/],
    [
      'a client that introspects what is no API',
      { clients: [{ ...service, introspects: ['https://x.example/'] }] },
      /introspects https:\/\/x/,
    ],
    ['a public client that introspects', withClient({ introspects: [API] }), /may not introspect/],
    ['a format that is none', { resources: { [API]: { scopes: [], format: 'xml' } } }, /'jwt' or 'opaque'/],
    ['PAR-07 a pushed request of 600 s', { lifetimes: { pushedRequest: 600 } }, /at most 599/],
    ['a secret that was not hashed', { clients: [{ ...service, secretHash: SERVICE_SECRET }] }, /hashClientSecret/],
    [
      'OP-11 a demo secret with a public issuer',
      { clients: [{ ...service, secretHash: undefined, unsafeDemoSecret: 'demo' }] },
      /http on a loopback host/,
    ],
    ['a clientId with a space', withClient({ clientId: 'a b' }), /printable ASCII/],
    ['AZ-05 http', withClient({ redirectUris: ['http://app.example/cb'] }), /has to be https/],
    [
      'AZ-05 loopback http for a web client',
      withClient({ redirectUris: ['http://127.0.0.1:4000/'] }),
      /native clients only/,
    ],
    [
      'AZ-05 http on a public host although the issuer is local',
      withClient({ redirectUris: ['http://app.example/cb'] }, localhost),
      /has to be https/,
    ],
    ['AZ-04 a relative redirect URI', withClient({ redirectUris: ['/cb'] }), /absolute URI/],
    ['AZ-04 a fragment', withClient({ redirectUris: ['https://app.example/cb#x'] }), /fragment/],
    ['user information', withClient({ redirectUris: ['https://app@app.example/cb'] }), /user information/],
    [
      'AZ-35 form_post alone for an app that no form can reach',
      { clients: [{ ...native, responseModes: ['form_post'] }] },
      /com\.example\.app:\/cb.*add query to its responseModes/,
    ],
    ['AZ-35 no response mode', withClient({ responseModes: [] }), /at least one mode/],
    ['AZ-35 fragment', withClient({ responseModes: ['fragment'] }), /responseModes/],
    ['a wildcard', withClient({ redirectUris: ['https://*.app.example/cb'] }), /wildcard/],
  ])('refuses %s with a sentence that says how to mend it', (_name, options, sentence) => {
    expect(() => createTestServer(options)).toThrow(sentence)
    expect(() => createTestServer(options)).toThrow(expect.objectContaining({ code: 'invalid_configuration' }))
  })

  it.each(HOSTILE_URIS)('AZ-06 refuses the redirect URI %j of web and native clients', (uri) => {
    for (const type of ['web', 'native'] as const) {
      expect(() => createTestServer({ clients: [{ ...web, type, redirectUris: [uri] }] })).toThrow(/redirect URI/)
      expect(() => createTestServer({ clients: [{ ...web, type, postLogoutRedirectUris: [uri] }] })).toThrow(
        /redirect URI/,
      )
    }
  })

  it('AZ-05 takes an exact loopback URI of a web client while the issuer is local, and demo secrets', () => {
    const clients = [
      { ...web, redirectUris: ['http://127.0.0.1:4000/'] },
      { clientId: 's', scope: ['notes:read' as const], unsafeDemoSecret: 'demo-service-secret' },
    ]
    expect(() => createTestServer({ ...localhost, clients })).not.toThrow()
    expect(() => createTestServer({ clients: [native, confidential] })).not.toThrow()
  })

  it('takes nothing that arrives as JSON for what it is not', () => {
    // What a program without types could hand over.
    const options = JSON.parse('{"__proto__":{"issuer":"https://x.example"},"token":{}}')
    expect(() => createAuthorizationServer(options)).toThrow(/createAuthorizationServer/)
  })

  it('OP-11 hashes secrets that are random, and no others', async () => {
    await expect(hashClientSecret('demo-service-secret')).rejects.toThrow(/guessable/)
    await expect(hashClientSecret('a'.repeat(64))).rejects.toThrow(/guessable/)
    expect(await hashClientSecret(generateClientSecret())).toMatch(/^sha256:[\w-]{43}$/)
    expect(generateClientSecret()).not.toBe(generateClientSecret())
  })

  it('says when the stored keys belong to another secret, and tells no client', async () => {
    const store = memoryStore()
    await createTestServer({ store }).ready()
    const other = createTestServer({ store, secret: `not ${SECRET}` })
    await expect(other.ready()).rejects.toThrow(/can not be opened with the option secret/)
    const response = await other.fetch(new Request('https://auth.example/jwks'))
    expect([response.status, JSON.stringify(await response.json()).includes('secret')]).toEqual([500, false])
  })

  it('keeps its keys when the issuer moves', async () => {
    const store = memoryStore()
    const keysAt = async (issuer: string) =>
      (await createTestServer({ store, issuer }).fetch(new Request(`${issuer}/jwks`))).text()
    expect(await keysAt('https://one.example')).toBe(await keysAt('https://two.example'))
  })
})
