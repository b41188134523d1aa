// What is asked of every server. A scenario prepares what a turn needs, off the clock, and makes one request after another.
import { get, post } from '../lib/load.mjs'

export const CLIENT = { id: 'bench-service', secret: 'bench-secret-of-32-characters-00' }
export const WEB = { id: 'bench-web', redirectUri: 'https://app.example/cb' }
export const RESOURCE = 'https://api.example'
export const OPAQUE_RESOURCE = 'https://opaque.example'
export const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXkdBjftJeZ4CVP'

const basic = `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64')}`

/** Asks a server's bench endpoint for what a turn needs. */
async function fetchList(connection, path) {
  const { status, body } = await connection.send(get(path))
  if (status !== 200) throw new Error(`${path} answered ${status}: ${body.slice(0, 300)}`)
  return JSON.parse(body)
}

/**
 * @typedef {object} Scenario
 * @property {string} name
 * @property {'token' | 'jwtIntrospection' | 'opaqueIntrospection' | 'metadata' | 'jwks'} path the endpoint, among the `paths` that a server says it has
 * @property {number} [perTurn] requests a connection can make in a turn; without it, as many as time allows
 * @property {(server, connection, count) => Promise<unknown>} prepare
 * @property {(server, prepared, index) => string} request
 * @property {(prepared, body) => void} [learn] from an answer
 */
/** An API asks about one token that works, again and again. */
const introspection = (kind, path, source) => ({
  name: `introspection, ${kind}`,
  path,
  prepare: async (_server, connection) => (await fetchList(connection, source))[0],
  request: ({ paths }, token) => post(paths[path], { token }, basic),
  learn(_token, body) {
    if (!body.includes('"active":true')) throw new Error(`The token does not work: ${body}`)
  },
})

/** @type {Scenario[]} */
export const scenarios = [
  {
    name: 'client credentials',
    path: 'token',
    async prepare() {},
    request: ({ paths }) =>
      post(paths.token, { grant_type: 'client_credentials', scope: 'notes:read', resource: RESOURCE }, basic),
  },
  {
    name: 'refresh',
    path: 'token',
    prepare: async (_server, connection) => ({ token: (await fetchList(connection, '/bench/refresh-tokens?n=1'))[0] }),
    request: ({ paths }, prepared) =>
      post(paths.token, { grant_type: 'refresh_token', refresh_token: prepared.token, client_id: WEB.id }),
    learn(prepared, body) {
      prepared.token = JSON.parse(body).refresh_token
    },
  },
  {
    name: 'code + PKCE',
    path: 'token',
    perTurn: 150,
    prepare: (_server, connection, count) => fetchList(connection, `/bench/codes?n=${count}`),
    request: ({ paths }, codes, index) =>
      post(paths.token, {
        grant_type: 'authorization_code',
        code: codes[index],
        code_verifier: VERIFIER,
        redirect_uri: WEB.redirectUri,
        client_id: WEB.id,
      }),
  },
  introspection('JWT', 'jwtIntrospection', '/bench/jwts?n=1'),
  introspection('opaque token', 'opaqueIntrospection', '/bench/opaque-tokens?n=1'),
  { name: 'metadata', path: 'metadata', async prepare() {}, request: ({ paths }) => get(paths.metadata) },
  { name: 'JWKS', path: 'jwks', async prepare() {}, request: ({ paths }) => get(paths.jwks) },
]
