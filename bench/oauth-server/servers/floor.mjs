// The floor: a bare node:http server that parses the form, checks client, code or token, and signs once with ES256.
// With `sqlite FOLDER` or `postgres FOLDER` it also runs one statement for each change, durable like ours.
import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign, timingSafeEqual } from 'node:crypto'
import { join } from 'node:path'
import { openSqlite } from '@scopewise/oauth-server/sqlite'
import pg from 'pg'
import { CLIENT, RESOURCE, WEB } from '../scenarios.mjs'
import { challenge, readForm, serveBench } from './common.mjs'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = { key: privateKey, dsaEncoding: 'ieee-p1363' }
const hash = (text) => createHash('sha256').update(text).digest('base64url')
const secretHash = Buffer.from(hash(CLIENT.secret))
const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'k1' })).toString('base64url')

const [kind, folder] = process.argv.slice(2)
const query = openDatabase()
await query?.('CREATE TABLE one (hash TEXT PRIMARY KEY)', [])

/** Runs one statement and gives its rows; undefined in memory. */
function openDatabase() {
  if (kind === 'sqlite') return openSqlite(join(folder, 'floor.sqlite')).query
  if (kind !== 'postgres') return undefined
  const pool = new pg.Pool({ host: folder, user: 'postgres', database: 'postgres', max: 8 })
  return async (text, values) => (await pool.query({ name: text.slice(0, 12), text, values })).rows
}

const codes = new Map()
const refreshTokens = new Map()

function accessToken(subject, clientId) {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    iss: 'http://localhost',
    sub: subject,
    aud: RESOURCE,
    client_id: clientId,
    scope: 'notes:read',
    iat: now,
    exp: now + 600,
    jti: randomUUID(),
  }
  const signed = `${header}.${Buffer.from(JSON.stringify(claims)).toString('base64url')}`
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
}

/** Wins once: in memory, or by the one statement. */
async function win(map, token, next) {
  const id = hash(token)
  const record = map.get(id)
  if (!record || record.used) return undefined
  record.used = true
  if (!query) return record
  // One statement for the change: what was presented makes way for its successor.
  const rows = await query('UPDATE one SET hash = $2 WHERE hash = $1 RETURNING hash', [id, next])
  return rows.length === 1 ? record : undefined
}

async function put(map, record) {
  const token = randomBytes(32).toString('base64url')
  const id = hash(token)
  map.set(id, record)
  if (query) await query('INSERT INTO one (hash) VALUES ($1)', [id])
  return token
}

async function grant(form, request) {
  const type = form.get('grant_type')
  if (type === 'client_credentials') {
    const [id, secret] = Buffer.from(request.headers.authorization.slice(6), 'base64').toString().split(':')
    if (id !== CLIENT.id || !timingSafeEqual(Buffer.from(hash(secret)), secretHash)) return undefined
    return { access_token: accessToken(id, id), token_type: 'Bearer', expires_in: 600, scope: 'notes:read' }
  }
  const successor = randomBytes(32).toString('base64url')
  const isCode = type === 'authorization_code'
  if (isCode && hash(form.get('code_verifier')) !== challenge) return undefined
  const won = isCode
    ? await win(codes, form.get('code'), hash(successor))
    : await win(refreshTokens, form.get('refresh_token'), hash(successor))
  if (!won) return undefined
  refreshTokens.set(hash(successor), { used: false })
  return {
    access_token: accessToken('user_1', WEB.id),
    token_type: 'Bearer',
    expires_in: 600,
    scope: 'notes:read',
    refresh_token: successor,
  }
}

const metadata = JSON.stringify({
  issuer: 'http://localhost',
  token_endpoint: 'http://localhost/token',
  filler: 'x'.repeat(1500),
})
const jwks = JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] })

async function handle(request, response) {
  if (request.method === 'GET') {
    const body = request.url === '/jwks' ? jwks : metadata
    return response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body)
  }
  const result = await grant(await readForm(request), request)
  const body = JSON.stringify(result ?? { error: 'invalid_grant' })
  response
    .writeHead(result ? 200 : 400, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'content-length': body.length,
    })
    .end(body)
}

const times = (count, make) => Promise.all(Array.from({ length: count }, make))
serveBench(
  handle,
  {
    codes: (count) => times(count, () => put(codes, { used: false })),
    refreshTokens: (count) => times(count, () => put(refreshTokens, { used: false })),
  },
  { token: '/token', metadata: '/metadata', jwks: '/jwks' },
)
