import { describe, expect, it } from 'vitest'
import { createCodeVerifier, deriveCodeChallenge, isCodeChallenge, isCodeVerifier } from './pkce.js'

describe('deriveCodeChallenge', () => {
  it('gives the challenge printed in RFC 7636 appendix B', async () => {
    const challenge = await deriveCodeChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')
    expect(challenge).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
    expect(isCodeChallenge(challenge)).toBe(true)
  })
})

describe('createCodeVerifier', () => {
  it('makes a new valid verifier each time', () => {
    const verifiers = Array.from({ length: 100 }, createCodeVerifier)
    expect(verifiers.every(isCodeVerifier)).toBe(true)
    expect(new Set(verifiers).size).toBe(100)
  })
})

describe('isCodeVerifier', () => {
  it('wants 43 to 128 unreserved characters', () => {
    expect(isCodeVerifier('a'.repeat(42))).toBe(false)
    expect(isCodeVerifier(`${'a'.repeat(39)}-._~`)).toBe(true)
    expect(isCodeVerifier('a'.repeat(128))).toBe(true)
    expect(isCodeVerifier('a'.repeat(129))).toBe(false)
    expect(isCodeVerifier(`${'a'.repeat(42)}+`)).toBe(false)
    expect(isCodeVerifier(`${'a'.repeat(43)}\n`)).toBe(false)
  })
})

describe('isCodeChallenge', () => {
  it('wants 32 bytes in canonical base64url', () => {
    expect(isCodeChallenge('A'.repeat(43))).toBe(true)
    expect(isCodeChallenge(`${'A'.repeat(42)}B`)).toBe(false)
    expect(isCodeChallenge('A'.repeat(42))).toBe(false)
    expect(isCodeChallenge(`${'A'.repeat(43)}=`)).toBe(false)
  })
})
