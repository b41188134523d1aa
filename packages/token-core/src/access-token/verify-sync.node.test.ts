import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { localKeys } from '../keys/local.js'
import {
  ALGORITHMS,
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
import { tokenCache } from './cache.js'
import { defineAccessToken } from './define.js'
import { createVerifier } from './verify.js'
import { createSyncVerifier } from './verify-sync.js'

const key = await signingKey()
const keys = localKeys({ keys: [key.publicJwk] })
await keys.warm?.()
const base = {
  token: accessToken,
  audience: AUDIENCE,
  issuers: { [ISSUER]: keys },
  now: () => NOW,
} as const

describe('verifier.verifySync', () => {
  it.each(ALGORITHMS)('gives at once what verify gives, with %s', async (algorithm) => {
    const { issuer, keys: source } = await pair(algorithm)
    await source.warm?.()
    const verifier = createSyncVerifier({ ...base, issuers: { [ISSUER]: source } })
    const jwt = await issuer.issue(grant)
    const { has: _, ...facts } = verifier.verifySync(jwt)
    expect(facts).toEqual({ ...(await verifier.verify(jwt)), has: undefined })
  })

  it('refuses what verify refuses, in the same words', async () => {
    const verifier = createSyncVerifier({ ...base, revoked: ({ jti }) => jti === 'gone' })
    const stranger = await signingKey('ES256', 'stranger')
    const tokens = [
      await forge(key, headerOf(key)),
      await forge(stranger, headerOf(key)),
      await forge(stranger, headerOf(stranger)),
      await forge(key, headerOf(key, { typ: 'JWT' })),
      ...(await Promise.all(
        [
          { exp: 1 },
          { aud: 'x' },
          { iss: 'x' },
          { tenant: 1 },
          { scope: 'a  b' },
          { jti: 'gone' },
          { cnf: { jkt: 'x' } },
        ].map((claims) => forge(key, headerOf(key), { ...validClaims, ...claims })),
      )),
      'x',
      '',
    ]
    const refusals = new Set<unknown>()
    for (const jwt of tokens) {
      const late: unknown = await verifier.verify(jwt).catch((error: unknown) => error)
      let soon: unknown
      try {
        soon = verifier.verifySync(jwt)
      } catch (error) {
        soon = error
      }
      const facts = (value: unknown) => JSON.stringify([value, value instanceof Error && value.message])
      expect(facts(soon)).toBe(facts(late))
      refusals.add(facts(soon))
    }
    expect(refusals.size).toBe(tokens.length - 1)
  })

  it('answers keys_unavailable until the keys are loaded, and has them loaded', async () => {
    let arrive = (): void => undefined
    const arrival = new Promise<void>((resolve) => {
      arrive = resolve
    })
    const source = localKeys({ keys: [key.publicJwk] })
    const slow = { ...source, findSync: undefined, warm: () => arrival.then(() => source.warm?.()) }
    const verifier = createSyncVerifier({ ...base, issuers: { [ISSUER]: slow } })
    const jwt = await forge(key, headerOf(key))
    expect(await codeOf(() => verifier.verifySync(jwt))).toBe('keys_unavailable')
    arrive()
    expect(await codeOf(verifier.verify(jwt))).toBe('accepted')
  })

  it('refuses a value of any type, and throws nothing but a TokenError', () => {
    const verifier = createSyncVerifier({ ...base, cache: tokenCache() })
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true })
    return fc.assert(
      fc.asyncProperty(anything, async (value) => {
        // Plain JavaScript may pass anything.
        expect(await codeOf(() => verifier.verifySync(value as string))).toBe('malformed')
      }),
      { numRuns: runs(500) },
    )
  })

  it('throws a TypeError, not a verdict, when schema or hook make it wait after all', async () => {
    const jwt = await forge(key, headerOf(key))
    const claims = z.object({ tenant: z.string() }).transform(async (value) => value)
    const late = createSyncVerifier({ ...base, token: defineAccessToken({ scopes, claims, lifetime: 60 }) })
    expect(() => late.verifySync(jwt)).toThrow(/answer at once/)
    // Plain JavaScript may answer with anything.
    const revoked = (() => Promise.resolve(true)) as () => never
    expect(() => createSyncVerifier({ ...base, revoked }).verifySync(jwt)).toThrow(/answer at once/)
    const silent = (() => undefined) as () => never
    expect(() => createSyncVerifier({ ...base, revoked: silent }).verifySync(jwt)).toThrow(/true or false/)
    await expect(createSyncVerifier({ ...base, revoked: silent }).verify(jwt)).rejects.toThrow(/true or false/)
  })
})

describe('createSyncVerifier', () => {
  it('refuses an async hook and an async schema', () => {
    // Plain JavaScript may pass what the type refuses.
    const revoked = (async () => false) as unknown as () => boolean
    expect(() => createSyncVerifier({ ...base, revoked })).toThrow(/hook `revoked` that answers at once/)
    const standard = {
      version: 1,
      vendor: 'test',
      validate: async (value: unknown) => ({ value: value as object }),
    } as const
    const token = defineAccessToken({ scopes, claims: { '~standard': standard }, lifetime: 60 })
    expect(() => createSyncVerifier({ ...base, token })).toThrow(/schema that answers at once/)
    expect(() => createVerifier({ ...base, token })).not.toThrow()
  })
})

describe('verifier.verify', () => {
  it('lets the event loop have its turn while a thousand tokens are verified at once', async () => {
    const { verifier } = await pair('ES256')
    const jwt = await forge(key, headerOf(key))
    let turns = 0
    let isDone = false
    const turn = (): void => {
      turns++
      if (!isDone) setImmediate(turn)
    }
    setImmediate(turn)
    const results = await Promise.all(Array.from({ length: 1000 }, () => verifier.verify(jwt)))
    isDone = true
    expect(results).toHaveLength(1000)
    expect(turns).toBeGreaterThanOrEqual(10)
  })
})
