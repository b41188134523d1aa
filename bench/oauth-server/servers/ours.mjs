// @scopewise/oauth-server on its memory store, on SQLite in a folder, or on PostgreSQL at a socket: `memory | sqlite FOLDER | postgres FOLDER`.
import { join } from 'node:path'
import { createAuthorizationServer, hashClientSecret, memoryStore } from '@scopewise/oauth-server'
import { toNodeHandler } from '@scopewise/oauth-server/node'
import { postgresStore } from '@scopewise/oauth-server/postgres'
import { openSqlite, sqliteStore } from '@scopewise/oauth-server/sqlite'
import { defineAccessToken, defineScopes } from '@scopewise/token-core'
import pg from 'pg'
import { CLIENT, RESOURCE, VERIFIER, WEB } from '../scenarios.mjs'
import { challenge, serveBench } from './common.mjs'
import { fill, fillExpired } from './fill.mjs'

const issuer = 'http://localhost'
const [kind, folder] = process.argv.slice(2)
const pool =
  kind === 'postgres' ? new pg.Pool({ host: folder, user: 'postgres', database: 'postgres', max: 8 }) : undefined
const path = join(folder, 'ours.sqlite')

function openStore() {
  if (pool) return postgresStore(pool)
  return kind === 'sqlite' ? sqliteStore(path) : memoryStore()
}

const server = createAuthorizationServer({
  issuer,
  store: openStore(),
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

const pathOf = (url) => new URL(url).pathname
serveBench(
  toNodeHandler(server.fetch),
  {
    codes: (count) => times(count, obtainCode),
    refreshTokens: (count) => times(count, obtainRefreshToken),
    fill: (count) => run(fill(kind, count)),
    fillExpired: (count) => run(fillExpired(kind, count)),
    expire: () => server.expire(),
  },
  {
    token: pathOf(server.metadata.token_endpoint),
    metadata: '/.well-known/oauth-authorization-server',
    jwks: pathOf(server.metadata.jwks_uri),
  },
)
