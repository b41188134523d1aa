import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeOf, forge, headerOf, pair, validClaims } from '../testing/fixtures.js'
import { runs } from '../testing/runs.js'
import { subjectKey, tokenKey } from './identity.js'

describe('subjectKey and tokenKey', () => {
  it('are equal exactly where issuer and name are', () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\\', '[', ' ', '#') })
    fc.assert(
      fc.property(text, text, text, text, (issA, a, issB, b) => {
        const isSame = issA === issB && a === b
        expect(subjectKey({ iss: issA, sub: a }) === subjectKey({ iss: issB, sub: b })).toBe(isSame)
        expect(tokenKey({ iss: issA, jti: a }) === tokenKey({ iss: issB, jti: b })).toBe(isSame)
      }),
      { numRuns: runs(2000) },
    )
  })

  it('AT-10 revoke one token of one issuer, however its signature is spelt', async () => {
    const revoked = new Set([tokenKey(validClaims)])
    const { key, verifier } = await pair('ES256', { revoked: (claims) => revoked.has(tokenKey(claims)) })
    // ES256 draws a number for each signature: these are two spellings of one token.
    const [one, two] = [await forge(key, headerOf(key)), await forge(key, headerOf(key))]
    expect(one).not.toBe(two)
    expect([await codeOf(verifier.verify(one)), await codeOf(verifier.verify(two))]).toEqual(['revoked', 'revoked'])
    expect(await codeOf(verifier.verify(await forge(key, headerOf(key), { ...validClaims, jti: 'j2' })))).toBe(
      'accepted',
    )
  })
})
