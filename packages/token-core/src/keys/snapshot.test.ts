import { describe, expect, it } from 'vitest'
import { NOW, signingKey } from '../testing/fixtures.js'
import { endpoint, find, JWKS_URL, jwks, look, settle } from '../testing/jwks.js'
import { keySnapshot } from './snapshot.js'

const known = await signingKey()
const other = await signingKey('ES256', 'next')
const down = () => new Response(null, { status: 503 })

/** A place for a snapshot, as a file would be. */
function place(text?: string) {
  const saved: string[] = []
  return {
    saved,
    snapshot: keySnapshot({
      load: async () => saved.at(-1) ?? text,
      save: async (written) => {
        saved.push(written)
      },
    }),
  }
}

async function takeSnapshot(): Promise<string> {
  const { snapshot, saved } = place()
  const { source } = endpoint(() => jwks(known), { snapshot })
  await source.warm()
  await settle()
  return saved[0] ?? ''
}

describe('remoteKeys with a snapshot', () => {
  it('saves each set that it fetched, and starts from it while the endpoint is down', async () => {
    const { snapshot, saved } = place()
    const first = endpoint(() => jwks(known), { snapshot })
    await first.source.warm()
    await settle()
    expect(saved).toHaveLength(1)

    const second = endpoint(down, { snapshot })
    second.state.now += 86_000
    await second.source.warm()
    expect(await find(second.source, known.kid)).toBe('accepted')
    expect(second.state.calls).toBe(1)
    // The bound counts from when the keys were fetched, not from the start.
    second.state.now = NOW + 600 + 86_400
    expect(await find(second.source, known.kid)).toBe('keys_unavailable')
  })

  it('serves from it without a fetch while it is fresh, and not longer', async () => {
    const { snapshot } = place(await takeSnapshot())
    const { source, state } = endpoint(() => jwks(other), { snapshot })
    state.now += 599
    expect(await look(source, known.kid)).toBe('not yet')
    expect(await find(source, known.kid)).toBe('accepted')
    expect(state.calls).toBe(0)
    state.now += 1
    expect(await find(source, known.kid)).toBe('unknown_key')
    expect(state.calls).toBe(1)
  })

  it.each([
    ['of another URL', { url: 'https://evil.example/jwks' }],
    ['from the future', { fetchedAt: NOW + 1 }],
    ['without keys', { keys: [] }],
    ['without a list', { keys: 1 }],
    ['without times', { freshUntil: null }],
  ])('takes no snapshot %s', async (_, change) => {
    const { snapshot } = place(JSON.stringify({ ...JSON.parse(await takeSnapshot()), ...change }))
    const { source, state } = endpoint(down, { snapshot })
    expect(await find(source, known.kid)).toBe('keys_unavailable')
    expect(state.events[0]).toMatchObject({ type: 'snapshot_failed' })
  })

  it.each(['', '{', '[]', 'null', '{"url":1,"url":2}'])('takes %j for no snapshot', async (text) => {
    const { source } = endpoint(() => jwks(known), { snapshot: place(text).snapshot })
    expect(await find(source, known.kid)).toBe('accepted')
  })

  it('goes on when a snapshot can neither be loaded nor saved, and says so', async () => {
    const fail = () => Promise.reject(new Error('disk full'))
    const { source, state } = endpoint(() => jwks(known), { snapshot: keySnapshot({ load: fail, save: fail }) })
    expect(await find(source, known.kid)).toBe('accepted')
    await settle()
    expect(state.events.map(({ type }) => type)).toEqual(['snapshot_failed', 'refreshed', 'snapshot_failed'])
  })

  it('holds the keys, their URL and their times', async () => {
    expect(JSON.parse(await takeSnapshot())).toMatchObject({
      url: JWKS_URL,
      fetchedAt: NOW,
      freshUntil: NOW + 600,
      keys: [known.publicJwk],
    })
  })
})
