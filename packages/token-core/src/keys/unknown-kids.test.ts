import { describe, expect, it } from 'vitest'
import { signingKey } from '../testing/fixtures.js'
import { endpoint, find, jwks, look, settle } from '../testing/jwks.js'

const known = await signingKey()
const next = await signingKey('ES256', 'next')

describe('remoteKeys, asked for a kid that it does not hold', () => {
  it('JW-22 ATT-022 fetches at most once in 30 s for 10000 unknown kids, and known keys go on', async () => {
    const { source, state } = endpoint(() => jwks(known))
    await find(source, known.kid)
    state.now += 30
    for (let index = 0; index < 10_000; index++) expect(await find(source, `kid-${index}`)).toBe('unknown_key')
    expect(await find(source, known.kid)).toBe('accepted')
    expect(state.calls).toBe(2)
    state.now += 29
    await Promise.all(Array.from({ length: 100 }, (_, index) => find(source, `later-${index}`)))
    expect(state.calls).toBe(2)
    state.now += 1
    await Promise.all(Array.from({ length: 100 }, (_, index) => find(source, `later-${index}`)))
    expect(state.calls).toBe(3)
  })

  it('ATT-022 makes one fetch per cooldown of 10000 kids asked for at once, without waiting too', async () => {
    const { source, state } = endpoint(() => jwks(known))
    await source.warm()
    state.now += 30
    const kids = Array.from({ length: 10_000 }, (_, index) => `kid-${index}`)
    const looks = kids.map((kid) => source.findSync({ alg: 'ES256', kid, typ: undefined }))
    expect(new Set(looks)).toEqual(new Set([undefined]))
    await Promise.all(kids.map((kid) => find(source, kid)))
    await settle()
    for (const kid of kids.slice(-300)) expect(await look(source, kid)).toBe('unknown_key')
    expect(state.calls).toBe(2)
  })

  it('finds a key that was published after the last fetch', async () => {
    const { source, state } = endpoint(() => jwks(known))
    await find(source, known.kid)
    state.answer = () => jwks(known, next)
    state.now += 31
    expect(await find(source, next.kid)).toBe('accepted')
  })

  it('asks less and less often for the same kid, and still at once for another', async () => {
    const { source, state } = endpoint(() => jwks(known), { maxAge: 1_000_000 })
    await source.warm()
    const fetchedAfter: number[] = []
    for (let elapsed = 30; elapsed <= 1800; elapsed += 30) {
      state.now += 30
      const { calls } = state
      expect(await find(source, 'gone')).toBe('unknown_key')
      if (state.calls > calls) fetchedAfter.push(elapsed)
    }
    expect(fetchedAfter).toEqual([30, 60, 120, 240, 480, 960, 1440])
    state.now += 30
    state.answer = () => jwks(known, next)
    expect(await find(source, next.kid)).toBe('accepted')
  })

  it('forgets the oldest of many kids, so that its memory is bounded', async () => {
    const { source, state } = endpoint(() => jwks(known), { maxAge: 1_000_000 })
    await source.warm()
    state.now += 30
    await find(source, 'gone')
    // Each of these is looked for in vain.
    for (let index = 0; index < 256; index++) {
      state.now += 30
      await find(source, `kid-${index}`)
    }
    const { calls } = state
    expect(calls).toBe(258)
    state.now += 30
    await find(source, 'kid-255')
    expect(state.calls).toBe(calls + 1)
    state.now += 30
    await find(source, 'kid-255')
    expect(state.calls).toBe(calls + 1)
    await find(source, 'gone')
    expect(state.calls).toBe(calls + 2)
  })

  it('JW-11 never fetches for a kid of 10 kB', async () => {
    const { source, state } = endpoint(() => jwks(known))
    await source.warm()
    state.now += 30
    expect(await find(source, 'x'.repeat(10_000))).toBe('unknown_key')
    expect(state.calls).toBe(1)
  })

  it('AT-01 looks further for a token without kid when several keys fit', async () => {
    const { source, state } = endpoint(() => jwks(known, next))
    await source.warm()
    expect(await find(source, undefined)).toBe('unknown_key')
    state.answer = () => jwks(known)
    state.now += 30
    expect(await find(source, undefined)).toBe('accepted')
  })
})
