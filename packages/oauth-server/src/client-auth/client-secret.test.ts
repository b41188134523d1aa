import { afterEach, describe, expect, it, vi } from 'vitest'
import { basic, createHarness, post, SERVICE_SECRET } from '../testing/harness.js'

afterEach(() => {
  vi.restoreAllMocks()
})

const form = { grant_type: 'client_credentials', scope: 'notes:read' }

describe('a client secret', () => {
  it.each([
    ['the right one', 'service', SERVICE_SECRET, 200],
    ['a wrong one', 'service', 'wrong', 401],
    ['one of a client that does not exist', 'nobody', 'wrong', 401],
    ['one of a client that has none', 'web', 'wrong', 401],
    ['one of 10 kB', 'service', 'x'.repeat(10_000), 401],
  ])('OP-02 is compared as digests of one length, whole: %s', async (_, clientId, secret, status) => {
    const harness = await createHarness()
    const spy = vi.spyOn(String.prototype, 'charCodeAt')
    const answer = await post(harness.server, '/token', form, basic(clientId, secret))
    const looked = spy.mock.contexts.map(String).filter((text) => /^sha256:[\w-]{43}$/.test(text))
    expect(answer.status).toBe(status)
    // Every character of the presented digest, and, but for a client without one, of the stored one.
    expect(looked.length).toBeGreaterThanOrEqual(50)
    expect(spy.mock.contexts.map(String)).not.toContain(secret)
  })
})
