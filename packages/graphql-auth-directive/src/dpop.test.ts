import {
  createIssuer,
  createVerifier,
  defineAccessToken,
  generatePrivateJwk,
  importSigningKey,
  localKeys,
} from '@scopewise/token-core'
import { parseChallenges } from '@scopewise/token-core/challenge'
import { createDpopProof, createDpopVerifier, generateDpopKey, memoryReplay } from '@scopewise/token-core/dpop'
import { createSchema, createYoga } from 'graphql-yoga'
import { describe, expect, it } from 'vitest'
import { createAuth } from './auth.js'
import { scopes } from './testing/notes.js'
import { RESOURCE_METADATA } from './testing/realm.js'
import { useAuth } from './yoga.js'

const API = 'https://api.example/graphql'
const token = defineAccessToken({ scopes, lifetime: 600 })
const signingKey = await importSigningKey(await generatePrivateJwk('ES256'))
const issuer = createIssuer({ token, issuer: 'https://auth.example', keys: signingKey })
const key = await generateDpopKey()

const issue = (jkt?: string) =>
  issuer.issue({
    subject: 'alice',
    clientId: 'web',
    audience: API,
    scope: ['notes:read'],
    claims: {},
    ...(jkt !== undefined && { confirmation: { jkt } }),
  })

/** A server that takes tokens bound to a key, beside others or alone. */
function createServer({ requireBinding = false } = {}) {
  const started: string[] = []
  const auth = createAuth({ token })
  const verifier = createVerifier({
    token,
    audience: API,
    issuers: { 'https://auth.example': localKeys({ keys: [signingKey.publicJwk] }) },
    dpop: createDpopVerifier({ replay: memoryReplay(), algorithms: ['ES256'] }),
    requireBinding,
    resourceMetadata: RESOURCE_METADATA,
  })
  const sdl = `type Query { open: Int @public notes: Int @auth(scope: "notes:read") all: Int @auth(scope: "admin") }`
  const start = (name: string) => () => {
    started.push(name)
    return 1
  }
  const yoga = createYoga({
    schema: createSchema({
      typeDefs: [auth.typeDefs, sdl],
      resolvers: { Query: { open: start('open'), notes: start('notes'), all: start('all') } },
    }),
    plugins: [useAuth({ auth, verifier })],
    batching: true,
    logging: false,
  })
  const send = async (body: unknown, headers: Record<string, string> = {}) => {
    const response = await yoga.fetch(API, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
    return { status: response.status, challenges: parseChallenges(response.headers), body: await response.json() }
  }
  return { send, started }
}

async function proven(jwt: string) {
  const dpop = await createDpopProof(key, { method: 'POST', url: API, accessToken: jwt })
  return { authorization: `DPoP ${jwt}`, dpop }
}

const resource = { resource_metadata: RESOURCE_METADATA }

describe('useAuth with tokens that are bound to a key', () => {
  it('ATT-065 answers 401 to one whose proof was dropped and whose scheme was changed to Bearer', async () => {
    const { send, started } = createServer()
    const jwt = await issue(key.thumbprint)
    expect((await send({ query: '{ notes }' }, await proven(jwt))).status).toBe(200)
    const { dpop } = await proven(jwt)
    for (const query of ['{ notes }', '{ open }'])
      for (const headers of [
        { authorization: `Bearer ${jwt}` },
        { authorization: `Bearer ${jwt}`, dpop },
        { authorization: `DPoP ${jwt}` },
      ]) {
        const { status, challenges, body } = await send({ query }, headers)
        expect([status, body.errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED'])
        expect(challenges.map(({ scheme }) => scheme)).toEqual(
          headers.authorization.startsWith('DPoP') ? ['DPoP', 'Bearer'] : ['Bearer', 'DPoP'],
        )
        expect(JSON.stringify([challenges, body])).not.toContain(jwt)
      }
    expect(started).toEqual(['notes'])
  })

  it('ATT-065 answers 401 to a token that is bound to nothing and comes by DPoP', async () => {
    const { send, started } = createServer()
    expect((await send({ query: '{ notes }' }, await proven(await issue()))).status).toBe(401)
    expect(started).toEqual([])
  })

  it('S10 asks an anonymous caller for either scheme, as the verifier has it', async () => {
    const { send } = createServer()
    const { status, challenges } = await send({ query: '{ notes }' })
    expect(status).toBe(401)
    expect(challenges).toEqual([
      { scheme: 'Bearer', parameters: { scope: 'notes:read', ...resource } },
      { scheme: 'DPoP', parameters: { scope: 'notes:read', ...resource, algs: 'ES256' } },
    ])
  })

  it('S10 names the scheme that was used first, and the error in its challenge only', async () => {
    const { send } = createServer()
    const bearer = { scheme: 'Bearer', parameters: { scope: 'admin', ...resource } }
    const dpop = { scheme: 'DPoP', parameters: { scope: 'admin', ...resource, algs: 'ES256' } }
    const withError = ({ scheme, parameters }: typeof bearer) => ({
      scheme,
      parameters: { error: 'insufficient_scope', ...parameters },
    })
    const byBearer = await send({ query: '{ all }' }, { authorization: `Bearer ${await issue()}` })
    expect([byBearer.status, byBearer.challenges]).toEqual([403, [withError(bearer), dpop]])
    const byDpop = await send({ query: '{ all }' }, await proven(await issue(key.thumbprint)))
    expect([byDpop.status, byDpop.challenges]).toEqual([403, [withError(dpop), bearer]])
    const batch = await send([{ query: '{ all }' }, { query: '{ all }' }], await proven(await issue(key.thumbprint)))
    expect([batch.status, batch.challenges]).toEqual([200, [withError(dpop), bearer]])
  })

  it('S10 asks for DPoP alone where nothing else is taken', async () => {
    const { send } = createServer({ requireBinding: true })
    for (const headers of [{}, await proven(await issue(key.thumbprint))]) {
      const { challenges } = await send({ query: '{ all }' }, headers)
      expect(challenges.map(({ scheme }) => scheme)).toEqual(['DPoP'])
    }
  })
})
