// The floor: a bare node:http server that parses the form, checks client, code or token, and signs once with ES256.
// With `sqlite FOLDER` or `postgres FOLDER` it also runs one statement for each change, durable like ours; with `sqlite FOLDER shared`
// those that come together share a commit, like ours.
import { createHash, generateKeyPairSync, randomBytes, randomUUID, sign, timingSafeEqual, verify } from 'node:crypto'
import { join } from 'node:path'
import { openSqlite } from '@scopewise/oauth-server/sqlite'
import pg from 'pg'
import { CLIENT, RESOURCE, WEB } from '../scenarios.mjs'
import { challenge, readForm, serveBench } from './common.mjs'
import { numbers } from './fill.mjs'

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const key = { key: privateKey, dsaEncoding: 'ieee-p1363' }
const publicKeyOf = { key: publicKey, dsaEncoding: 'ieee-p1363' }
const hash = (text) => createHash('sha256').update(text).digest('base64url')
const secretHash = Buffer.from(hash(CLIENT.secret))
const header = Buffer.from(JSON.stringify({ alg: 'ES256', typ: 'at+jwt', kid: 'k1' })).toString('base64url')

const [kind, folder, word] = process.argv.slice(2)
const CHANGE = 'UPDATE one SET hash = $1 WHERE hash = $2 RETURNING hash'
const run = await openDatabase()
await run?.('CREATE TABLE one (hash TEXT PRIMARY KEY)')

/** Runs one statement and gives its rows; undefined in memory. */
async function openDatabase() {
  if (kind === 'sqlite') {
    const path = join(folder, 'floor.sqlite')
    return word === 'shared' ? openSqlite(path).query : openBare(path)
  }
  if (kind !== 'postgres') return undefined
  const pool = new pg.Pool({ host: folder, user: 'postgres', database: 'postgres', max: 8 })
  pool.on('error', () => undefined) // at the end, PostgreSQL may go first
  return async (text, values) => (await pool.query(text === CHANGE ? { name: 'change', text, values } : text)).rows
}

/** The driver that ours takes, and nothing between: each statement is a transaction. */
async function openBare(path) {
  const Database = process.getBuiltinModule('node:sqlite')?.DatabaseSync ?? (await import('libsql')).default
  const database = new Database(path)
  for (const pragma of ['busy_timeout = 5000', 'journal_mode = WAL', 'synchronous = FULL'])
    database.exec(`PRAGMA ${pragma}`)
  let change
  return async (text, values) => {
    if (text !== CHANGE) return database.exec(text)
    change ??= database.prepare(CHANGE.replaceAll(/\$\d/g, '?'))
    return change.all(...values)
  }
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
  if (!run) return record
  // One statement for the change: what was presented makes way for its successor.
  const rows = await run(CHANGE, [next, id])
  return rows.length === 1 ? record : undefined
}

async function put(map, record) {
  const token = randomBytes(32).toString('base64url')
  const id = hash(token)
  map.set(id, record)
  await run?.(`INSERT INTO one (hash) VALUES ('${id}')`)
  return token
}

function isClient(request) {
  const [id, secret] = Buffer.from(request.headers.authorization.slice(6), 'base64').toString().split(':')
  return id === CLIENT.id && timingSafeEqual(Buffer.from(hash(secret)), secretHash)
}

const opaqueTokens = new Map()

/** The claims of a token that works: of a JWT by its signature, else by a look-up. */
function introspect(form, request) {
  if (!isClient(request)) return undefined
  const token = form.get('token')
  const [head, body, signature] = token.split('.')
  if (signature === undefined) return { active: true, ...opaqueTokens.get(hash(token)) }
  const isSigned = verify('sha256', Buffer.from(`${head}.${body}`), publicKeyOf, Buffer.from(signature, 'base64url'))
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
  return { active: isSigned && claims.exp > Date.now() / 1000, ...claims }
}

async function grant(form, request) {
  const type = form.get('grant_type')
  if (type === 'client_credentials') {
    if (!isClient(request)) return undefined
    const { id } = CLIENT
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
  const form = await readForm(request)
  const result = request.url === '/introspect' ? introspect(form, request) : await grant(form, request)
  const body = JSON.stringify(result ?? { error: 'invalid_grant' })
  response
    .writeHead(result ? 200 : 400, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'content-length': body.length,
    })
    .end(body)
}

async function createOpaqueToken() {
  const token = randomBytes(32).toString('base64url')
  const claims = JSON.parse(Buffer.from(accessToken('user_1', WEB.id).split('.')[1], 'base64url').toString())
  opaqueTokens.set(hash(token), claims)
  return token
}

const times = (count, make) => Promise.all(Array.from({ length: count }, make))
serveBench(
  handle,
  {
    forget() {
      for (const map of [codes, refreshTokens, opaqueTokens]) map.clear()
    },
    jwts: (count) => times(count, async () => accessToken('user_1', WEB.id)),
    opaqueTokens: (count) => times(count, createOpaqueToken),
    async fill(count) {
      await run(`INSERT INTO one (hash) SELECT 'full_' || i FROM ${numbers[kind](count)}`)
      await run('ANALYZE')
      return true
    },
    codes: (count) => times(count, () => put(codes, { used: false })),
    refreshTokens: (count) => times(count, () => put(refreshTokens, { used: false })),
  },
  {
    token: '/token',
    jwtIntrospection: '/introspect',
    opaqueIntrospection: '/introspect',
    metadata: '/metadata',
    jwks: '/jwks',
  },
)
