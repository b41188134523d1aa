import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { encodePortably } from './encoding/base64url.js'
import { createMac, decodeBase64url, digest, encodeBase64url, randomSalt, randomToken, sha256 } from './encoding.js'
import { isTokenError } from './errors.js'

/** What the platform's own encoder makes of it. */
const reference = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')

describe('encodeBase64url', () => {
  it('writes what every other encoder writes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(encodeBase64url(bytes)).toBe(reference(bytes))
        expect(encodePortably(bytes)).toBe(encodeBase64url(bytes))
      }),
    )
  })
})

describe('decodeBase64url', () => {
  it('reads back what was written', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeBase64url(encodeBase64url(bytes))).toEqual(bytes)
      }),
    )
  })

  it('accepts one spelling of each value and refuses all others with a TokenError', () => {
    const alphabet = fc.constantFrom(...'AQgwBz059-_+/=\n é€')
    fc.assert(
      fc.property(fc.string({ unit: alphabet, maxLength: 12 }), (text) => {
        try {
          expect(encodeBase64url(decodeBase64url(text))).toBe(text)
        } catch (error) {
          expect(isTokenError(error) && error.code).toBe('malformed')
        }
      }),
      { numRuns: 2000 },
    )
  })

  it.each(['Zg==', 'Zh', 'Zm9', 'Z', 'Zg ', '\nZg', 'Zm9v+', 'Zm9v/', 'Zm9v\u0100', 'ZmA\u{1f600}'])(
    'refuses %j',
    (text) => {
      expect(() => decodeBase64url(text)).toThrow(expect.objectContaining({ code: 'malformed' }))
    },
  )

  it('gives memory of its own', () => {
    const bytes = decodeBase64url('Zm9vYmFy')
    expect(bytes.buffer.byteLength).toBe(6)
  })

  it('reads the test vectors of RFC 4648 §10 without their padding', () => {
    expect(new TextDecoder().decode(decodeBase64url('Zg'))).toBe('f')
    expect(new TextDecoder().decode(decodeBase64url('Zm9vYmFy'))).toBe('foobar')
    expect(decodeBase64url('')).toHaveLength(0)
  })
})

describe('randomSalt', () => {
  it('gives 32 bytes that nobody was given before, however many were drawn together', () => {
    const salts = Array.from({ length: 1000 }, () => decodeBase64url(randomSalt()))
    expect(new Set(salts.map((salt) => salt.length))).toEqual(new Set([32]))
    // No byte stands in two of them: each place of the pool is handed out once.
    const pieces = salts.flatMap((salt) => [0, 8, 16, 24].map((at) => encodeBase64url(salt.subarray(at, at + 8))))
    expect(new Set(pieces).size).toBe(4000)
  })
})

describe('randomToken', () => {
  it('AZ-22 carries 256 bits, never repeats and uses the whole alphabet', () => {
    const tokens = Array.from({ length: 1000 }, () => randomToken())
    expect(new Set(tokens).size).toBe(1000)
    expect(tokens.every((token) => decodeBase64url(token).length === 32)).toBe(true)
    expect(new Set(tokens.join('')).size).toBe(64)
  })

  it('takes the number of bytes', () => {
    expect(decodeBase64url(randomToken(20))).toHaveLength(20)
  })
})

const fromHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16))

describe.each([
  ['sha256', sha256],
  ['digest', digest],
])('%s', (_name, hash) => {
  it('hashes the UTF-8 of the text', async () => {
    // FIPS 180-2, appendix B.1
    const expected = fromHex('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(await hash('abc')).toBe(reference(expected))
    expect(await hash('ä€😀')).toBe(await sha256('ä€😀'))
  })
})

describe('createMac', () => {
  it('gives HMAC-SHA-256', async () => {
    // RFC 4231 §4.2
    const mac = createMac(new Uint8Array(20).fill(0x0b))
    const expected = fromHex('b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7')
    expect(await mac(new TextEncoder().encode('Hi There'))).toEqual(expected)
  })
})
