import { describe, expect, it } from 'vitest'
import { scopes } from '../testing/notes.js'
import { createRealm } from '../testing/realm.js'
import { createIdentities } from './authentication.js'

const { verifier, issue } = await createRealm(scopes)

async function requestOf(subject: string): Promise<Request> {
  const headers = { authorization: `Bearer ${await issue([], { subject })}` }
  return new Request('https://api.example/graphql', { headers })
}

describe('identify', () => {
  it('verifies the token of a batch once', async () => {
    let count = 0
    const authenticate: typeof verifier.authenticate = (request) => {
      if (request.headers.has('authorization')) count++
      return verifier.authenticate(request)
    }
    const { identify } = createIdentities({ ...verifier, authenticate })
    const request = await requestOf('alice')
    await Promise.all([identify(request, {}), identify(request, {})])
    expect(count).toBe(1)
  })

  it('GQ-07 refuses a context that belongs to another request', async () => {
    const identities = createIdentities(verifier)
    const context = {}
    await identities.identify(await requestOf('alice'), context)
    await expect(identities.identify(await requestOf('bob'), context)).rejects.toThrow(/one context per request/)
    expect(identities.of(context)).toMatchObject({ token: { claims: { sub: 'alice' } } })
  })

  it('knows nobody behind a context that it never saw', () => {
    expect(createIdentities(verifier).of({})).toMatchObject({ kind: 'anonymous' })
  })
})
