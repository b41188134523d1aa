import { serve } from '@scopewise/oauth-server/node'
import { createIssuer, createVerifier, generatePrivateJwk, importSigningKey, localKeys } from '@scopewise/token-core'
import { expect, it } from 'vitest'
import { createApi } from './api/create-api.js'
import { createDomain } from './domain/domain.js'
import { openSqlite } from './domain/sqlite.js'
import { accessToken } from './scopes.js'
import { demoAccounts } from './settings/demo-accounts.js'

const USERS = 200
const ROUNDS = 10

it('GQ-07 ATT-071 of 200 interleaved users each sees only itself', async () => {
  const [template] = demoAccounts
  if (!template) throw new Error('The demo has no users.')
  const accounts = Array.from({ length: USERS }, (_, index) => ({
    ...template,
    id: `user_${index}`,
    username: `u${index}`,
    name: `User ${index}`,
  }))
  const domain = await createDomain({ database: openSqlite(':memory:'), accounts, now: () => 1 })

  const issuerUrl = 'http://localhost:1'
  const audience = 'http://127.0.0.1:1/graphql'
  const key = await importSigningKey(await generatePrivateJwk('ES256'))
  const issuer = createIssuer({ token: accessToken, issuer: issuerUrl, keys: key })
  const verifier = createVerifier({
    token: accessToken,
    audience,
    issuers: { [issuerUrl]: localKeys({ keys: [key.publicJwk] }) },
  })
  const server = await serve({
    fetch: createApi({ domain, verifier, path: '/graphql', closing: new AbortController().signal }),
    port: 0,
    host: '127.0.0.1',
  })

  const ask = async (account: { id: string; name: string }): Promise<void> => {
    const token = await issuer.issue({
      subject: account.id,
      clientId: 'demo-web',
      audience,
      scope: ['notes:read', 'notes:write'],
      claims: {},
    })
    const query = `mutation { createNote(input: { title: "${account.id}", body: "" }) { title author { id name } } }`
    const send = (body: object): Promise<Response> =>
      fetch(`http://127.0.0.1:${server.port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify(body),
      })
    for (let round = 0; round < ROUNDS; round++) {
      const response = await send({ query: round === 0 ? query : '{ me { id name } }' })
      const expected = { id: account.id, name: account.name }
      expect(await response.json()).toEqual({
        data: round === 0 ? { createNote: { title: account.id, author: expected } } : { me: expected },
      })
    }
  }
  await Promise.all(accounts.map(ask))
  await server.close()
})
