// @node-oauth/oauth2-server with maps as its model. Its tokens are opaque: it signs nothing.

import { randomBytes } from 'node:crypto'
import OAuth2Server from '@node-oauth/oauth2-server'
import { CLIENT, VERIFIER, WEB } from '../scenarios.mjs'
import { challenge, readForm, serveBench } from './common.mjs'

const clients = new Map([
  [CLIENT.id, { id: CLIENT.id, secret: CLIENT.secret, grants: ['client_credentials'], redirectUris: [] }],
  [WEB.id, { id: WEB.id, grants: ['authorization_code', 'refresh_token'], redirectUris: [WEB.redirectUri] }],
])
const codes = new Map()
const refreshTokens = new Map()
const inSeconds = (seconds) => new Date(Date.now() + seconds * 1000)

const server = new OAuth2Server({
  model: {
    async getClient(id, secret) {
      const client = clients.get(id)
      return client && (secret === null || client.secret === undefined || client.secret === secret) ? client : undefined
    },
    getUserFromClient: async (client) => ({ id: client.id }),
    async saveToken(token, client, user) {
      const saved = { ...token, client, user }
      if (saved.refreshToken) refreshTokens.set(saved.refreshToken, saved)
      return saved
    },
    getRefreshToken: async (token) => refreshTokens.get(token),
    revokeToken: async (token) => refreshTokens.delete(token.refreshToken),
    getAuthorizationCode: async (code) => codes.get(code),
    revokeAuthorizationCode: async (code) => codes.delete(code.authorizationCode),
    validateScope: async (_user, _client, scope) => scope ?? ['notes:read'],
  },
  requireClientAuthentication: { authorization_code: false, refresh_token: false },
  accessTokenLifetime: 600,
})

async function handle(request, response) {
  const body = Object.fromEntries(await readForm(request))
  const answer = new OAuth2Server.Response()
  await server
    .token(new OAuth2Server.Request({ headers: request.headers, method: 'POST', query: {}, body }), answer)
    .catch(() => undefined)
  const text = JSON.stringify(answer.body)
  response
    .writeHead(answer.status, {
      ...answer.headers,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
    })
    .end(text)
}

async function obtainCode() {
  const authorizationCode = randomBytes(32).toString('base64url')
  codes.set(authorizationCode, {
    authorizationCode,
    code: authorizationCode,
    expiresAt: inSeconds(600),
    redirectUri: WEB.redirectUri,
    scope: ['notes:read'],
    codeChallenge: challenge,
    codeChallengeMethod: 'S256',
    client: clients.get(WEB.id),
    user: { id: 'user_1' },
  })
  return authorizationCode
}

async function obtainRefreshToken() {
  const body = {
    grant_type: 'authorization_code',
    code: await obtainCode(),
    code_verifier: VERIFIER,
    redirect_uri: WEB.redirectUri,
    client_id: WEB.id,
  }
  const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': '1' }
  const token = await server.token(
    new OAuth2Server.Request({ headers, method: 'POST', query: {}, body }),
    new OAuth2Server.Response(),
  )
  return token.refreshToken
}

const times = (count, make) => Promise.all(Array.from({ length: count }, make))
serveBench(
  handle,
  {
    codes: (count) => times(count, obtainCode),
    refreshTokens: (count) => times(count, obtainRefreshToken),
    forget() {
      for (const map of [codes, refreshTokens]) map.clear()
    },
  },
  { token: '/token' },
)
