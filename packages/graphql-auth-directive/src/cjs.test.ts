import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { home } from './testing/home.js'

/** A server in CommonJS. One copy of graphql: the schema that `require` makes is the one that is enforced. */
const PROGRAM = `
const { createAuth, isAuthDirectiveError } = require('@scopewise/graphql-auth-directive')
const { useAuth } = require('@scopewise/graphql-auth-directive/yoga')
const { buildSchema, execute, parse } = require('graphql')
const { createYoga } = require('graphql-yoga')
const core = require('@scopewise/token-core')

async function main() {
  const scopes = core.defineScopes({ 'notes:read': 'Read', admin: 'All' })
  const token = core.defineAccessToken({ scopes, lifetime: 600 })
  const key = await core.importSigningKey(await core.generatePrivateJwk('ES256'))
  const issuer = core.createIssuer({ token, issuer: 'https://auth.example', keys: key })
  const issuers = { 'https://auth.example': core.localKeys({ keys: [key.publicJwk] }) }
  const verifier = core.createVerifier({ token, audience: 'api', issuers })
  const auth = createAuth({ token, default: 'allow' })
  const schema = auth.apply(buildSchema(auth.typeDefs + ' type Query { a: String @auth(scope: "admin") }'))

  const document = parse('{ a }')
  const around = await execute({ schema, document, contextValue: {} })
  const jwt = await issuer.issue({ subject: 's', clientId: 'c', audience: 'api', scope: ['notes:read'], claims: {} })
  const denied = await auth.check(auth.analyze(schema, document), await verifier.verify(jwt), { context: {} })
  const yoga = createYoga({ schema, plugins: [useAuth({ auth, verifier })], logging: false })
  const headers = { 'content-type': 'application/json', authorization: 'Bearer ' + jwt }
  const response = await yoga.fetch('http://localhost/graphql', { method: 'POST', headers, body: '{"query":"{ a }"}' })
  let refused
  try { auth.apply(buildSchema(auth.typeDefs + ' type Query { a: String @auth(scope: "x") }')) } catch (error) { refused = isAuthDirectiveError(error) }
  console.log(JSON.stringify({
    around: around.errors[0].extensions.code,
    missing: denied.missingScopes,
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    refused,
  }))
}
main()
`

describe('the CommonJS build', () => {
  it('enforces a schema that CommonJS made', async () => {
    expect(existsSync(`${home}/dist/index.cjs`), 'build this package first: npx turbo run build').toBe(true)
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=commonjs', '-e', PROGRAM], {
      cwd: home,
    })
    expect(JSON.parse(stdout)).toEqual({
      around: 'FORBIDDEN',
      missing: ['admin'],
      status: 403,
      challenge: 'Bearer error="insufficient_scope", scope="admin"',
      refused: true,
    })
  })
})
