import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js'
import { codeOf, forge, headerOf, pair, validClaims } from '../testing/fixtures.js'
import { runs } from '../testing/runs.js'
import { subjectKey, tokenKey } from './identity.js'

/** The other signature that ECDSA on P-256 accepts for the same bytes: n - s in place of s. */
function respelt(jwt: string): string {
  const end = jwt.lastIndexOf('.') + 1
  const signature = decodeBase64url(jwt.slice(end))
  let s = 0n
  for (const byte of signature.subarray(32)) s = (s << 8n) | BigInt(byte)
  let other = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n - s
  for (let at = 63; at >= 32; at--, other >>= 8n) signature[at] = Number(other & 0xffn)
  return jwt.slice(0, end) + encodeBase64url(signature)
}

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
    const one = await forge(key, headerOf(key))
    const two = respelt(one)
    expect(one).not.toBe(two)
    expect([await codeOf(verifier.verify(one)), await codeOf(verifier.verify(two))]).toEqual(['revoked', 'revoked'])
    expect(await codeOf(verifier.verify(await forge(key, headerOf(key), { ...validClaims, jti: 'j2' })))).toBe(
      'accepted',
    )
  })
})
