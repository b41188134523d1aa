import { describe, expect, it } from 'vitest'
import { localKeys } from '../keys/local.js'
import { ALGORITHMS, codeOf, forge, headerOf, ISSUER, pair, part, validClaims } from '../testing/fixtures.js'

/** Tokens whose signatures belong to others, between good ones, in lengths that don't line up. */
async function mixture(algorithm: (typeof ALGORITHMS)[number]) {
  const { key } = await pair(algorithm)
  const good = await Promise.all(
    Array.from({ length: 12 }, (_, index) =>
      forge(key, headerOf(key), { ...validClaims, sub: 'x'.repeat(1 + index * 7) }),
    ),
  )
  const bad = good.map((jwt, index) => {
    const [head] = jwt.split('.')
    const other = good[(index + 1) % good.length] ?? ''
    return `${head}.${part({ ...validClaims, sub: 'admin' })}.${other.split('.')[2]}`
  })
  return good.flatMap((jwt, index) => [jwt, bad[index] ?? ''])
}

describe('verifier.verify, of many tokens at once', () => {
  it.each(ALGORITHMS)('judges each by its own signature, with %s', async (algorithm) => {
    const { key, keys, verifier } = await pair(algorithm)
    const tokens = await mixture(algorithm)
    const expected = tokens.map((_, index) => (index % 2 === 0 ? 'accepted' : 'bad_signature'))
    expect(await Promise.all(tokens.map((jwt) => codeOf(verifier.verify(jwt))))).toEqual(expected)

    // Keys that come late, and each after another time, so that all tokens wait and none goes on in the order it came.
    let asked = 0
    const find: typeof keys.find = async (header) => {
      for (let turn = (asked++ * 5) % 7; turn > 0; turn--) await Promise.resolve()
      return localKeys({ keys: [key.publicJwk] }).find(header)
    }
    const late = await pair(algorithm, { issuers: { [ISSUER]: { '~scopewise': 'keys', find } } })
    expect(await Promise.all(tokens.map((jwt) => codeOf(late.verifier.verify(jwt))))).toEqual(expected)
  })

  it('keeps the bytes of a token for who verifies them later', async () => {
    const { keys } = await pair('ES256')
    // A key of your own may answer when it likes, such as one behind a service.
    const find: typeof keys.find = async (header) => {
      const key = await keys.find(header)
      const verify: typeof key.verify = async (data, signature) => {
        for (let turn = 0; turn < 50; turn++) await Promise.resolve()
        return key.verify(data, signature)
      }
      return { ...key, verify, verifySync: undefined }
    }
    const { verifier } = await pair('ES256', { issuers: { [ISSUER]: { '~scopewise': 'keys', find } } })
    const tokens = await mixture('ES256')
    const expected = tokens.map((_, index) => (index % 2 === 0 ? 'accepted' : 'bad_signature'))
    expect(await Promise.all(tokens.map((jwt) => codeOf(verifier.verify(jwt))))).toEqual(expected)
  })
})
