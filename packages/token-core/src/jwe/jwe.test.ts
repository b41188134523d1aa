import { createCipheriv } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { CompactEncrypt, compactDecrypt, importJWK } from 'jose'
import { describe, expect, it } from 'vitest'
import { encodeBase64url } from '../encoding/base64url.js'
import { decodeUtf8, encodeUtf8 } from '../encoding/utf8.js'
import { codeOf, forge, headerOf, pair, part, signingKey, validClaims } from '../testing/fixtures.js'
import { refusedEncryptionKeys } from '../testing/jwe-examples.js'
import { runs } from '../testing/runs.js'
import {
  type ContentEncryption,
  contentEncryptions,
  type KeyManagementAlgorithm,
  keyManagementAlgorithms,
} from './algorithms.js'
import { decryptJwe, decryptJwt } from './decrypt.js'
import { encryptJwe, encryptJwt } from './encrypt.js'
import { generateEncryptionJwk } from './generate.js'
import type { EncryptionJwk } from './jwk.js'
import { type DecryptionKey, importDecryptionKey, importEncryptionKey, importPassword } from './key.js'

const text = 'some content – with more than ASCII'
/** The RSA keys are printed ones: generating one takes time. */
const jwkFor = async (algorithm: KeyManagementAlgorithm, index: 0 | 1 = 0) =>
  algorithm.startsWith('RSA')
    ? { ...refusedEncryptionKeys[index], alg: algorithm, kid: `rsa-${index}` }
    : generateEncryptionJwk(algorithm)
const both = async (jwk: EncryptionJwk, options = {}) => ({
  key: await importEncryptionKey(jwk, options),
  keys: await importDecryptionKey(jwk, options),
})
const direct = async (encryption: ContentEncryption = 'A256GCM') =>
  both(await generateEncryptionJwk('dir', { contentEncryption: encryption }))
const read = async (jwe: string, keys: DecryptionKey) => decodeUtf8((await decryptJwe(jwe, { keys })).plaintext)

describe('encryptJwe and decryptJwe', () => {
  it.each(keyManagementAlgorithms.filter((name) => name !== 'dir'))(
    'work with %s and every content encryption',
    async (algorithm) => {
      const jwk = await jwkFor(algorithm)
      const { key, keys } = await both(jwk)
      for (const contentEncryption of contentEncryptions) {
        const jwe = await encryptJwe(text, { key, contentEncryption, typ: 'a', cty: 'b' })
        const { header, plaintext } = await decryptJwe(jwe, { keys })
        expect(decodeUtf8(plaintext)).toBe(text)
        expect(header).toMatchObject({ alg: algorithm, enc: contentEncryption, kid: jwk.kid, typ: 'a', cty: 'b' })
      }
      expect(await read(await encryptJwe(new Uint8Array(), { key }), keys)).toBe('')
      expect(keys.publicJwk?.kid).toBe(jwk.kty === 'oct' ? undefined : jwk.kid)
      for (const member of ['d', 'k', 'p']) expect(keys.publicJwk ?? {}).not.toHaveProperty(member)
      if (keys.publicJwk) expect((await importEncryptionKey(keys.publicJwk)).alg).toBe(algorithm)
    },
  )

  it('generate an RSA key', async () => {
    const jwk = await generateEncryptionJwk('RSA-OAEP')
    expect(jwk).toMatchObject({ kty: 'RSA', alg: 'RSA-OAEP' })
    expect((await importDecryptionKey(jwk)).kid).toBe(jwk.kid)
  })

  it.each(contentEncryptions)('work with a shared secret for %s', async (encryption) => {
    const { key, keys } = await direct(encryption)
    expect(await read(await encryptJwe(text, { key }), keys)).toBe(text)
    expect(await codeOf(decryptJwe(await encryptJwe(text, { key }), { keys: (await direct(encryption)).keys }))).toBe(
      'unknown_key',
    )
  })

  it.each(['P-256', 'P-384', 'P-521', 'X25519'] as const)('agree on a key over %s', async (curve) => {
    const { key, keys } = await both(await generateEncryptionJwk('ECDH-ES', { curve }))
    expect(await read(await encryptJwe(text, { key }), keys)).toBe(text)
  })

  it('understand jose, and are understood by it', async () => {
    const jwk = await jwkFor('RSA-OAEP-256')
    const { key, keys } = await both(jwk)
    const theirs = await importJWK(JSON.parse(JSON.stringify(jwk)), 'RSA-OAEP-256')
    expect(decodeUtf8((await compactDecrypt(await encryptJwe(text, { key }), theirs)).plaintext)).toBe(text)
    const publicKey = await importJWK(JSON.parse(JSON.stringify(keys.publicJwk)), 'RSA-OAEP-256')
    const header = { alg: 'RSA-OAEP-256', enc: 'A128CBC-HS256' }
    expect(
      await read(await new CompactEncrypt(encodeUtf8(text)).setProtectedHeader(header).encrypt(publicKey), keys),
    ).toBe(text)
  })

  it('JW-02 take alg and enc from the key: a header that says otherwise is refused', async () => {
    const jwk = await generateEncryptionJwk('A256KW')
    const { keys } = await both(jwk, { contentEncryption: ['A256GCM'] })
    const others = await Promise.all([
      both({ ...jwk, alg: 'A256GCMKW' }),
      both({ ...jwk, alg: 'A256GCM' }),
      both(jwk, { contentEncryption: ['A128GCM'] }),
    ])
    for (const { key } of others)
      expect(await codeOf(decryptJwe(await encryptJwe(text, { key }), { keys }))).toBe('unsupported_alg')
    const wider = await both(jwk)
    await expect(
      encryptJwe(text, {
        key: (await both(jwk, { contentEncryption: ['A128GCM'] })).key,
        contentEncryption: 'A256GCM',
      }),
    ).rejects.toThrow(/for A128GCM alone/)
    expect(await read(await encryptJwe(text, { key: wider.key }), keys)).toBe(text)
  })

  it('pick among several keys by kid, never guess, and say when none fits', async () => {
    const [a, b] = [await direct(), await direct()]
    const jwe = await encryptJwe(text, { key: b.key })
    expect(decodeUtf8((await decryptJwe(jwe, { keys: [a.keys, b.keys] })).plaintext)).toBe(text)
    expect(await codeOf(decryptJwe(jwe, { keys: a.keys }))).toBe('unknown_key')
    expect(await codeOf(decryptJwe(jwe, { keys: [] }))).toBe('unknown_key')
    const unnamed = [
      { ...a.keys, kid: undefined },
      { ...b.keys, kid: undefined },
    ]
    expect(await codeOf(decryptJwe(jwe, { keys: unnamed }))).toBe('unknown_key')
  })

  it('answer one code for each way in which decryption fails', async () => {
    for (const algorithm of ['RSA-OAEP-256', 'A128KW', 'A128GCMKW', 'ECDH-ES+A128KW'] as const) {
      const jwk = await jwkFor(algorithm)
      const { key, keys } = await both(jwk)
      const stranger = await importDecryptionKey({ ...(await jwkFor(algorithm, 1)), kid: jwk.kid })
      const jwe = await encryptJwe(text, { key, contentEncryption: 'A128CBC-HS256' })
      expect(await codeOf(decryptJwe(jwe, { keys: stranger }))).toBe('decryption_failed')
      const parts = jwe.split('.')
      for (const index of [1, 2, 3, 4]) {
        const changed = parts.map((one, at) => (at === index ? (one.startsWith('A') ? 'B' : 'A') + one.slice(1) : one))
        const error: unknown = await decryptJwe(changed.join('.'), { keys }).catch((reason: unknown) => reason)
        expect(String(error)).toBe('TokenError: The token can not be decrypted with the keys at hand.')
        expect(error).not.toHaveProperty('cause')
      }
    }
  })

  it('refuse what would be longer than is read', async () => {
    const { key } = await direct()
    await expect(encryptJwe('x'.repeat(24_600), { key })).rejects.toThrow(/longer than the 32 kB/)
    expect((await encryptJwe('x'.repeat(24_400), { key })).length).toBeLessThan(32_768)
  })
})

describe('decryptJwe, strictly', () => {
  it('JW-14 reads five parts of canonical base64url and nothing else', async () => {
    const { key, keys } = await direct()
    const jwe = await encryptJwe(text, { key })
    const [head = '', , iv = '', body = '', tag = ''] = jwe.split('.')
    const bad = [
      '',
      '....',
      `${head}.${iv}.${body}.${tag}`,
      `${jwe}.`,
      `${jwe}=`,
      ` ${jwe}`,
      `${head}..${iv}.${body}.`,
      `${head}..${iv}.${body}\n.${tag}`,
      `${head}...${body}.${tag}`,
      `${head}.é.${iv}.${body}.${tag}`,
      `${head}=..${iv}.${body}.${tag}`,
      JSON.stringify({ protected: head, iv, ciphertext: body, tag }),
    ]
    for (const token of bad) expect([token, await codeOf(decryptJwe(token, { keys }))]).toEqual([token, 'malformed'])
    // Plain JavaScript may pass anything.
    for (const value of [undefined, null, 42, {}])
      expect(await codeOf(decryptJwe(value as string, { keys }))).toBe('malformed')
    const huge = jwe + 'A'.repeat(6_700_000)
    expect(await codeOf(decryptJwe(huge, { keys }))).toBe('malformed')
  })

  it.each([
    ['{"alg":"dir","alg":"A128KW","enc":"A256GCM"}', 'malformed'],
    ['{"alg":"dir","enc":"A256GCM","crit":["exp"],"exp":1}', 'malformed'],
    ['{"alg":"dir","enc":"A256GCM","crit":[]}', 'malformed'],
    ['{"alg":"dir","enc":"A256GCM","b64":false}', 'malformed'],
    ['{"alg":"dir"}', 'malformed'],
    ['{"enc":"A256GCM"}', 'malformed'],
    ['{"alg":1,"enc":"A256GCM"}', 'malformed'],
    ['{"alg":"dir","enc":"A256GCM","kid":1}', 'malformed'],
    ['{"alg":"dir","enc":"A256GCM","cty":1}', 'malformed'],
    ['{"alg":"dir","enc":"A256GCM","zip":1}', 'malformed'],
    ['{"alg":"dir","enc":"A256GCM","p2c":"1"}', 'malformed'],
    ['{"alg":"dir","enc":"A256GCM","p2c":1e400}', 'malformed'],
    ['{"alg":"dir","enc":"A256GCM","zip":"GZ"}', 'unsupported_alg'],
    ['{"alg":"dir","enc":"A256GCM","zip":"DEF"}', 'unsupported_alg'],
    ['{"alg":"none","enc":"A256GCM"}', 'unsupported_alg'],
    ['{"alg":"RSA1_5","enc":"A256GCM"}', 'unsupported_alg'],
    ['{"alg":"dir","enc":"none"}', 'unsupported_alg'],
    ['{"alg":"dir","enc":"A256GCM","kid":"__proto__"}', 'unknown_key'],
    ['[]', 'malformed'],
    ['null', 'malformed'],
  ])('JW-15 JW-16 refuses the header %s as %s', async (header, code) => {
    const { keys } = await direct()
    expect(await codeOf(decryptJwe(`${part(header)}..AAAA.AAAA.AAAA`, { keys }))).toBe(code)
  })

  it('JW-12 ignores keys and addresses in the header', async () => {
    const { key, keys } = await direct()
    const header = {
      alg: 'dir',
      enc: 'A256GCM',
      jwk: { kty: 'oct', k: 'AAAA' },
      jku: 'http://127.0.0.1:9/',
      x5u: 'http://127.0.0.1:9/',
    }
    expect(await read(await key.encrypt(encodeUtf8(text), header), keys)).toBe(text)
  })

  it('throws nothing but TokenErrors, whatever comes', async () => {
    const { key, keys } = await both(await generateEncryptionJwk('ECDH-ES+A128KW'))
    const jwe = await encryptJwe(text, { key })
    const parts = jwe.split('.')
    const header = fc.jsonValue().map((value) => part(JSON.stringify(value)))
    const known = fc.dictionary(
      fc.constantFrom('alg', 'enc', 'zip', 'epk', 'apu', 'apv', 'p2c', 'p2s', 'iv', 'tag', 'kid'),
      fc.jsonValue(),
    )
    const likely = known.map((members) => part({ alg: key.alg, enc: 'A128GCM', ...members }))
    const edited = fc
      .tuple(fc.nat(jwe.length), fc.string({ maxLength: 3 }), fc.nat(4))
      .map(([at, put, cut]) => jwe.slice(0, at) + put + jwe.slice(at + cut))
    const headed = fc.oneof(header, likely).map((first) => [first, ...parts.slice(1)].join('.'))
    await fc.assert(
      // codeOf passes on everything that is not a TokenError.
      fc.asyncProperty(fc.oneof(fc.string(), edited, headed), async (token) => {
        await codeOf(decryptJwe(token, { keys, maxInflated: 1000 }))
        await codeOf(decryptJwt(token, { keys }))
      }),
      { numRuns: runs(300) },
    )
  })
})

/** A JWE with `dir` and A128GCM, made without any JOSE library, so that its content can be of any kind. */
function seal(key: Uint8Array, header: object, content: Uint8Array): string {
  const head = part(header)
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const cipher = createCipheriv('aes-128-gcm', key, iv).setAAD(encodeUtf8(head))
  const body = Buffer.concat([cipher.update(content), cipher.final()])
  return [head, '', encodeBase64url(iv), encodeBase64url(body), encodeBase64url(cipher.getAuthTag())].join('.')
}

describe('compressed content', () => {
  const secret = crypto.getRandomValues(new Uint8Array(16))
  const header = { alg: 'dir', enc: 'A128GCM', zip: 'DEF' }
  const compressed = (length: number) => seal(secret, header, deflateRawSync(Buffer.alloc(length, 'a')))
  const jwk: EncryptionJwk = { kty: 'oct', k: encodeBase64url(secret), alg: 'A128GCM' }

  it('JW-07 is refused, unless a bound is given, and then bounded', async () => {
    const keys = await importDecryptionKey(jwk)
    expect(await codeOf(decryptJwe(compressed(1000), { keys }))).toBe('unsupported_alg')
    expect((await decryptJwe(compressed(1000), { keys, maxInflated: 1000 })).plaintext).toHaveLength(1000)
    expect(await codeOf(decryptJwe(compressed(1001), { keys, maxInflated: 1000 }))).toBe('decryption_failed')
  })

  it('JW-07 that would become a thousand times as long is refused without inflating it', async () => {
    const keys = await importDecryptionKey(jwk)
    // As far as 32 kB of token can go: 20 MB.
    const bomb = compressed(20_000_000)
    expect(bomb.length).toBeLessThan(32_768)
    expect(await codeOf(decryptJwe(bomb, { keys, maxInflated: 250_000 }))).toBe('decryption_failed')
  })

  it('has no bound above 250 kB', async () => {
    const keys = await importDecryptionKey(jwk)
    for (const maxInflated of [250_001, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(decryptJwe(compressed(10), { keys, maxInflated })).rejects.toThrow(
        /maxInflated is a number of bytes/,
      )
  })

  it('that is no DEFLATE at all is refused', async () => {
    const keys = await importDecryptionKey(jwk)
    expect(await codeOf(decryptJwe(seal(secret, header, Uint8Array.of(0xff, 0xff)), { keys, maxInflated: 1000 }))).toBe(
      'decryption_failed',
    )
  })
})

describe('importPassword', () => {
  it.each(['PBES2-HS256+A128KW', 'PBES2-HS384+A192KW', 'PBES2-HS512+A256KW'] as const)(
    'encrypts and decrypts with %s',
    async (algorithm) => {
      const key = importPassword('correct horse', { algorithm, count: 1000, kid: 'p' })
      expect(await read(await encryptJwe(text, { key }), key)).toBe(text)
      const wrong = importPassword('battery staple', { algorithm, count: 1000, kid: 'p' })
      expect(await codeOf(decryptJwe(await encryptJwe(text, { key }), { keys: wrong }))).toBe('decryption_failed')
    },
  )

  it('JW-08 ATT-012 refuses more rounds than it was given, before computing any', async () => {
    const keys: DecryptionKey = {
      ...importPassword('correct horse'),
      decrypt: () => expect.unreachable('rounds were computed'),
    }
    const token = (count: number) =>
      `${part({ alg: keys.alg, enc: 'A256GCM', p2c: count, p2s: 'AAAAAAAAAAAAAAAA' })}.${'A'.repeat(54)}.AAAAAAAAAAAAAAAA.AAAA.${'A'.repeat(22)}`
    for (const count of [2 ** 31, 2_147_483_647, 600_001, 999, 0, -1])
      expect([count, await codeOf(decryptJwe(token(count), { keys }))]).toEqual([count, 'unsupported_alg'])
  })

  it('JW-08 PBES2 is refused by every key that is no password', async () => {
    const { keys } = await direct()
    const header = part({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM', p2c: 1000, p2s: 'AAAAAAAAAAAAAAAA' })
    expect(await codeOf(decryptJwe(`${header}.AAAA.AAAA.AAAA.AAAA`, { keys }))).toBe('unsupported_alg')
    await expect(
      importDecryptionKey({ kty: 'oct', k: 'AAAA' }, { algorithm: 'PBES2-HS256+A128KW' as 'dir' }),
    ).rejects.toThrow(/it is for none of/)
  })

  it('refuses an empty password, fewer than 1000 rounds and names that are not known', () => {
    expect(() => importPassword('')).toThrow(/needs a password/)
    // Plain JavaScript may pass anything.
    expect(() => importPassword('x', { algorithm: 'dir' as 'PBES2-HS256+A128KW' })).toThrow(/needs a PBES2 algorithm/)
    expect(() => importPassword('x', { contentEncryption: [] })).toThrow(/at least one content encryption/)
    for (const count of [999, 0, 1.5, Number.NaN])
      expect(() => importPassword('x', { count })).toThrow(/at least 1000 rounds/)
  })
})

describe('encryptJwt and decryptJwt', () => {
  it('carry a signed token that a verifier then accepts', async () => {
    const { key, keys } = await both(await generateEncryptionJwk('ECDH-ES+A256KW', { curve: 'X25519' }))
    const { issuer, verifier } = await pair()
    const jwt = await issuer.issue({
      subject: 'alice',
      clientId: 'web',
      audience: 'https://api.example/graphql',
      scope: ['notes:read'],
      claims: { tenant: 't1' },
    })
    const inner = await decryptJwt(await encryptJwt(jwt, { key }), { keys })
    expect(inner).toBe(jwt)
    expect((await verifier.verify(inner)).claims.sub).toBe('alice')
  })

  it('JW-04 refuse a token in it that is not signed, is no token, or is not marked as one', async () => {
    const { key, keys } = await direct()
    const signer = await signingKey()
    const nested = (content: string, cty?: string) => encryptJwe(content, { key, cty })
    const jwt = await forge(signer, headerOf(signer))
    const unsigned = `${part({ alg: 'none', typ: 'at+jwt' })}.${part(validClaims)}.`
    expect(await codeOf(decryptJwt(await nested(jwt, 'JWT'), { keys }))).toBe('accepted')
    expect(await codeOf(decryptJwt(await nested(jwt, 'jwt'), { keys }))).toBe('accepted')
    expect(await codeOf(decryptJwt(await nested(jwt), { keys }))).toBe('malformed')
    expect(await codeOf(decryptJwt(await nested(unsigned, 'JWT'), { keys }))).toBe('unsupported_alg')
    expect(await codeOf(decryptJwt(await nested(JSON.stringify(validClaims), 'JWT'), { keys }))).toBe('malformed')
    expect(await codeOf(decryptJwt(await nested(await nested(jwt, 'JWT'), 'JWT'), { keys }))).toBe('malformed')
    expect(await codeOf(encryptJwt(unsigned, { key }))).toBe('unsupported_alg')
    expect(await codeOf(encryptJwt('text', { key }))).toBe('malformed')
  })

  it('JW-04 leave a forged signature in it to the verifier, which refuses it', async () => {
    const { key, keys } = await direct()
    const { verifier } = await pair()
    const jwt = await forge(await signingKey('ES256', 'mallory'), headerOf(await signingKey()))
    expect(await codeOf(verifier.verify(await decryptJwt(await encryptJwt(jwt, { key }), { keys })))).toBe(
      'bad_signature',
    )
  })

  it('JW-20 refuse content that is not UTF-8', async () => {
    const { key, keys } = await direct()
    expect(
      await codeOf(decryptJwt(await encryptJwe(Uint8Array.from([0xc3, 0x28]), { key, cty: 'JWT' }), { keys })),
    ).toBe('malformed')
  })
})

describe('importDecryptionKey and importEncryptionKey', () => {
  it('refuse a key with a sentence for each reason', async () => {
    const rsa = await jwkFor('RSA-OAEP-256')
    const ec = await generateEncryptionJwk('ECDH-ES')
    const secret = await generateEncryptionJwk('A256KW')
    const { d, ...publicJwk } = ec as EncryptionJwk & { d: string }
    const refused: readonly (readonly [unknown, object, RegExp])[] = [
      [{ ...rsa, alg: undefined }, {}, /for none of .*name one as `algorithm`/],
      [{ ...rsa, alg: 'RSA1_5' }, {}, /for none of/],
      [{ ...rsa, alg: 'RS256' }, {}, /for none of/],
      [rsa, { algorithm: 'RSA-OAEP' }, /its alg is not RSA-OAEP/],
      [{ ...rsa, alg: 'ECDH-ES' }, {}, /its kty is not one of ECDH-ES/],
      [{ ...rsa, use: 'sig' }, {}, /its use is not enc/],
      [{ ...rsa, key_ops: ['sign'] }, {}, /key_ops do not let it decrypt/],
      [{ ...rsa, kid: '' }, {}, /its kid is not a text/],
      [{ ...rsa, n: 'AQAB' }, {}, /bits, and RSA needs at least 2048/],
      [{ ...rsa, oth: [] }, {}, /more than two prime factors/],
      [{ ...ec, crv: 'P-256K' }, {}, /its crv is not one of/],
      [{ ...ec, crv: 'Ed25519' }, {}, /its crv is not one of/],
      [{ ...ec, y: ec.kty === 'EC' && 'x' in ec ? ec.x : '' }, {}, /point is not on the curve/],
      [publicJwk, {}, /not a private key/],
      [{ ...secret, k: 'AAAA' }, {}, /3 bytes instead of 32/],
      [{ ...secret, k: 'A=' }, {}, /not base64url/],
      [{ ...secret, k: undefined }, {}, /its k is missing/],
      [{ kty: 'oct', k: 'A'.repeat(43) }, { algorithm: 'dir' }, /exactly one contentEncryption/],
      [
        { kty: 'oct', k: 'A'.repeat(43) },
        { algorithm: 'dir', contentEncryption: ['A128GCM'] },
        /not the 16 bytes of A128GCM/,
      ],
      [
        { kty: 'oct', k: 'A'.repeat(22), alg: 'A128GCM' },
        { contentEncryption: ['A256GCM'] },
        /not the one that its alg names/,
      ],
      [secret, { contentEncryption: [] }, /contentEncryption is empty/],
      [secret, { contentEncryption: ['A512GCM'] }, /not known/],
      [undefined, {}, /not a JSON object/],
    ]
    for (const [jwk, options, sentence] of refused) {
      // Plain JavaScript may pass anything.
      const error: unknown = await importDecryptionKey(jwk as EncryptionJwk, options).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(TypeError)
      expect(String(error)).toMatch(sentence)
      expect(String(error)).not.toContain(d.slice(0, 8))
    }
    expect((await importEncryptionKey({ ...publicJwk, key_ops: [] })).alg).toBe('ECDH-ES')
    await expect(importEncryptionKey({ ...publicJwk, key_ops: ['verify'] })).rejects.toThrow(
      /key_ops do not let it encrypt/,
    )
    await expect(generateEncryptionJwk('dir')).rejects.toThrow(/dir needs a contentEncryption/)
  })
})
