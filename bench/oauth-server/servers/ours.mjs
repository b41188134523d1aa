// @scopewise/oauth-server on its memory store, on SQLite in a folder, or on PostgreSQL at a socket: `memory | sqlite FOLDER | postgres FOLDER`.
import { join } from 'node:path'
import { createAuthorizationServer, hashClientSecret, memoryStore } from '@scopewise/oauth-server'
import { toNodeHandler } from '@scopewise/oauth-server/node'
import { postgresStore } from '@scopewise/oauth-server/postgres'
import { openSqlite, sqliteStore } from '@scopewise/oauth-server/sqlite'
import { defineAccessToken, defineScopes } from '@scopewise/token-core'
import pg from 'pg'
import { CLIENT, OPAQUE_RESOURCE, RESOURCE, VERIFIER, WEB } from '../scenarios.mjs'
import { challenge, serveBench } from './common.mjs'
import { fill, fillExpired } from './fill.mjs'

const origin = 'http://localhost'
/** Seconds by which the clock is ahead. */
let ahead = 0
const [kind, folder] = process.argv.slice(2)
const pool =
  kind === 'postgres' ? new pg.Pool({ host: folder, user: 'postgres', database: 'postgres', max: 8 }) : undefined
const path = join(folder, 'ours.sqlite')

function openStore() {
  if (pool) return postgresStore(pool)
  return kind === 'sqlite' ? sqliteStore(path) : memoryStore()
}

async function open(issuer, store, resource, format) {
  const server = createAuthorizationServer({
    issuer,
    store,
    secret: 'a-secret-of-at-least-32-characters-for-the-bench',
    token: defineAccessToken({ scopes: defineScopes({ 'notes:read': 'Read your notes' }), lifetime: 600 }),
    resources: { [resource]: { scopes: ['notes:read'], format } },
    clients: [
      { clientId: WEB.id, redirectUris: [WEB.redirectUri], scope: ['notes:read', 'offline_access'] },
      {
        clientId: CLIENT.id,
        type: 'service',
        secretHash: await hashClientSecret(CLIENT.secret),
        scope: ['notes:read'],
        introspects: [resource],
      },
    ],
    login: () => ({ subject: 'user_1' }),
    now: () => Math.floor(Date.now() / 1000) + ahead,
  })
  await server.ready()
  return { server, browser: new Map() }
}
const jwts = await open(origin, openStore(), RESOURCE, 'jwt')
// A server of its own: where a resource has opaque tokens, a refresh reads its grant first.
let opaque
const openOpaque = async () => {
  opaque ??= await open(`${origin}/opaque`, memoryStore(), OPAQUE_RESOURCE, 'opaque')
  return opaque
}

/** `cookies` is all that this browser remembers. */
async function visit({ server, browser: cookies }, url, init = {}) {
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
async function obtainCode(visited) {
  const query = new URLSearchParams({
    client_id: WEB.id,
    response_type: 'code',
    redirect_uri: WEB.redirectUri,
    scope: 'notes:read offline_access',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    state: 's',
  })
  let response = await visit(visited, `${visited.server.metadata.authorization_endpoint}?${query}`)
  for (;;) {
    const location = response.headers.get('location')
    if (location?.startsWith(WEB.redirectUri)) return new URL(location).searchParams.get('code')
    if (location) {
      response = await visit(visited, new URL(location, origin))
      continue
    }
    const html = await response.text()
    const form = new URLSearchParams({ decision: 'allow' })
    for (const [, name, value] of html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g))
      form.append(name, value)
    const action = new URL(/<form[^>]* action="([^"]+)"/.exec(html)[1], origin)
    response = await visit(visited, action, { method: 'POST', body: form })
  }
}

async function obtainTokens(visited) {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code: await obtainCode(visited),
    code_verifier: VERIFIER,
    redirect_uri: WEB.redirectUri,
    client_id: WEB.id,
  })
  const response = await visit(visited, visited.server.metadata.token_endpoint, { method: 'POST', body })
  return response.json()
}

/** Removes all that is stored in memory, as if it were over. */
async function forget() {
  if (kind !== 'memory') return
  ahead = 10 * 365 * 86_400
  for (const { server } of [jwts, await openOpaque()]) while ((await server.expire()) > 0);
}

/** Statements that go past the server. */
async function run(statements) {
  const sqlite = pool ? undefined : openSqlite(path)
  for (const statement of statements) await (pool ?? sqlite).query(statement)
  await sqlite?.close()
  return true
}

async function times(count, make) {
  const list = []
  for (let index = 0; index < count; index++) list.push(await make())
  return list
}

const { metadata } = jwts.server
const pathOf = (url) => new URL(url).pathname
const handleJwts = toNodeHandler(jwts.server.fetch)
const handleOpaque = toNodeHandler(async (request) => (await openOpaque()).server.fetch(request))
serveBench(
  (request, response) => (request.url.startsWith('/opaque/') ? handleOpaque : handleJwts)(request, response),
  {
    codes: (count) => times(count, () => obtainCode(jwts)),
    refreshTokens: (count) => times(count, async () => (await obtainTokens(jwts)).refresh_token),
    jwts: (count) => times(count, async () => (await obtainTokens(jwts)).access_token),
    opaqueTokens: (count) => times(count, async () => (await obtainTokens(await openOpaque())).access_token),
    fill: (count) => run(fill(kind, count)),
    fillExpired: (count) => run(fillExpired(kind, count)),
    expire: () => jwts.server.expire(),
    forget,
  },
  {
    token: pathOf(metadata.token_endpoint),
    jwtIntrospection: pathOf(metadata.introspection_endpoint),
    opaqueIntrospection: '/opaque/introspect',
    metadata: '/.well-known/oauth-authorization-server',
    jwks: pathOf(metadata.jwks_uri),
  },
)
