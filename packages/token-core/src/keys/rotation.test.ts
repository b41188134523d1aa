import { describe, expect, it } from 'vitest'
import { createIssuer } from '../access-token/issue.js'
import { createVerifier } from '../access-token/verify.js'
import { AUDIENCE, accessToken, grant, ISSUER, NOW } from '../testing/fixtures.js'
import { settle } from '../testing/jwks.js'
import { runs } from '../testing/runs.js'
import { createKeyRing } from './key-ring.js'
import type { KeyRingEvent } from './key-ring-events.js'
import { memoryKeyStore } from './key-ring-store.js'
import { remoteKeys } from './remote.js'

/** 100000 in `npm run test:long`. */
const TOKENS = Math.min(100_000, runs(10_000))
const LIFETIME = 600
/** Seconds between two tokens, so that all of them span three rotations. */
const STEP = 15_000 / TOKENS

describe('a rotation', () => {
  it('MD-08 refuses none of many thousand tokens while keys are published, activated, retired and removed on both sides', async () => {
    const clock = { now: NOW }
    const now = () => clock.now
    const store = memoryKeyStore()
    const events: KeyRingEvent[] = []
    const timetable = { tokenLifetime: LIFETIME, lead: 1000, active: 4000, verifierCache: 600 }
    // Two processes issue in turn, and either may make the next key.
    const rings = [0, 1].map(() =>
      createKeyRing({ algorithms: ['EdDSA'], store, timetable, now, onEvent: (event) => events.push(event) }),
    )
    const issuers = rings.map((keys) => createIssuer({ token: accessToken, issuer: ISSUER, keys, now }))

    let fetches = 0
    const fetch = async () => {
      const ring = rings[fetches++ % 2] ?? rings[0]
      const published = await ring?.jwks()
      return Response.json(published?.set, { headers: { 'cache-control': published?.cacheControl ?? '' } })
    }
    const remote = remoteKeys('https://auth.example/jwks', { fetch, now })
    const verifier = createVerifier({ token: accessToken, audience: AUDIENCE, issuers: { [ISSUER]: remote }, now })

    const waiting: { readonly jwt: string; readonly until: number }[] = []
    const kids = new Set<string>()
    let verified = 0
    const refused: unknown[] = []
    const verify = async (jwt: string) => {
      try {
        await verifier.verify(jwt)
        verified++
      } catch (error) {
        refused.push(error)
      }
    }

    for (let count = 0; count < TOKENS; count++) {
      clock.now = NOW + count * STEP
      const jwt = (await issuers[count % 2]?.issue(grant)) ?? ''
      kids.add(jwt.slice(0, jwt.indexOf('.')))
      // Half are used at once, half a moment before they expire.
      if (count % 2 === 0) await verify(jwt)
      else waiting.push({ jwt, until: clock.now + LIFETIME - 1 })
      while (waiting[0] && waiting[0].until <= clock.now) await verify(waiting.shift()?.jwt ?? '')
      if (count % 100 === 0) await settle()
    }
    for (const { jwt, until } of waiting) {
      clock.now = until
      await verify(jwt)
    }

    expect(refused).toEqual([])
    expect(verified).toBe(TOKENS)
    expect(kids.size).toBe(4)
    const seen = (type: KeyRingEvent['type']) =>
      new Set(events.flatMap((event) => (event.type === type && 'kid' in event ? [event.kid] : []))).size
    // The fifth is published at the very end, when a process happens to look.
    expect(seen('published')).toBeGreaterThanOrEqual(4)
    expect([seen('activated'), seen('retired'), seen('removed')]).toEqual([4, 3, 3])
    // Refreshed ahead of each max-age, not for each token.
    expect(fetches).toBeLessThan(60)
  }, 900_000)
})
