import { serve } from '@scopewise/oauth-server/node'
import { openSqlite } from '@scopewise/oauth-server/sqlite'
import { createIssuer, createVerifier, generatePrivateJwk, importSigningKey, localKeys } from '@scopewise/token-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createDomain } from '../domain/domain.js'
import { accessToken, type Scope } from '../scopes.js'
import { demoAccounts } from '../settings/demo-accounts.js'
import { graphql } from '../testing/example.js'
import { createApi } from './create-api.js'

const USERS = 200
const ROUNDS = 10
const issuerUrl = 'http://localhost:1'
const audience = 'http://127.0.0.1:1/graphql'

interface Person {
  readonly id: string
  readonly name: string
}
let people: readonly Person[]
let issue: (subject: string, options?: { audience?: string; now?: number; scope?: readonly Scope[] }) => Promise<string>
let api: string
let close: () => Promise<void>

beforeAll(async () => {
  const template = demoAccounts[0]
  if (!template) throw new Error('The demo has no users.')
  const accounts = Array.from({ length: USERS }, (_, index) => ({
    ...template,
    id: `user_${index}`,
    username: `u${index}`,
    name: `User ${index}`,
  }))
  people = accounts
  const key = await importSigningKey(await generatePrivateJwk('ES256'))
  issue = (subject, options = {}) => {
    const clock = options.now === undefined ? {} : { now: () => options.now ?? 0 }
    const issuer = createIssuer({ token: accessToken, issuer: issuerUrl, keys: key, ...clock })
    const scope = options.scope ?? ['notes:read', 'notes:write']
    return issuer.issue({ subject, clientId: 'demo-web', audience: options.audience ?? audience, scope, claims: {} })
  }
  const issuers = { [issuerUrl]: localKeys({ keys: [key.publicJwk] }) }
  const fetch = createApi({
    domain: await createDomain({ database: openSqlite(':memory:'), accounts, now: () => 1 }),
    verifier: createVerifier({ token: accessToken, audience, issuers }),
    path: '/graphql',
    closing: new AbortController().signal,
  })
  const server = await serve({ fetch, port: 0, host: '127.0.0.1' })
  api = `http://127.0.0.1:${server.port}`
  close = () => server.close()
})
afterAll(() => close())

const ask = (query: string, token: string): ReturnType<typeof graphql> =>
  graphql({ issuer: issuerUrl, api }, query, token)

describe('createApi', () => {
  it('GQ-07 ATT-071 shows each of 200 interleaved users only itself', async () => {
    const converse = async ({ id, name }: Person): Promise<void> => {
      const token = await issue(id)
      const created = await ask(
        `mutation { createNote(input: { title: "${id}", body: "" }) { title author { id name } } }`,
        token,
      )
      expect(created.data).toEqual({ createNote: { title: id, author: { id, name } } })
      for (let round = 1; round < ROUNDS; round++)
        expect((await ask('{ me { id name } }', token)).data).toEqual({ me: { id, name } })
    }
    await Promise.all(people.map(converse))
  })

  it('refuses a token that the issuer made for another API', async () => {
    expect(await ask('{ health }', await issue('user_1', { audience: 'https://other.example' }))).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('error="invalid_token"'),
    })
  })

  it('refuses a token from yesterday', async () => {
    expect(await ask('{ health }', await issue('user_1', { now: Date.now() / 1000 - 86_400 }))).toMatchObject({
      status: 401,
    })
  })

  it('ATT-064 takes no person for a client, nor a client for a person', async () => {
    // A subject that is the client's id is the client's own token, whoever is called the same. RFC 9068 §5
    expect(await ask('{ me { id } }', await issue('demo-web'))).toMatchObject({ status: 200, data: { me: null } })
    expect(await ask('mutation { deleteNote(id: "note_01") }', await issue('user_service.demo-web'))).toMatchObject({
      status: 403,
    })
  })

  it('says nothing of what broke inside', async () => {
    // The operator reads what happened; here it would only be noise.
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    // No such user: the note can't be stored.
    const { status, errors, text } = await ask(
      'mutation { createNote(input: { title: "x", body: "" }) { id } }',
      await issue('user_gone'),
    )
    expect(status).toBe(200)
    expect(errors).toHaveLength(1)
    expect(errors[0]?.message).toBe('Unexpected error.')
    expect(text).not.toMatch(/FOREIGN|SQLITE|stack|\.ts/i)
    expect(log).toHaveBeenCalled()
    log.mockRestore()
  })
})
