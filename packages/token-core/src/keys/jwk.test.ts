import { checkPrimeSync, generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { encodeBase64url } from '../encoding/base64url.js'
import { sha256 } from '../encoding/random.js'
import { privateJwk } from '../testing/fixtures.js'
import { eddsa, es256, rsaThumbprint } from '../testing/rfc-vectors.js'
import { jwkThumbprint, readJwk } from './jwk.js'

const refusal = (jwk: unknown, operation: 'sign' | 'verify' = 'verify') => {
  const facts = readJwk(jwk, operation)
  return 'refusal' in facts ? facts.refusal : undefined
}
const bytesOf = (number: bigint) => {
  const hex = number.toString(16)
  return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
}
const rsa = (n: bigint, e = 65537n) => ({
  kty: 'RSA',
  n: encodeBase64url(bytesOf(n)),
  e: encodeBase64url(bytesOf(e)),
})

describe('readJwk', () => {
  it('JW-02 infers the algorithm from kty and crv where the key does not say', async () => {
    expect(readJwk(es256.jwk, 'verify')).toEqual({ alg: 'ES256', kid: undefined })
    expect(readJwk(eddsa.jwk, 'verify')).toEqual({ alg: 'EdDSA', kid: undefined })
    expect(readJwk({ ...rsaThumbprint.jwk, alg: undefined }, 'verify')).toMatchObject({ alg: 'RS256' })
    const { alg, ...p384 } = await privateJwk('ES384')
    expect(readJwk(p384, 'sign')).toMatchObject({ alg: 'ES384' })
    const { alg: _, ...p521 } = await privateJwk('ES512')
    expect(readJwk(p521, 'sign')).toMatchObject({ alg: 'ES512' })
  })

  it('RFC 9964: a key of type AKP says what it is for', () => {
    const key = { kty: 'AKP', pub: encodeBase64url(new Uint8Array(1312)) }
    expect(refusal(key)).toMatch(/none of the algorithms/)
    expect(refusal({ ...key, alg: 'ES256' })).toMatch(/kty and crv are not those of ES256/)
    expect(refusal({ ...key, alg: 'ML-DSA-65' })).toMatch(/wrong length/)
    expect(readJwk({ ...key, alg: 'ML-DSA-44' }, 'verify')).toEqual({ alg: 'ML-DSA-44', kid: undefined })
  })

  it.each(['HS256', 'HS384', 'HS512', 'none', 'RSA-OAEP', 'constructor', '__proto__', ''])(
    'JW-01 JW-03 lets no key be for %j',
    (alg) => {
      for (const key of [es256.jwk, rsaThumbprint.jwk, { kty: 'oct', k: 'A'.repeat(43) }])
        expect(refusal({ ...key, alg })).toMatch(/none of the algorithms/)
    },
  )

  it('refuses coordinates that are shortened, not base64url, or missing', () => {
    expect(refusal({ ...es256.jwk, x: es256.jwk.x.slice(4) })).toMatch(/wrong length/)
    expect(refusal({ ...es256.jwk, y: `AAAA${es256.jwk.y}` })).toMatch(/wrong length/)
    expect(refusal({ ...es256.jwk, x: `${es256.jwk.x}=` })).toMatch(/not base64url/)
    expect(refusal({ ...es256.jwk, x: 5 })).toMatch(/missing/)
    expect(refusal({ ...rsaThumbprint.jwk, n: 'A=' })).toMatch(/not base64url/)
    expect(refusal(null)).toMatch(/not a JSON object/)
  })

  it('refuses a private key with some of its factors only, or with more than two', async () => {
    const jwk = await privateJwk('RS256')
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi'])
      expect(refusal({ ...jwk, [name]: undefined }, 'sign')).toMatch(/a member of it is missing/)
    expect(refusal({ ...jwk, oth: [] }, 'sign')).toMatch(/more than two prime factors/)
    expect(refusal(rsaThumbprint.jwk, 'sign')).toMatch(/not a private key/)
  })
})

describe('an Ed25519 key', () => {
  const ed25519 = (hex: string) => refusal({ kty: 'OKP', crv: 'Ed25519', x: encodeBase64url(Buffer.from(hex, 'hex')) })

  it('JW-05 lies on its curve', () => {
    expect(ed25519('02'.padEnd(64, '0'))).toMatch(/not on the curve/)
    // p and more: a second spelling of a smaller number. RFC 8032 §5.1.3
    expect(ed25519(`${'ff'.repeat(31)}7f`)).toMatch(/not on the curve/)
    for (let count = 0; count < 20; count++) {
      const { publicKey } = generateKeyPairSync('ed25519')
      expect(refusal(publicKey.export({ format: 'jwk' }))).toBeUndefined()
    }
  })

  it.each([
    '0100000000000000000000000000000000000000000000000000000000000000',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0000000000000000000000000000000000000000000000000000000000000080',
    '0000000000000000000000000000000000000000000000000000000000000000',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  ])('is not the point of small order %s, for which anybody can sign', (point) => {
    expect(ed25519(point)).toMatch(/small order/)
  })
})

describe('an RSA key', () => {
  const odd = (bits: number) => 2n ** BigInt(bits - 1) + 1n

  it('JW-06 has from 2048 to 8192 bits and an odd modulus', () => {
    expect(refusal(rsa(odd(2047)))).toMatch(/2047 bits, and RSA needs at least 2048/)
    expect(refusal(rsa(odd(2048)))).toBeUndefined()
    expect(refusal(rsa(odd(8192)))).toBeUndefined()
    expect(refusal(rsa(odd(8193)))).toMatch(/8193 bits, more than 8192/)
    expect(refusal(rsa(odd(2048) + 1n))).toMatch(/even/)
    // Leading zeros add no bits.
    expect(
      refusal({ ...rsa(odd(2047)), n: encodeBase64url(Buffer.concat([Buffer.alloc(9), bytesOf(odd(2047))])) }),
    ).toMatch(/2047 bits/)
  })

  it.each([0n, 1n, 2n, 65536n])('has no exponent of %s', (e) => {
    expect(refusal(rsa(odd(2048), e))).toMatch(/exponent is not an odd number from 3/)
  })

  it('has an exponent that does not make verification slow', () => {
    expect(refusal(rsa(odd(2048), 3n))).toBeUndefined()
    expect(refusal(rsa(odd(2048), 2n ** 32n - 1n))).toBeUndefined()
    expect(refusal(rsa(odd(2048), 2n ** 32n + 1n))).toMatch(/more than 32 bits/)
    expect(refusal(rsa(odd(2048), odd(2047)))).toMatch(/more than 32 bits/)
  })

  it('does not come from the hardware of CVE-2017-15361', () => {
    const modulus = rocaPrime() * rocaPrime()
    expect(modulus.toString(2).length).toBeGreaterThanOrEqual(2048)
    expect(refusal(rsa(modulus))).toMatch(/ROCA/)
    // One such prime alone gives nothing away, and says nothing of the key.
    expect(refusal(rsa(rocaPrime() * BigInt(generatedPrime())))).toBeUndefined()
  })
})

/** A prime of the structure that Nemec et al. published for keys of 2048 bits: k·M + (65537^a mod M). */
function rocaPrime(): bigint {
  const product = primesUpTo(701).reduce((all, prime) => all * prime, 1n)
  for (;;) {
    const power = modularPower(65537n, random(64), product)
    // So large that two of these primes make a modulus of 2048 bits or a few more.
    const k = 2n ** 1024n / product + random(40)
    const candidate = k * product + power
    if (checkPrimeSync(candidate)) return candidate
  }
}

function generatedPrime(): bigint {
  const { p = '' } = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
  return BigInt(`0x${Buffer.from(p, 'base64url').toString('hex')}`)
}

function primesUpTo(limit: number): bigint[] {
  const numbers = Array.from({ length: limit - 1 }, (_, index) => index + 2)
  return numbers.filter((number) => numbers.every((d) => d >= number || number % d !== 0)).map(BigInt)
}

function modularPower(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) {
    result = (result * result) % modulus
    if (bit === '1') result = (result * base) % modulus
  }
  return result
}

function random(bits: number): bigint {
  return BigInt(`0x${Buffer.from(crypto.getRandomValues(new Uint8Array(bits / 8))).toString('hex')}`)
}

describe('jwkThumbprint', () => {
  it('computes those printed in RFC 7638 §3.1 and RFC 8037 A.3', async () => {
    expect(await jwkThumbprint(rsaThumbprint.jwk)).toBe(rsaThumbprint.thumbprint)
    expect(await jwkThumbprint(eddsa.jwk)).toBe(eddsa.thumbprint)
  })

  it('is the same for both halves, whatever else the key says', async () => {
    const jwk = await privateJwk('ES256')
    const { d, kid, alg, ...publicJwk } = jwk
    expect(await jwkThumbprint(jwk)).toBe(await jwkThumbprint({ ...publicJwk, use: 'sig', key_ops: ['verify'] }))
  })

  it('RFC 9964 §6: is made of alg, kty and pub for ML-DSA', async () => {
    // A thumbprint needs no runtime that has the algorithm.
    const pub = encodeBase64url(new Uint8Array(1312).fill(7))
    const members = `{"alg":"ML-DSA-44","kty":"AKP","pub":"${pub}"}`
    const jwk = { kty: 'AKP', alg: 'ML-DSA-44', pub }
    expect(await jwkThumbprint({ ...jwk, use: 'sig' })).toBe(await sha256(members))
    expect(await jwkThumbprint({ ...jwk, alg: 'ML-DSA-65' })).not.toBe(await jwkThumbprint(jwk))
  })

  it('refuses a secret, an unknown type and a missing member', async () => {
    for (const jwk of [
      { kty: 'oct', k: 'AAAA' },
      { kty: 'toString' },
      { ...es256.jwk, y: undefined },
      { kty: 'AKP', pub: 'A' },
    ])
      await expect(jwkThumbprint(jwk)).rejects.toThrow(/needs an RSA, EC, OKP or AKP key/)
  })
})
