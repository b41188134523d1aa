// @jmondi/oauth2-server with maps as its repositories; access tokens are signed with ES256 through the service it takes.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { AuthorizationServer, DateInterval } from '@jmondi/oauth2-server'
import jsonwebtoken from 'jsonwebtoken'
import { CLIENT, VERIFIER, WEB } from '../scenarios.mjs'
import { challenge, readForm, serveBench } from './common.mjs'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const scopes = [{ name: 'notes:read' }]
const clients = new Map([
  [
    CLIENT.id,
    {
      id: CLIENT.id,
      name: 'service',
      secret: CLIENT.secret,
      redirectUris: [],
      allowedGrants: ['client_credentials'],
      scopes,
    },
  ],
  [
    WEB.id,
    {
      id: WEB.id,
      name: 'web',
      redirectUris: [WEB.redirectUri],
      allowedGrants: ['authorization_code', 'refresh_token'],
      scopes,
    },
  ],
])
const codes = new Map()
const tokens = new Map()
const refreshTokens = new Map()
const random = () => randomBytes(32).toString('base64url')
const inSeconds = (seconds) => new Date(Date.now() + seconds * 1000)

const server = new AuthorizationServer(
  {
    getByIdentifier: async (id) => clients.get(id),
    isClientValid: async (grant, client, secret) =>
      client.allowedGrants.includes(grant) && (!client.secret || client.secret === secret),
  },
  {
    issueToken: async (client, tokenScopes, user) => ({
      accessToken: random(),
      accessTokenExpiresAt: inSeconds(600),
      client,
      user,
      scopes: tokenScopes,
    }),
    async issueRefreshToken(token) {
      token.refreshToken = random()
      token.refreshTokenExpiresAt = inSeconds(86_400)
      refreshTokens.set(token.refreshToken, token)
      return token
    },
    async persist(token) {
      tokens.set(token.accessToken, token)
    },
    async revoke(token) {
      token.revoked = true
    },
    isRefreshTokenRevoked: async (token) => token.revoked === true || Date.now() > token.refreshTokenExpiresAt,
    getByRefreshToken: async (token) => refreshTokens.get(token),
  },
  {
    getAllByIdentifiers: async (names) => scopes.filter(({ name }) => names.includes(name)),
    finalize: async (granted) => granted,
  },
  {
    sign: async (payload) => jsonwebtoken.sign(payload, privateKey, { algorithm: 'ES256' }),
    verify: async (token) => jsonwebtoken.verify(token, publicKey, { algorithms: ['ES256'] }),
    decode: (token) => jsonwebtoken.decode(token),
  },
  { requiresPKCE: true, requiresS256: true, useOpaqueAuthorizationCodes: true, useOpaqueRefreshTokens: true },
)
server.enableGrantTypes(
  ['client_credentials', new DateInterval('10m')],
  ['refresh_token', new DateInterval('10m')],
  [
    {
      grant: 'authorization_code',
      userRepository: { getUserByCredentials: async (id) => ({ id }) },
      authCodeRepository: {
        getByIdentifier: async (code) => codes.get(code),
        issueAuthCode: (client, user, codeScopes) => ({
          code: random(),
          redirectUri: null,
          expiresAt: inSeconds(600),
          user,
          client,
          scopes: codeScopes,
        }),
        async persist(code) {
          codes.set(code.code, code)
        },
        isRevoked: async (code) => codes.get(code)?.revoked === true,
        async revoke(code) {
          codes.get(code).revoked = true
        },
      },
    },
    new DateInterval('10m'),
  ],
)

async function handle(request, response) {
  const body = Object.fromEntries(await readForm(request))
  let answer
  try {
    answer = await server.respondToAccessTokenRequest({ headers: request.headers, query: {}, body })
  } catch (error) {
    answer = { status: error.status ?? 500, headers: {}, body: { error: error.errorType, message: error.message } }
  }
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
  const authorization = await server.validateAuthorizationRequest({
    headers: {},
    body: {},
    query: {
      response_type: 'code',
      client_id: WEB.id,
      redirect_uri: WEB.redirectUri,
      scope: 'notes:read',
      state: 's',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    },
  })
  authorization.user = { id: 'user_1' }
  authorization.isAuthorizationApproved = true
  const answer = await server.completeAuthorizationRequest(authorization)
  return new URL(answer.headers.location).searchParams.get('code')
}

async function obtainRefreshToken() {
  const { body } = await server.respondToAccessTokenRequest({
    headers: {},
    query: {},
    body: {
      grant_type: 'authorization_code',
      code: await obtainCode(),
      code_verifier: VERIFIER,
      redirect_uri: WEB.redirectUri,
      client_id: WEB.id,
    },
  })
  return body.refresh_token
}

const times = (count, make) => Promise.all(Array.from({ length: count }, make))
serveBench(
  handle,
  {
    codes: (count) => times(count, obtainCode),
    refreshTokens: (count) => times(count, obtainRefreshToken),
    forget() {
      for (const map of [codes, tokens, refreshTokens]) map.clear()
    },
  },
  { token: '/token' },
)
