import { CompactSign, calculateJwkThumbprint, compactVerify, importJWK, type JWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { decodeBase64url } from '../encoding/base64url.js'
import { encodeUtf8 } from '../encoding/utf8.js'
import { ALGORITHMS, forge, headerOf, privateJwk, signingKey } from '../testing/fixtures.js'
import { jwkThumbprint } from './jwk.js'
import { importVerificationKey } from './verification-key.js'

/** For jose an absent member must be absent. */
const plain = (jwk: object): JWK => JSON.parse(JSON.stringify(jwk))

describe('signatures', () => {
  it.each(ALGORITHMS)('with %s are understood by jose, and jose by us', async (algorithm) => {
    const key = await signingKey(algorithm)
    const { protectedHeader } = await compactVerify(
      await forge(key, headerOf(key)),
      await importJWK(plain(key.publicJwk)),
    )
    expect(protectedHeader).toMatchObject({ alg: algorithm, kid: key.kid })

    const theirs = await importJWK(plain(await privateJwk(algorithm)))
    const jws = await new CompactSign(encodeUtf8('{}')).setProtectedHeader({ alg: algorithm }).sign(theirs)
    const end = jws.lastIndexOf('.')
    const { verify } = await importVerificationKey(key.publicJwk, key)
    expect(await verify(encodeUtf8(jws.slice(0, end)), decodeBase64url(jws.slice(end + 1)))).toBe(true)
  })

  it.each(ALGORITHMS)('with %s come from a key whose thumbprint jose computes as well', async (algorithm) => {
    const { publicJwk } = await signingKey(algorithm)
    expect(await jwkThumbprint(publicJwk)).toBe(await calculateJwkThumbprint(plain(publicJwk)))
  })
})
