import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { randomToken } from '../encoding/random.js'
import { NOW } from '../testing/fixtures.js'
import { runs } from '../testing/runs.js'
import { createDpopNonces, type DpopNoncesOptions } from './nonces.js'

const secret = randomToken(32)
const at = (now: number, options: Partial<DpopNoncesOptions> = {}) =>
  createDpopNonces({ secrets: [secret], audience: 'https://api.example', now: () => now, ...options })

describe('nonces', () => {
  it('DP-16 are accepted in their own window and the next one, whichever process made them', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 4_000_000_000 }),
        fc.integer({ min: 1, max: 3600 }),
        fc.integer({ min: -10_000, max: 10_000 }),
        async (made, lifetime, later) => {
          const shown = made + later
          fc.pre(shown >= 0)
          const nonce = await at(made, { lifetime }).current()
          const windows = Math.floor(shown / lifetime) - Math.floor(made / lifetime)
          expect(await at(shown, { lifetime }).isValid(nonce)).toBe(Math.abs(windows) <= 1)
        },
      ),
      { numRuns: runs(200) },
    )
  })

  it('live for at least one lifetime and less than two', async () => {
    let now = NOW
    const nonces = createDpopNonces({ secrets: [secret], audience: 'a', lifetime: 60, now: () => now })
    const nonce = await nonces.current()
    for (const [age, valid] of [
      [0, true],
      [59, true],
      [60, true],
      [120, false],
      [1e6, false],
    ] as const) {
      now = NOW + age
      expect(await nonces.isValid(nonce)).toBe(valid)
    }
  })

  it('are one per window, and cannot be told from each other', async () => {
    const made = await Promise.all(Array.from({ length: 1000 }, (_, window) => at(window * 120).current()))
    expect(new Set(made).size).toBe(1000)
    expect(new Set(made.map((nonce) => nonce.length))).toEqual(new Set([43]))
    expect(await at(5).current()).toBe(await at(119).current())
  })

  it('DP-16 are not shared between servers, and mean nothing under another secret', async () => {
    const nonce = await at(NOW).current()
    expect(await at(NOW, { audience: 'https://auth.example' }).isValid(nonce)).toBe(false)
    expect(await at(NOW, { secrets: [randomToken(32)] }).isValid(nonce)).toBe(false)
    for (const wrong of ['', nonce.slice(1), `${nonce}A`, nonce.toLowerCase()])
      expect(await at(NOW).isValid(wrong)).toBe(false)
  })

  it('go on being accepted while a secret is rotated', async () => {
    const next = randomToken(32)
    const old = await at(NOW).current()
    const rotated = at(NOW, { secrets: [next, secret] })
    expect(await rotated.isValid(old)).toBe(true)
    expect(await rotated.current()).toBe(await at(NOW, { secrets: [next] }).current())
    expect(await at(NOW, { secrets: [next] }).isValid(old)).toBe(false)
  })

  it.each<Partial<DpopNoncesOptions>>([
    { secrets: [] },
    { secrets: ['short'] },
    { secrets: [secret, new Uint8Array(31)] },
    { audience: '' },
    { lifetime: 0 },
    { lifetime: 1.5 },
  ])('refuses %j', (options) => {
    expect(() => at(NOW, options)).toThrow(TypeError)
  })
})
