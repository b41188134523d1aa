import { describe, expect, it } from 'vitest'
import type { ClientOptions } from '../config/client.js'
import {
  asService,
  authorizeUrl,
  basic,
  createHarness,
  post,
  SERVICE_SECRET,
  service,
  signIn,
  web,
} from '../testing/harness.js'

describe('clients as a function', () => {
  it('finds clients when they are needed', async () => {
    const asked: string[] = []
    const known: Record<string, ClientOptions> = { web, service }
    const harness = await createHarness({
      // What is found at run time is checked at run time.
      clients: async (clientId) => {
        asked.push(clientId)
        return known[clientId] as typeof web | undefined
      },
    })
    expect(await signIn(harness)).toMatchObject({ token_type: 'Bearer' })
    const answer = await post(
      harness.server,
      '/token',
      { grant_type: 'client_credentials', scope: 'notes:read' },
      asService,
    )
    expect(answer.status).toBe(200)
    expect(asked).toContain('service')
    delete known['service']
    const after = await post(harness.server, '/token', { grant_type: 'client_credentials' }, asService)
    expect([after.status, after.body['error']]).toEqual([401, 'invalid_client'])
  })

  it.each<[string, unknown, RegExp]>([
    ['nothing that is a client', { clientId: 'web', redirectUrl: 'x' }, /can't be used/],
    ['a client that contradicts itself', { clientId: 'web', redirectUris: ['http://x.example'] }, /https/],
    ['another client', { clientId: 'other', redirectUris: ['https://x.example/cb'] }, /gave other when asked/],
  ])('tells the operator, and no client, that it gave %s', async (_name, found, sentence) => {
    const { server, events } = await createHarness({ clients: () => found as typeof web })
    const response = await server.fetch(new Request(authorizeUrl()))
    expect(response.status).toBe(500)
    expect(await response.text()).not.toMatch(sentence)
    const causes = events.map(({ event }) => ('cause' in event ? String(event.cause) : ''))
    expect(causes.at(-1)).toMatch(sentence)
  })

  it('is never asked for a name that no client can have', async () => {
    const asked: string[] = []
    const { server } = await createHarness({
      clients: (clientId) => {
        asked.push(clientId)
        return undefined
      },
    })
    for (const id of ['', 'a\u0000b', 'ü', 'x'.repeat(3000)])
      await post(server, '/token', { grant_type: 'client_credentials' }, basic(id, SERVICE_SECRET))
    expect(asked).toEqual([])
  })
})
