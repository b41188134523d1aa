import { type AccessTokenType, createVerifier, defineAccessToken, defineScopes } from '@scopewise/token-core'
import { decodeBase64url } from '@scopewise/token-core/encoding'
import { createCodeVerifier, deriveCodeChallenge } from '@scopewise/token-core/pkce'
import { type AuthorizationServer, createAuthorizationServer } from '../authorization-server.js'
import type { ClientOptions } from '../config/client.js'
import { hashClientSecret } from '../config/client-secret.js'
import type { AuthorizationServerOptions, ResourceOptions } from '../config/options.js'
import type { ServerEventName } from '../events.js'
import { passwordPage } from '../interaction/password-page.js'
import { memoryStore } from '../storage/memory.js'
import type { Store } from '../storage/store.js'
import { type Browser, createBrowser } from './browser.js'

const scopes = defineScopes({
  'notes:read': { description: { en: 'Read your notes', de: 'Deine Notizen lesen' } },
  'notes:write': { description: 'Change your notes', implies: ['notes:read'] },
  admin: 'Everything',
  'files:read': 'Read your files',
})
export type TestScope = (typeof scopes.values)[number]
export const testToken = defineAccessToken({ scopes, lifetime: 600 })

export const ISSUER = 'https://auth.example'
export const API = 'https://api.example/graphql'
export const FILES = 'https://files.example/'
export const CALLBACK = 'https://app.example/cb'
export const SECRET = 'a secret for tests: 0123456789abcdefghijklmnop'
export const SERVICE_SECRET = 'k5Jd82hsUq0Lw7Zx3Vb9Nm1Pf6Rt4Yc'

export const web: ClientOptions<TestScope> = {
  clientId: 'web',
  name: 'Notes',
  redirectUris: [CALLBACK],
  postLogoutRedirectUris: ['https://app.example/bye'],
  scope: ['openid', 'profile', 'email', 'offline_access', 'notes:read', 'notes:write', 'admin', 'files:read'],
}
export const native: ClientOptions<TestScope> = {
  clientId: 'native',
  type: 'native',
  redirectUris: ['http://127.0.0.1/cb', 'http://localhost/cb', 'com.example.app:/cb'],
  scope: ['openid', 'offline_access', 'notes:read'],
}
export const service: ClientOptions<TestScope> = {
  clientId: 'service',
  secretHash: await hashClientSecret(SERVICE_SECRET),
  scope: ['notes:read', 'notes:write'],
}
export const confidential: ClientOptions<TestScope> = {
  clientId: 'confidential',
  redirectUris: ['https://server.example/cb'],
  secretHash: await hashClientSecret(SERVICE_SECRET),
  tokenEndpointAuthMethod: 'client_secret_post',
  scope: ['openid', 'offline_access', 'notes:read'],
  idTokenAlgorithm: 'RS256',
}

export const tv: ClientOptions<TestScope> = {
  clientId: 'tv',
  name: 'Notes TV',
  grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
  scope: ['openid', 'offline_access', 'notes:read', 'notes:write', 'admin'],
}

const USERS: Readonly<Record<string, string>> = { alice: 'wonderland', bob: 'builder' }

/** Keys take a while to make, so one set serves every server of a test file. */
const keyStore = memoryStore()
await createTestServer({ store: keyStore, now: () => 1_800_000_000 }).fetch(new Request(`${ISSUER}/jwks`))
const wrappedKeys = (await keyStore.findKeys())?.wrapped ?? ''

type Options = Partial<
  AuthorizationServerOptions<TestScope, Record<never, never>, Readonly<Record<string, ResourceOptions<TestScope>>>>
>

export function createTestServer(options: Options = {}): AuthorizationServer {
  return createAuthorizationServer({
    issuer: ISSUER,
    token: testToken satisfies AccessTokenType<TestScope, Record<never, never>>,
    resources: { [API]: ['notes:read', 'notes:write', 'admin'] },
    clients: [web, native, service, confidential],
    defaultScope: ['notes:read'],
    login: passwordPage(({ username, password }) => (USERS[username] === password ? { subject: username } : undefined)),
    secret: SECRET,
    ...options,
  })
}

export interface Harness {
  readonly server: AuthorizationServer
  readonly store: Store
  readonly clock: { now: number }
  /** Names of the events so far, with what they said. */
  readonly events: { readonly name: ServerEventName; readonly event: object }[]
  browser(): Browser
}

const EVENTS: readonly ServerEventName[] = [
  'authorization.granted',
  'authorization.refused',
  'login.succeeded',
  'login.failed',
  'consent.granted',
  'consent.denied',
  'consent.revoked',
  'session.ended',
  'token.issued',
  'token.refused',
  'code.replayed',
  'refresh_token.reused',
  'grant.revoked',
  'client_authentication.failed',
  'client.created',
  'client.updated',
  'client.secret_rotated',
  'client.removed',
  'registration.refused',
  'client_metadata.refused',
  'limit.reached',
  'error',
]

/** A server with a clock in hand, a memory store, and a note of what happened. */
export async function createHarness(options: Options = {}): Promise<Harness> {
  const clock = { now: 1_800_000_000 }
  const store = options.store ?? memoryStore()
  await store.casKeys(0, wrappedKeys)
  const server = createTestServer({ now: () => clock.now, ...options, store })
  const events: Harness['events'] = []
  for (const name of EVENTS) server.on(name, (event) => events.push({ name, event }))
  return { server, store, clock, events, browser: () => createBrowser(server.fetch, server.issuer) }
}

export interface AuthorizationParameters {
  readonly [name: string]: string | undefined
}

export const verifier = createCodeVerifier()
export const challenge = await deriveCodeChallenge(verifier)

/** An authorization request of the client `web` that holds; `undefined` takes a parameter away. */
export function authorizeUrl(changes: AuthorizationParameters = {}, issuer: string = ISSUER): string {
  const parameters = {
    client_id: 'web',
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope: 'openid offline_access notes:read',
    state: 'state',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    ...changes,
  }
  const query = new URLSearchParams(
    Object.entries(parameters).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  return `${issuer}/authorize?${query}`
}

/** Signs in as alice and allows what is asked; gives the parameters of the authorization response. */
export async function authorizeAs(
  browser: Browser,
  changes: AuthorizationParameters = {},
  username = 'alice',
): Promise<URLSearchParams> {
  let page = await browser.open(authorizeUrl(changes, browser.issuer))
  if (page.form?.fields.has('state') && page.text.includes('name="password"')) {
    page = await browser.submit(page, { username, password: USERS[username] ?? '' })
  }
  if (page.text.includes('value="allow"')) page = await browser.submit(page, { decision: 'allow' })
  if (!page.location)
    throw new Error(`no answer to the client: ${page.status} ${page.text.replaceAll(/\s+/g, ' ').slice(-600)}`)
  return new URL(page.location).searchParams
}

export interface TokenAnswer {
  readonly status: number
  readonly headers: Headers
  // What is read is checked by the test that reads it.
  readonly body: Readonly<Record<string, string>> & { readonly expires_in?: unknown }
}

/** Posts a form to an endpoint of the server. */
export async function post(
  server: AuthorizationServer,
  path: string,
  form: AuthorizationParameters,
  headers: Record<string, string> = {},
): Promise<TokenAnswer> {
  const body = new URLSearchParams(
    Object.entries(form).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
  const response = await server.fetch(new Request(`${server.issuer}${path}`, { method: 'POST', body, headers }))
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) }
}

export const redeem = (
  server: AuthorizationServer,
  code: string | null,
  changes: AuthorizationParameters = {},
): Promise<TokenAnswer> =>
  post(server, '/token', {
    grant_type: 'authorization_code',
    client_id: 'web',
    code: code ?? '',
    code_verifier: verifier,
    redirect_uri: CALLBACK,
    ...changes,
  })

export const refresh = (
  server: AuthorizationServer,
  token: string | undefined,
  changes: AuthorizationParameters = {},
): Promise<TokenAnswer> =>
  post(server, '/token', { grant_type: 'refresh_token', client_id: 'web', refresh_token: token, ...changes })

/** A whole sign-in: authorization, code, tokens. */
export async function signIn(
  harness: Harness,
  changes: AuthorizationParameters = {},
  username = 'alice',
): Promise<TokenAnswer['body']> {
  const answer = await authorizeAs(harness.browser(), changes, username)
  return (await redeem(harness.server, answer.get('code'))).body
}

/** A store in which a grant is revoked just before one more opaque token of it is stored. */
export function revokingStore(): Store {
  const store = memoryStore()
  return {
    ...store,
    async putOpaqueToken(token) {
      if (token.grantId !== undefined) await store.revokeGrant(token.grantId, 1_800_000_000)
      return store.putOpaqueToken(token)
    },
  }
}

/** What a JWT says, whoever signed it. */
export const claimsOf = (jwt = ''): Readonly<Record<string, unknown>> =>
  JSON.parse(new TextDecoder().decode(decodeBase64url(jwt.split('.')[1] ?? '')))

export const basic = (id: string, secret: string) => ({
  authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`,
})

export const asService = basic('service', SERVICE_SECRET)

export const codeFor = async (harness: Harness, changes: AuthorizationParameters = {}): Promise<string | null> =>
  (await authorizeAs(harness.browser(), changes)).get('code')

export const eventNames = (harness: Harness): readonly ServerEventName[] => harness.events.map(({ name }) => name)

/** Verifies an access token as an API in the same process would, revocation included. */
export function verify({ server, clock }: Harness, jwt: string | undefined) {
  const issuers = { [server.issuer]: server.keys }
  const verifier = createVerifier({
    token: testToken,
    audience: API,
    issuers,
    revoked: server.isRevoked,
    now: () => clock.now,
  })
  return verifier.verify(jwt ?? '')
}
