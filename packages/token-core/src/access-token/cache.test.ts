import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { engine } from '../engine/engine.js'
import { localKeys } from '../keys/local.js'
import {
  AUDIENCE,
  accessToken,
  codeOf,
  forge,
  grant,
  headerOf,
  ISSUER,
  NOW,
  pair,
  scopes,
  signingKey,
  validClaims,
} from '../testing/fixtures.js'
import { runs } from '../testing/runs.js'
import { acceptOnce, createTokenStore, type TokenCache, tokenCache } from './cache.js'
import type { Accept, Accepted } from './check.js'
import { defineAccessToken } from './define.js'
import { createVerifier } from './verify.js'
import { createSyncVerifier } from './verify-sync.js'

/** Without node:crypto nothing verifies at once, and every step of a test waits. */
const create = engine.name === 'node' ? createSyncVerifier : createVerifier

/** A cache whose store can be looked at. */
function watched() {
  const stores: { readonly size: number }[] = []
  const cache: TokenCache = {
    '~scopewise': 'token-cache',
    remember: <S extends string, C>(accept: Accept<S, C>, clock: { now: () => number; clockTolerance: number }) => {
      const store = createTokenStore<Accepted<S, C>>(100, 1_000_000)
      stores.push(store)
      return acceptOnce(accept, clock, store)
    },
  }
  return { cache, size: () => stores.reduce((sum, { size }) => sum + size, 0) }
}

describe('tokenCache', () => {
  it('gives back what was set under the whole token, and nothing under any other', () => {
    const token = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 4 })
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('set', 'delete'), token)), (steps) => {
        const store = createTokenStore<string>(100, 1_000_000)
        const model = new Map<string, string>()
        for (const [step, name] of steps)
          if (step === 'set') {
            store.set(name, `of ${name}`)
            model.set(name, `of ${name}`)
          } else {
            store.delete(name)
            model.delete(name)
          }
        for (const name of ['', 'a', 'b', 'aa', 'ab', 'ba', 'bb', 'aaaa']) expect(store.get(name)).toBe(model.get(name))
        expect(store.size).toBe(model.size)
      }),
      { numRuns: runs(200) },
    )
  })

  it('JW-18 tells tokens apart by all of their characters, those that end alike too', () => {
    const tail = '.signature'.repeat(10)
    const step = fc.tuple(fc.constantFrom('set', 'delete'), fc.constantFrom('a', 'b', 'ab', 'ba'))
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const store = createTokenStore<string>(6, 1_000_000)
        let latest: string | undefined
        for (const [verb, head] of steps) {
          if (verb === 'set') store.set(head + tail, head)
          else store.delete(head + tail)
          if (verb === 'set') latest = head
          else if (latest === head) latest = undefined
          for (const other of ['a', 'b', 'ab', 'ba', '']) expect([undefined, other]).toContain(store.get(other + tail))
          if (latest !== undefined) expect(store.get(latest + tail)).toBe(latest)
          expect(store.bytes >= store.size * 1000).toBe(true)
        }
      }),
      { numRuns: runs(200) },
    )
  })

  it('JW-18 stays within its bounds under a million distinct tokens, and keeps those in use', () => {
    const store = createTokenStore<number>(1000, 100_000_000)
    store.set('in use', -1)
    let largest = 0
    for (let index = 0; index < 1_000_000; index++) {
      store.set(`token ${index}`, index)
      if (index % 100 === 0) expect(store.get('in use')).toBe(-1)
      largest = Math.max(largest, store.size)
    }
    expect(largest).toBeLessThanOrEqual(1000)
    expect(largest).toBeGreaterThan(400)
    expect(store.get('token 999999')).toBe(999_999)
    expect(store.get('token 1')).toBeUndefined()
  })

  it('counts bytes as it counts tokens, whatever is set, found and deleted', () => {
    const step = fc.tuple(fc.constantFrom('set', 'get', 'delete'), fc.nat(40), fc.constantFrom(1, 100, 5000, 20_000))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const store = createTokenStore<number>(10, 60_000)
        for (const [verb, id, length] of steps) {
          const token = String(id).repeat(length)
          if (verb === 'set') store.set(token, id)
          else if (verb === 'delete') store.delete(token)
          else expect([undefined, id]).toContain(store.get(token))
          expect(store.size).toBeLessThanOrEqual(10)
          expect(store.bytes).toBeLessThanOrEqual(60_000)
          expect(store.bytes >= store.size * 1000).toBe(true)
          if (store.size === 0) expect(store.bytes).toBe(0)
        }
      }),
      { numRuns: runs(300) },
    )
  })

  it.each([{ max: 1 }, { max: 2.5 }, { maxBytes: 0 }, { max: Number.NaN }])('refuses %j with a sentence', (options) => {
    expect(() => tokenCache(options)).toThrow(/whole number from 2/)
  })
})

describe('a verifier with a cache', () => {
  it('JW-18 answers the same frozen result, and nothing that a caller does to it reaches another', async () => {
    const { issuer, verifier } = await pair('ES256', { cache: tokenCache() })
    const jwt = await issuer.issue({ ...grant, audience: [AUDIENCE, 'https://b.example'], amr: ['pwd'] })
    const first = await verifier.verify(jwt)
    const before = JSON.stringify(first)
    const attempts = (value: object): void => {
      for (const name of [...Object.keys(value), 'admin']) {
        expect(Reflect.set(value, name, 'mallory')).toBe(false)
        expect(Reflect.deleteProperty(value, name)).toBe(name === 'admin')
        expect(Reflect.setPrototypeOf(value, { admin: true })).toBe(false)
        const member: unknown = Reflect.get(value, name)
        if (typeof member === 'object' && member !== null) attempts(member)
      }
    }
    attempts(first)
    const second = await verifier.verify(jwt)
    expect(second).toBe(first)
    expect(JSON.stringify(second)).toBe(before)
    expect(second.has('notes:read')).toBe(true)
  })

  it.each([
    ['a Date', z.date(), () => new Date(0)],
    ['a Map', z.map(z.string(), z.number()), () => new Map([['a', 1]])],
    ['a Set', z.set(z.string()), () => new Set(['a'])],
    ['bytes', z.instanceof(Uint8Array), () => Uint8Array.of(1)],
    ['a function', z.any(), () => () => 1],
    ['one deep inside', z.any(), () => Object.freeze({ list: [{ at: new Date(0) }] })],
    [
      'an accessor',
      z.any(),
      () => ({
        get now() {
          return Math.random()
        },
      }),
    ],
  ])('JW-18 does not share what freezing does not make constant: %s', async (_, schema, make) => {
    const claims = z.object({ tenant: z.string() }).transform(() => ({ made: make() }))
    const token = defineAccessToken({ scopes, claims, lifetime: 600 })
    const { cache, size } = watched()
    const key = await signingKey()
    const issuers = { [ISSUER]: localKeys({ keys: [key.publicJwk] }) }
    const verifier = createVerifier({ token, audience: AUDIENCE, issuers, now: () => NOW, cache })
    const jwt = await forge(key, headerOf(key))
    const [first, second] = [await verifier.verify(jwt), await verifier.verify(jwt)]
    expect(first.claims.made).not.toBe(second.claims.made)
    expect(size()).toBe(0)
    void schema
  })

  it('freezes what a schema froze at its surface alone', async () => {
    const inner = { roles: ['user'] }
    const claims = z.object({}).transform(() => ({ profile: Object.freeze({ inner }) }))
    const token = defineAccessToken({ scopes, claims, lifetime: 600 })
    const key = await signingKey()
    const issuers = { [ISSUER]: localKeys({ keys: [key.publicJwk] }) }
    const verifier = createVerifier({ token, audience: AUDIENCE, issuers, now: () => NOW })
    const verified = await verifier.verify(await forge(key, headerOf(key)))
    expect(Object.isFrozen(verified.claims.profile.inner.roles)).toBe(true)
  })

  it('JW-18 refuses at once when the token expires, is not valid yet, or is revoked', async () => {
    let time = NOW
    let revoked = false
    const { key, verifier } = await pair('ES256', { cache: tokenCache(), now: () => time, revoked: () => revoked })
    const jwt = await forge(key, headerOf(key), { ...validClaims, nbf: NOW - 100 })
    const verdict = () => codeOf(verifier.verify(jwt))
    expect([await verdict(), await verdict()]).toEqual(['accepted', 'accepted'])
    revoked = true
    expect(await verdict()).toBe('revoked')
    revoked = false
    expect(await verdict()).toBe('accepted')
    // A clock that is set back.
    time = NOW - 106
    expect(await verdict()).toBe('not_yet_valid')
    time = NOW + 604
    expect(await verdict()).toBe('accepted')
    time = NOW + 605
    expect(await verdict()).toBe('expired')
  })

  it('JW-18 refuses at once when the key is removed or replaced', async () => {
    const [key, other] = [await signingKey(), await signingKey('ES256', 'other')]
    let keys = [key.publicJwk]
    const { cache, size } = watched()
    const { verifier } = await pair('ES256', { issuers: { [ISSUER]: localKeys(() => ({ keys })) }, cache })
    const jwt = await forge(key, headerOf(key))
    const verdict = () => codeOf(verifier.verify(jwt))
    expect([await verdict(), await verdict(), size()]).toEqual(['accepted', 'accepted', 1])
    keys = [other.publicJwk]
    expect(await verdict()).toBe('unknown_key')
    keys = [{ ...other.publicJwk, kid: key.kid }]
    expect(await verdict()).toBe('bad_signature')
    keys = [key.publicJwk, other.publicJwk]
    expect(await verdict()).toBe('accepted')
  })

  it('ATT-008 never takes one token for another, however much they have in common', async () => {
    const { key, verifier } = await pair('ES256', { cache: tokenCache() })
    const subjects = Array.from({ length: 20 }, (_, index) => `user-${index}`)
    const tokens = await Promise.all(subjects.map((sub) => forge(key, headerOf(key), { ...validClaims, sub })))
    for (const round of [1, 2])
      for (const [index, jwt] of tokens.entries()) {
        expect((await verifier.verify(jwt)).claims.sub).toBe(subjects[index])
        // The signature of another, or its head and tail alone, finds nothing.
        const stranger = tokens[(index + round) % tokens.length] ?? ''
        const mixed = `${jwt.slice(0, jwt.lastIndexOf('.'))}${stranger.slice(stranger.lastIndexOf('.'))}`
        expect(await codeOf(verifier.verify(mixed))).toBe('bad_signature')
      }
  })

  it('JW-18 remembers no token that it refused', async () => {
    const { cache, size } = watched()
    const { key, verifier } = await pair('ES256', { cache, revoked: () => false })
    const stranger = await signingKey('ES256', 'stranger')
    for (let index = 0; index < 200; index++) {
      await codeOf(verifier.verify(await forge(stranger, headerOf(key), { ...validClaims, jti: `j${index}` })))
      await codeOf(
        verifier.verify(await forge(key, headerOf(key), { ...validClaims, exp: NOW - 100, jti: `j${index}` })),
      )
      await codeOf(verifier.verify('junk'.repeat(index)))
    }
    expect(size()).toBe(0)
  })

  it('JW-18 DP-14 holds what belongs to the request against each request', async () => {
    const { key, verifier } = await pair('ES256', { cache: tokenCache() })
    const request = (scheme: string, jwt: string) =>
      new Request(AUDIENCE, { headers: { authorization: `${scheme} ${jwt}` } })
    const jwt = await forge(key, headerOf(key))
    expect(await codeOf(verifier.authenticate(request('Bearer', jwt), { scope: ['notes:read'] }))).toBe('accepted')
    expect(await codeOf(verifier.authenticate(request('Bearer', jwt), { scope: ['admin'] }))).toBe('insufficient_scope')
    expect(await codeOf(verifier.authenticate(request('DPoP', jwt)))).not.toBe('accepted')
    const bound = await forge(key, headerOf(key), { ...validClaims, cnf: { jkt: 'x' } })
    for (const _ of [1, 2, 3]) {
      expect(await codeOf(verifier.authenticate(request('Bearer', bound)))).not.toBe('accepted')
      expect(await codeOf(verifier.verify(bound))).toBe('wrong_binding')
    }
  })

  it('shares no entry with another verifier that was given the same cache', async () => {
    const cache = tokenCache()
    const { issuer, verifier } = await pair('ES256', { cache })
    const other = await pair('ES256', { cache, audience: 'https://other.example' })
    const jwt = await issuer.issue(grant)
    expect(await codeOf(verifier.verify(jwt))).toBe('accepted')
    expect(await codeOf(other.verifier.verify(jwt))).toBe('wrong_audience')
  })

  it('JW-18 agrees with a verifier that has none, whatever happens in between', async () => {
    const [key, other] = [await signingKey(), await signingKey('ES256', 'other')]
    const forged = (sub: string, from: number, signer = key) =>
      forge(signer, headerOf(signer), { ...validClaims, sub, iat: from, nbf: from, exp: from + 100 })
    const tokens = [
      await forged('a', NOW),
      await forged('b', NOW + 50),
      await forged('c', NOW, other),
      await forge(other, headerOf(key)),
    ]
    const step = fc.oneof(
      fc.record({ verify: fc.nat(tokens.length - 1), sync: fc.boolean() }),
      fc.record({ wait: fc.integer({ min: -80, max: 80 }) }),
      fc.record({ revoke: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ keys: fc.subarray([key.publicJwk, other.publicJwk]) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 30 }), async (steps) => {
        let time = NOW
        let revoked = ''
        let keys = [key.publicJwk, other.publicJwk]
        const source = localKeys(() => ({ keys }))
        const options = {
          token: accessToken,
          audience: AUDIENCE,
          issuers: { [ISSUER]: source },
          now: () => time,
          revoked: ({ sub }: { sub: string }) => sub === revoked,
        } as const
        const plain = create(options)
        const cached = create({ ...options, cache: tokenCache({ max: 4 }) })
        for (const now of steps) {
          if ('wait' in now) time += now.wait
          else if ('revoke' in now) revoked = now.revoke
          else if ('keys' in now) keys = now.keys
          else {
            await source.warm?.()
            const jwt = tokens[now.verify] ?? ''
            const ask = (verifier: typeof plain) =>
              codeOf(now.sync && 'verifySync' in verifier ? () => verifier.verifySync(jwt) : verifier.verify(jwt))
            expect(await ask(cached)).toBe(await ask(plain))
          }
        }
      }),
      { numRuns: runs(100) },
    )
  })
})
