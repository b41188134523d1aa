import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { SigningAlgorithm } from '../engine/algorithms.js'
import { NOW } from '../testing/fixtures.js'
import { runs } from '../testing/runs.js'
import {
  appoint,
  hastenKeys,
  nextChangeAt,
  nextPublicationAt,
  phaseOf,
  planKeys,
  type RingKey,
  revokeKey,
} from './key-ring-plan.js'
import { readTimetable } from './key-ring-timetable.js'

const timetable = readTimetable({ tokenLifetime: 600, lead: 1000, active: 5000 })
const algorithms: readonly SigningAlgorithm[] = ['ES256', 'RS256']
const publicJwk = { kty: 'EC' }
const privateJwk = { kty: 'EC', d: 'secret' }

let made = 0
/** What the shell does with a plan, without making real keys. */
function carryOut(keys: readonly RingKey[], now: number, asked = algorithms): readonly RingKey[] {
  const plan = planKeys(keys, now, timetable, asked)
  const fresh = plan.wanted.map(({ alg, activateAt }) =>
    appoint({ kid: `key-${made++}`, alg, publicJwk, privateJwk, publishedAt: now }, activateAt, timetable),
  )
  return [...plan.keys, ...fresh]
}

const phases = (keys: readonly RingKey[], now: number, alg = 'ES256') =>
  keys.filter((key) => key.alg === alg).map((key) => phaseOf(key, now))

describe('planKeys', () => {
  it('makes a key for each algorithm that signs at once, and plans nothing more', () => {
    const keys = carryOut([], NOW)
    expect(keys.map(({ alg }) => alg)).toEqual(algorithms)
    expect(keys[0]).toMatchObject({ publishedAt: NOW, activateAt: NOW, retireAt: NOW + 5000, removeAt: NOW + 5660 })
    expect(planKeys(keys, NOW, timetable, algorithms)).toEqual({ keys, wanted: [] })
  })

  it('MD-08 publishes a successor ahead, hands over to the second, and removes the old key after its last token', () => {
    let keys = carryOut([], NOW, ['ES256'])
    const at = (seconds: number) => {
      keys = carryOut(keys, NOW + seconds, ['ES256'])
      return phases(keys, NOW + seconds)
    }
    expect(at(3999)).toEqual(['current'])
    expect(at(4000)).toEqual(['current', 'next'])
    expect(at(4999)).toEqual(['current', 'next'])
    expect(at(5000)).toEqual(['retired', 'current'])
    expect(keys.map((key) => key.privateJwk === undefined)).toEqual([true, false])
    expect(at(5659)).toEqual(['retired', 'current'])
    expect(at(5660)).toEqual(['current'])
    expect(nextChangeAt(keys, NOW + 5660)).toBe(NOW + 10_000)
  })

  it('lets a key sign on when its successor comes late, and publishes that as long ahead as always', () => {
    const keys = carryOut(carryOut([], NOW, ['ES256']), NOW + 4500, ['ES256'])
    expect(keys.map(({ retireAt }) => retireAt)).toEqual([NOW + 5500, NOW + 10_500])
    expect(keys[1]).toMatchObject({ publishedAt: NOW + 4500, activateAt: NOW + 5500 })
  })

  it('wakes a retired key that verifiers still know when nobody planned in time', () => {
    const keys = carryOut(carryOut([], NOW, ['ES256']), NOW + 5600, ['ES256'])
    expect(phases(keys, NOW + 5600)).toEqual(['current', 'next'])
    expect(keys[1]?.activateAt).toBe(NOW + 6600)
  })

  it('begins anew when all keys are gone', () => {
    const keys = carryOut(carryOut([], NOW, ['ES256']), NOW + 5660, ['ES256'])
    expect(phases(keys, NOW + 5660)).toEqual(['current'])
    expect(keys[0]?.publishedAt).toBe(NOW + 5660)
  })

  it('lets the keys of an algorithm that is no longer asked for live out their time', () => {
    let keys = carryOut([], NOW)
    keys = carryOut(keys, NOW + 4900, ['ES256'])
    expect(phases(keys, NOW + 4900, 'RS256')).toEqual(['current'])
    keys = carryOut(keys, NOW + 5100, ['ES256'])
    expect(keys.find(({ alg }) => alg === 'RS256')).toMatchObject({ privateJwk: undefined })
    expect(phases(carryOut(keys, NOW + 5660, ['ES256']), NOW + 5660, 'RS256')).toEqual([])
  })

  it('keeps keys longer when tokens live longer than when they were made', () => {
    const keys = carryOut([], NOW)
    const longer = { ...timetable, keep: 7200 }
    expect(planKeys(keys, NOW, longer, algorithms).keys[0]?.removeAt).toBe(NOW + 5000 + 7200)
  })

  it('MD-08 never keeps a key shorter than whoever made it said, whoever rotates it', () => {
    const longLived = readTimetable({ tokenLifetime: 100_000, lead: 1000, active: 5000 })
    const made = appoint({ kid: 'k', alg: 'ES256', publicJwk, privateJwk, publishedAt: NOW } as const, NOW, longLived)
    const hastened = carryOut(hastenKeys(carryOut([made], NOW), NOW + 10, timetable, 'ES256'), NOW + 10)
    const [key] = hastened
    expect(key).toMatchObject({ kid: 'k', retireAt: NOW + 1010 })
    expect(key?.removeAt).toBeGreaterThanOrEqual(NOW + 1010 + longLived.keep)
    // Nor does planning again and again keep it for ever.
    expect(carryOut(carryOut(hastened, NOW + 500), NOW + 900)[0]?.removeAt).toBe(key?.removeAt)
  })

  it('MD-08 holds through late and missed plans, rotations and revocations', () => {
    const step = fc.record({
      wait: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 400, max: 12_000 })),
      act: fc.constantFrom('nothing', 'nothing', 'nothing', 'rotate', 'revoke'),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let keys = carryOut([], NOW)
        let now = NOW
        let wasRevoked = false
        const signedUntil = new Map<string, number>()
        for (const { wait, act } of steps) {
          const before = keys
          now += wait
          for (const key of before)
            if (key.activateAt < now)
              signedUntil.set(key.kid, Math.max(signedUntil.get(key.kid) ?? 0, Math.min(now, key.retireAt)))
          if (act === 'rotate') keys = hastenKeys(keys, now, timetable, undefined)
          if (act === 'revoke') keys = revokeKey(keys, keys[0]?.kid ?? '', now)
          wasRevoked = act === 'revoke'
          keys = carryOut(keys, now)
          expect(carryOut(keys, now)).toEqual(keys)

          for (const alg of algorithms)
            expect(phases(keys, now, alg).filter((phase) => phase === 'current')).toHaveLength(1)
          for (const key of keys) {
            expect(key.publishedAt).toBeLessThanOrEqual(key.activateAt)
            expect(key.activateAt).toBeLessThan(key.retireAt)
            expect(key.retireAt + timetable.keep).toBeLessThanOrEqual(key.removeAt)
            // Published ahead, unless there was nobody to sign in its place.
            const known = before.find(({ kid }) => kid === key.kid)
            const hadOthers = before.some((other) => other.alg === key.alg && now < other.removeAt)
            if (!known && hadOthers && !wasRevoked)
              expect(key.activateAt - key.publishedAt).toBeGreaterThanOrEqual(timetable.lead)
          }
          if (!wasRevoked)
            // No key goes while a token that it signed may be alive.
            for (const key of before)
              if (!keys.some(({ kid }) => kid === key.kid))
                expect(now).toBeGreaterThanOrEqual((signedUntil.get(key.kid) ?? 0) + timetable.keep)
        }
      }),
      { numRuns: runs(200) },
    )
  })
})

describe('hastenKeys', () => {
  it('publishes a successor now that signs after the lead, and no token is refused', () => {
    const keys = carryOut(hastenKeys(carryOut([], NOW), NOW + 10, timetable, 'ES256'), NOW + 10)
    expect(phases(keys, NOW + 10)).toEqual(['current', 'next'])
    expect(phases(keys, NOW + 10, 'RS256')).toEqual(['current'])
    expect(keys.find(({ retireAt }) => retireAt === NOW + 1010)).toMatchObject({ alg: 'ES256' })
  })

  it('lets a successor sign at once that was published long enough', () => {
    let keys = carryOut(carryOut([], NOW, ['ES256']), NOW + 4000, ['ES256'])
    keys = carryOut(hastenKeys(keys, NOW + 4500, timetable, undefined), NOW + 4500, ['ES256'])
    expect(keys[1]?.activateAt).toBe(NOW + 5000)
    const longLead = { ...timetable, lead: 400 }
    keys = hastenKeys(keys, NOW + 4500, longLead, undefined)
    expect(keys[1]?.activateAt).toBe(NOW + 4500)
    // The old key stays as long as a process that could not read this may sign with it.
    keys = planKeys(keys, NOW + 4500, longLead, ['ES256']).keys
    expect(keys[0]).toMatchObject({ retireAt: NOW + 4500, removeAt: NOW + 4900 + 660 })
  })
})

describe('revokeKey', () => {
  it('takes the key out at once and lets its successor sign, be it published ahead or made now', () => {
    const first = carryOut([], NOW, ['ES256'])
    const ahead = carryOut(first, NOW + 4000, ['ES256'])
    const promoted = carryOut(revokeKey(ahead, ahead[0]?.kid ?? '', NOW + 4100), NOW + 4100, ['ES256'])
    expect(promoted.map(({ kid, activateAt }) => [kid, activateAt])).toEqual([[ahead[1]?.kid, NOW + 4100]])
    const anew = carryOut(revokeKey(first, first[0]?.kid ?? '', NOW + 1), NOW + 1, ['ES256'])
    expect(phases(anew, NOW + 1)).toEqual(['current'])
  })

  it('never wakes a retired key in place of the revoked one', () => {
    const keys = carryOut(carryOut([], NOW, ['ES256']), NOW + 4000, ['ES256'])
    const after = carryOut(revokeKey(keys, keys[1]?.kid ?? '', NOW + 5100), NOW + 5100, ['ES256'])
    expect(phases(after, NOW + 5100)).toEqual(['retired', 'current'])
    expect(after[1]?.kid).not.toBe(keys[1]?.kid)
  })
})

describe('nextPublicationAt', () => {
  it('is when the successor of a key comes, or a key goes, and not when one merely takes over', () => {
    let keys = carryOut([], NOW, ['ES256'])
    expect(nextPublicationAt(keys, NOW, timetable)).toBe(NOW + 4000)
    keys = carryOut(keys, NOW + 4000, ['ES256'])
    expect(nextPublicationAt(keys, NOW + 4000, timetable)).toBe(NOW + 5660)
    expect(nextPublicationAt([], NOW, timetable)).toBe(Number.POSITIVE_INFINITY)
  })
})
