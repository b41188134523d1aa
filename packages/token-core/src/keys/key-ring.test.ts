import { describe, expect, it } from 'vitest'
import { createIssuer } from '../access-token/issue.js'
import { createVerifier } from '../access-token/verify.js'
import { AUDIENCE, accessToken, codeOf, grant, ISSUER, NOW } from '../testing/fixtures.js'
import { find, look, settle } from '../testing/jwks.js'
import { createKeyRing, type KeyRingOptions } from './key-ring.js'
import type { KeyRingEvent } from './key-ring-events.js'
import { type KeyStore, memoryKeyStore, secretWrapping } from './key-ring-store.js'

const SECRET = 'a secret for tests: 0123456789abcdefghijklmnop'

/** A store that can be out of reach, and counts. */
function fallible(store: KeyStore = memoryKeyStore()) {
  const state = { isDown: false, reads: 0, writes: 0, wrapped: '' }
  const reach = () => {
    if (state.isDown) throw new Error('store down')
  }
  const fallibleStore: KeyStore = {
    durability: store.durability,
    async findKeys() {
      state.reads++
      reach()
      return store.findKeys()
    },
    async casKeys(version, wrapped) {
      reach()
      const won = await store.casKeys(version, wrapped)
      if (won) {
        state.writes++
        state.wrapped = wrapped
      }
      return won
    },
  }
  return { state, store: fallibleStore }
}

function setUp(options: Partial<KeyRingOptions> = {}) {
  const clock = { now: NOW }
  const events: KeyRingEvent[] = []
  const { store, state } = fallible(options.store)
  const ring = createKeyRing({
    algorithms: ['ES256'],
    timetable: { tokenLifetime: 600, lead: 1000, active: 5000 },
    now: () => clock.now,
    onEvent: (event) => events.push(event),
    ...options,
    store,
  })
  /** Moves the clock and lets what that causes come to its end. */
  const at = async (seconds: number) => {
    clock.now = NOW + seconds
    await ring.sync().catch(() => undefined)
  }
  return { clock, ring, events, state, store, at }
}

const typesOf = (events: readonly KeyRingEvent[]) => events.map(({ type }) => type)

describe('createKeyRing', () => {
  it('makes its keys when it is first used, one for each algorithm, and signs with the first by default', async () => {
    const { ring, state, events } = setUp({ algorithms: ['ES256', 'EdDSA'] })
    expect(state.reads).toBe(0)
    const [first, again, other] = await Promise.all([
      ring.signingKey(),
      ring.signingKey('ES256'),
      ring.signingKey('EdDSA'),
    ])
    expect(first).toBe(again)
    expect([first.alg, other.alg]).toEqual(['ES256', 'EdDSA'])
    expect(state.writes).toBe(1)
    expect(typesOf(events)).toEqual(['published', 'activated', 'published', 'activated'])
    await expect(ring.signingKey('RS256')).rejects.toThrow(/no key for RS256: it was created for ES256, EdDSA/)
  })

  it('AT-01 is the keys of an issuer, and of a verifier in the same process', async () => {
    const { ring, clock } = setUp()
    const now = () => clock.now
    const issuer = createIssuer({ token: accessToken, issuer: ISSUER, keys: ring, now })
    const verifier = createVerifier({ token: accessToken, audience: AUDIENCE, issuers: { [ISSUER]: ring }, now })
    const jwt = await issuer.issue(grant)
    expect((await verifier.verify(jwt)).claims.sub).toBe('alice')
    const { kid } = await ring.signingKey()
    expect(await ring.revoke(kid)).toBe(true)
    expect(await codeOf(verifier.verify(jwt))).toBe('unknown_key')
    expect((await verifier.verify(await issuer.issue(grant))).claims.sub).toBe('alice')
  })

  it('MD-08 tells what happens to its keys, in order, and when the next thing will', async () => {
    const { ring, events, at } = setUp()
    const { kid } = await ring.signingKey()
    await at(4000)
    const next = (await ring.jwks()).set.keys[1]?.kid
    await at(5000)
    expect((await ring.signingKey()).kid).toBe(next)
    await at(5660)
    expect(await find(ring, kid)).toBe('unknown_key')
    expect(events).toEqual([
      { type: 'published', kid, alg: 'ES256', activateAt: NOW },
      { type: 'activated', kid, alg: 'ES256', retireAt: NOW + 5000 },
      { type: 'published', kid: next, alg: 'ES256', activateAt: NOW + 5000 },
      { type: 'retired', kid, alg: 'ES256', removeAt: NOW + 5660 },
      { type: 'activated', kid: next, alg: 'ES256', retireAt: NOW + 10_000 },
      { type: 'removed', kid, alg: 'ES256', reason: 'expired' },
    ])
  })

  it('takes over to the second by the clock alone, without asking the store', async () => {
    const { ring, clock, state, at, events } = setUp()
    const first = await ring.signingKey()
    await at(4000)
    await at(4990)
    state.isDown = true
    clock.now = NOW + 4999
    expect(await ring.signingKey()).toBe(first)
    clock.now = NOW + 5000
    expect(await ring.signingKey()).not.toBe(first)
    expect(await look(ring, first.kid)).toBe('accepted')
    clock.now = NOW + 5660
    expect(await look(ring, first.kid)).toBe('not yet')
    expect(typesOf(events).filter((type) => type !== 'rotation_failed')).toEqual([
      'published',
      'activated',
      'published',
      'retired',
      'activated',
      'removed',
    ])
  })

  it('MD-08 publishes with a max-age that follows from the next change of the set', async () => {
    const { ring, at } = setUp({ timetable: { tokenLifetime: 600, lead: 1000, active: 5000, verifierCache: 300 } })
    const ages: [number, number, string][] = []
    for (const seconds of [0, 3600, 3800, 3990, 4000, 5000, 5400, 5650, 5660]) {
      await at(seconds)
      const { set, maxAge, cacheControl } = await ring.jwks()
      ages.push([seconds, set.keys.length, cacheControl])
      expect(cacheControl).toBe(`public, max-age=${maxAge}`)
    }
    expect(ages).toEqual([
      [0, 1, 'public, max-age=300'],
      [3600, 1, 'public, max-age=300'],
      [3800, 1, 'public, max-age=200'],
      [3990, 1, 'public, max-age=30'],
      [4000, 2, 'public, max-age=300'],
      [5000, 2, 'public, max-age=300'],
      [5400, 2, 'public, max-age=260'],
      [5650, 2, 'public, max-age=30'],
      [5660, 1, 'public, max-age=300'],
    ])
  })

  it('publishes public keys alone', async () => {
    const { ring } = setUp({ algorithms: ['ES256', 'RS256', 'EdDSA'] })
    const { set } = await ring.jwks()
    expect(set.keys.map(({ alg }) => alg)).toEqual(['ES256', 'RS256', 'EdDSA'])
    for (const key of set.keys) for (const secret of ['d', 'p', 'q', 'k']) expect(key).not.toHaveProperty(secret)
  })

  it('MD-08 lets one of many processes make each key, and all see it', async () => {
    const shared = memoryKeyStore()
    const nodes = Array.from({ length: 10 }, () => setUp({ store: shared }))
    for (const seconds of [0, 4000, 5000, 5660, 9000, 10_000]) {
      await Promise.all(nodes.map(({ at }) => at(seconds)))
      const kids = await Promise.all(nodes.map(async ({ ring }) => (await ring.signingKey()).kid))
      expect(new Set(kids).size).toBe(1)
      const sets = await Promise.all(nodes.map(async ({ ring }) => JSON.stringify((await ring.jwks()).set)))
      expect(new Set(sets).size).toBe(1)
    }
    // Each step was written once: begin, publish, hand over, remove, publish, hand over.
    expect(nodes.reduce((sum, { state }) => sum + state.writes, 0)).toBe(6)
    for (const { events } of nodes)
      expect(events.filter(({ type }) => type === 'published').length).toBeGreaterThanOrEqual(2)
  })

  it('looks into the store every poll, in the background, however often it is used', async () => {
    const { ring, clock, state } = setUp()
    await ring.warm()
    const { reads } = state
    for (let index = 0; index < 100; index++) await ring.signingKey()
    clock.now = NOW + 29
    await ring.signingKey()
    expect(state.reads).toBe(reads)
    clock.now = NOW + 30
    await Promise.all(Array.from({ length: 100 }, () => ring.signingKey()))
    await settle()
    expect(state.reads).toBe(reads + 1)
  })

  it('JW-18 gives the same object for as long as a key is published', async () => {
    const { ring, at } = setUp()
    const { kid } = await ring.signingKey()
    const key = ring.findSync({ alg: 'ES256', kid, typ: undefined })
    expect(key).toBeDefined()
    await at(4000)
    expect(ring.findSync({ alg: 'ES256', kid, typ: undefined })).toBe(key)
    expect(await ring.find({ alg: 'ES256', kid, typ: undefined })).toBe(key)
  })

  it('JW-22 reads the store at most once in 5 s for 10000 unknown kids', async () => {
    const { ring, clock, state } = setUp()
    await ring.warm()
    clock.now += 5
    const { reads } = state
    for (let index = 0; index < 10_000; index++) await find(ring, `kid-${index}`)
    expect(state.reads).toBe(reads + 1)
  })

  it('finds a key that another process made a moment ago', async () => {
    const shared = memoryKeyStore()
    const [here, there] = [setUp({ store: shared }), setUp({ store: shared })]
    await here.ring.warm()
    await there.ring.warm()
    const { kid } = await here.ring.signingKey()
    await here.ring.revoke(kid)
    const fresh = (await here.ring.signingKey()).kid
    there.clock.now += 5
    expect(await find(there.ring, fresh)).toBe('accepted')
    expect(await find(there.ring, kid)).toBe('unknown_key')
    expect(there.events.at(-1)).toEqual({ type: 'removed', kid, alg: 'ES256', reason: 'revoked' })
  })
})

describe('createKeyRing, with its store out of reach', () => {
  it('signs with what is valid for the lead, and fails closed afterwards with a clear error', async () => {
    const { ring, clock, state, events } = setUp()
    const { kid } = await ring.signingKey()
    state.isDown = true
    clock.now = NOW + 399
    expect((await ring.jwks()).set.keys).toHaveLength(1)
    clock.now = NOW + 999
    expect((await ring.signingKey()).kid).toBe(kid)
    expect(await find(ring, kid)).toBe('accepted')
    // Others may have made a key that signs by now: a set without it must not be handed out.
    await expect(ring.jwks()).rejects.toMatchObject({ code: 'keys_unavailable', status: 503 })
    clock.now = NOW + 1000
    await expect(ring.signingKey()).rejects.toMatchObject({
      code: 'keys_unavailable',
      message: expect.stringContaining('store is out of reach'),
      cause: expect.objectContaining({ message: 'store down' }),
    })
    expect(await find(ring, kid)).toBe('keys_unavailable')
    expect(events.at(-1)).toMatchObject({ type: 'rotation_failed', usableUntil: NOW + 1000 })
    state.isDown = false
    expect((await ring.signingKey()).kid).toBe(kid)
  })

  it('asks a store that fails at most once a second while it has keys, and says why at the start', async () => {
    const { ring, clock, state } = setUp()
    state.isDown = true
    await expect(ring.warm()).rejects.toThrow('store down')
    await expect(ring.signingKey()).rejects.toMatchObject({ code: 'keys_unavailable' })
    state.isDown = false
    await ring.warm()
    state.isDown = true
    clock.now = NOW + 30
    const { reads } = state
    for (let index = 0; index < 50; index++) {
      await ring.signingKey()
      await settle()
    }
    expect(state.reads).toBe(reads + 1)
    clock.now += 1
    await ring.signingKey()
    await settle()
    expect(state.reads).toBe(reads + 2)
  })

  it('leaves all or nothing when it fails between reading and writing', async () => {
    const shared = memoryKeyStore()
    const { ring, clock } = setUp({ store: shared })
    await ring.warm()
    const before = await shared.findKeys()
    const failing: KeyStore = { ...shared, casKeys: () => Promise.reject(new Error('connection lost')) }
    const other = createKeyRing({
      algorithms: ['ES256'],
      store: failing,
      timetable: { tokenLifetime: 600, lead: 1000, active: 5000 },
      now: () => NOW + 4000,
    })
    await expect(other.sync()).rejects.toThrow('connection lost')
    expect(await shared.findKeys()).toEqual(before)
    clock.now = NOW + 4000
    await ring.sync()
    expect((await ring.jwks()).set.keys).toHaveLength(2)
  })

  it('is at hand again after the clock was set back', async () => {
    const { ring, clock } = setUp()
    clock.now = NOW + 1_000_000
    await ring.signingKey()
    clock.now = NOW
    await ring.sync()
    expect((await ring.signingKey()).alg).toBe('ES256')
  })
})

describe('rotate and revoke', () => {
  it('rotate publishes a successor now, which signs after the lead', async () => {
    const { ring, at } = setUp({ algorithms: ['ES256', 'EdDSA'] })
    const { kid } = await ring.signingKey()
    await at(100)
    await ring.rotate('ES256')
    expect((await ring.jwks()).set.keys).toHaveLength(3)
    await ring.rotate('ES256')
    expect((await ring.jwks()).set.keys).toHaveLength(3)
    await at(1099)
    expect((await ring.signingKey()).kid).toBe(kid)
    await at(1100)
    expect((await ring.signingKey()).kid).not.toBe(kid)
    expect(await find(ring, kid)).toBe('accepted')
  })

  it('revoke refuses what the key signed from the next look on, and its successor signs at once', async () => {
    const { ring, events } = setUp()
    const { kid } = await ring.signingKey()
    expect(await look(ring, kid)).toBe('accepted')
    expect(await ring.revoke(kid)).toBe(true)
    expect(await look(ring, kid)).toBe('unknown_key')
    expect((await ring.jwks()).set.keys.map((key) => key.kid)).toEqual([(await ring.signingKey()).kid])
    expect(typesOf(events)).toEqual(['published', 'activated', 'published', 'activated', 'removed'])
    expect(await ring.revoke(kid)).toBe(false)
  })

  it('both survive processes that rotate and revoke at the same time', async () => {
    const shared = memoryKeyStore()
    const nodes = Array.from({ length: 5 }, () => setUp({ store: shared }))
    await Promise.all(nodes.map(({ ring }) => ring.warm()))
    const { kid } = await (nodes[0] ?? setUp()).ring.signingKey()
    const found = await Promise.all(nodes.map(({ ring }, index) => (index % 2 ? ring.rotate() : ring.revoke(kid))))
    expect(found.filter((answer) => answer === true)).toHaveLength(1)
    await Promise.all(nodes.map(({ ring }) => ring.sync()))
    expect(new Set(await Promise.all(nodes.map(async ({ ring }) => (await ring.signingKey()).kid))).size).toBe(1)
  })
})

describe('the keys in the store', () => {
  it('are wrapped: neither the private keys nor their names are readable', async () => {
    const { ring, state } = setUp({ wrapping: secretWrapping(SECRET) })
    const { kid } = await ring.signingKey()
    expect(state.wrapped).toMatch(/^[\w-]+$/)
    expect(state.wrapped).not.toContain(kid)
    expect(Buffer.from(state.wrapped, 'base64url').toString('latin1')).not.toContain('kty')
  })

  it('are read with the secret that wrapped them, or a list that holds it, and with no other', async () => {
    const store = memoryKeyStore()
    const { kid } = await setUp({ store, wrapping: secretWrapping(SECRET) }).ring.signingKey()
    const newer = `newer ${SECRET}`
    const wrong = setUp({ store, wrapping: secretWrapping(newer) })
    await expect(wrong.ring.warm()).rejects.toThrow(/can not be unwrapped.*new keys are never made in their place/)
    expect(await codeOf(wrong.ring.signingKey())).toBe('keys_unavailable')
    expect(wrong.state.writes).toBe(0)

    const both = setUp({ store, wrapping: secretWrapping([newer, SECRET]) })
    expect((await both.ring.signingKey()).kid).toBe(kid)
    // The next write wraps with the new one.
    await both.ring.rotate()
    const rotated = setUp({ store, wrapping: secretWrapping(newer) })
    expect((await rotated.ring.signingKey()).kid).toBe(kid)
  })

  it.each([
    '',
    'x',
    '{',
    '{"format":2,"keys":[]}',
    '{"format":1,"keys":1}',
    '{"format":1,"keys":[{}]}',
    '{"format":1,"keys":[null]}',
  ])('are never replaced when they can not be understood: %j', async (text) => {
    const store = memoryKeyStore()
    await store.casKeys(0, text)
    const { ring, state } = setUp({ store })
    await expect(ring.warm()).rejects.toThrow()
    expect(state.writes).toBe(0)
  })

  it('give up the private half of a key that has retired', async () => {
    const { ring, at, state } = setUp()
    await ring.warm()
    const secretsIn = () => state.wrapped.match(/"d":/g)?.length
    await at(4000)
    expect(secretsIn()).toBe(2)
    await at(5000)
    expect(secretsIn()).toBe(1)
  })

  it('must be wrapped where they outlive the process', () => {
    const store: KeyStore = { ...memoryKeyStore(), durability: 'durable' }
    expect(() => setUp({ store })).toThrow(/needs `wrapping`/)
    expect(() => setUp({ store, wrapping: secretWrapping(SECRET) })).not.toThrow()
    expect(() => secretWrapping('short')).toThrow(/at least 32 random characters/)
    expect(() => secretWrapping([])).toThrow(/at least 32 random characters/)
  })

  it('are for algorithms with a private key', () => {
    for (const names of [[], ['none'], ['HS256'], ['ES256', 'constructor']]) {
      // Plain JavaScript may ask for anything.
      const algorithms = names as unknown as KeyRingOptions['algorithms']
      expect(() => setUp({ algorithms })).toThrow(/createKeyRing needs `algorithms`/)
    }
  })
})
