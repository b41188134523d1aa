// @scopewise/oauth-server on its memory store, or with `sql` on SQLite.
import { join } from 'node:path'
import { createAuthorizationServer, hashClientSecret, memoryStore } from '@scopewise/oauth-server'
import { toNodeHandler } from '@scopewise/oauth-server/node'
import { sqliteStore } from '@scopewise/oauth-server/sqlite'
import { defineAccessToken, defineScopes } from '@scopewise/token-core'
import { CLIENT, RESOURCE, VERIFIER, WEB } from '../scenarios.mjs'
import { challenge, serveBench } from './common.mjs'

const issuer = 'http://localhost'
const isSql = process.argv[2] === 'sql'
const server = createAuthorizationServer({
  issuer,
  store: isSql ? sqliteStore(join(process.argv[3], 'ours.sqlite')) : memoryStore(),
  secret: 'a-secret-of-at-least-32-characters-for-the-bench',
  token: defineAccessToken({ scopes: defineScopes({ 'notes:read': 'Read your notes' }), lifetime: 600 }),
  resources: { [RESOURCE]: ['notes:read'] },
  clients: [
    { clientId: WEB.id, redirectUris: [WEB.redirectUri], scope: ['notes:read', 'offline_access'] },
    { clientId: CLIENT.id, type: 'service', secretHash: await hashClientSecret(CLIENT.secret), scope: ['notes:read'] },
  ],
  login: () => ({ subject: 'user_1' }),
})
await server.ready()

const cookies = new Map()

async function visit(url, init = {}) {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const response = await server.fetch(
    new Request(url, { redirect: 'manual', ...init, headers: { cookie, ...init.headers } }),
  )
  for (const line of response.headers.getSetCookie()) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)
    cookies.set(name, value)
  }
  return response
}

/** Signs in and consents like a browser: the first time through the pages, later by the remembered consent. */
async function obtainCode() {
  const query = new URLSearchParams({
    client_id: WEB.id,
    response_type: 'code',
    redirect_uri: WEB.redirectUri,
    scope: 'notes:read offline_access',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: 's',
  })
  let response = await visit(`${server.metadata.authorization_endpoint}?${query}`)
  for (;;) {
    const location = response.headers.get('location')
    if (location?.startsWith(WEB.redirectUri)) return new URL(location).searchParams.get('code')
    if (location) {
      response = await visit(new URL(location, issuer))
      continue
    }
    const html = await response.text()
    const form = new URLSearchParams({ decision: 'allow' })
    for (const [, name, value] of html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g))
      form.append(name, value)
    response = await visit(new URL(/<form[^>]* action="([^"]+)"/.exec(html)[1], issuer), { method: 'POST', body: form })
  }
}

async function obtainRefreshToken() {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: await obtainCode(),
    code_verifier: VERIFIER,
    redirect_uri: WEB.redirectUri,
    client_id: WEB.id,
  })
  const response = await visit(server.metadata.token_endpoint, { method: 'POST', body })
  return (await response.json()).refresh_token
}

async function times(count, make) {
  const list = []
  for (let index = 0; index < count; index++) list.push(await make())
  return list
}

const path = (url) => new URL(url).pathname
serveBench(
  toNodeHandler(server.fetch),
  { codes: (count) => times(count, obtainCode), refreshTokens: (count) => times(count, obtainRefreshToken) },
  {
    token: path(server.metadata.token_endpoint),
    metadata: '/.well-known/oauth-authorization-server',
    jwks: path(server.metadata.jwks_uri),
  },
)
