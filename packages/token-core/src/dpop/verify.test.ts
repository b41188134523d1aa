import { describe, expect, it } from 'vitest'
import { parseChallenges } from '../challenge.js'
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js'
import { isTokenError, type TokenError } from '../errors.js'
import { memoryReplay } from '../replay/memory.js'
import type { UseOnce } from '../replay/replay.js'
import { API, bareJwk, forgeProof, proofClaims, proofHeader, prove, requestWith, TOKEN } from '../testing/dpop.js'
import { codeOf, forge, NOW, part, privateJwk, signingKey } from '../testing/fixtures.js'
import { dpop as vectors } from '../testing/rfc-vectors.js'
import { generateDpopKey } from './key.js'
import { createDpopNonces } from './nonces.js'
import type { DpopVerifierOptions } from './options.js'
import { createDpopProof } from './proof.js'
import { createDpopVerifier, type DpopBinding } from './verify.js'

const key = await signingKey('ES256', 'client')
const other = await signingKey('ES256', 'other client')
const verifierWith = (options: Partial<DpopVerifierOptions> = {}) =>
  createDpopVerifier({ replay: memoryReplay(), now: () => NOW, ...options })
const verifier = verifierWith()

async function refusal(work: Promise<unknown>): Promise<TokenError> {
  const error: unknown = await work.catch((reason: unknown) => reason)
  if (!isTokenError(error)) throw new Error('It was not refused.', { cause: error })
  return error
}

/** Refused at a resource server and, where no access token is at stake, at a token endpoint. */
async function expectInvalid(
  proof: string | readonly string[] | undefined,
  sentence: RegExp,
  options: Partial<DpopVerifierOptions> = {},
) {
  const verifying = verifierWith(options)
  const atResource = await refusal(verifying.verify(requestWith(proof), { accessToken: TOKEN }))
  expect(atResource).toMatchObject({ code: 'invalid_dpop_proof', status: 401 })
  expect(atResource.message).toMatch(sentence)
  const [challenge] = parseChallenges(new Headers(atResource.headers))
  expect(challenge).toMatchObject({ scheme: 'DPoP', parameters: { error: 'invalid_dpop_proof' } })
  if (/ath/.test(String(sentence))) return
  const atTokenEndpoint = await refusal(verifying.verify(requestWith(proof)))
  expect(atTokenEndpoint).toMatchObject({ code: 'invalid_dpop_proof', status: 400, challenges: [] })
}

describe('dpopVerifier.verify', () => {
  it('accepts the proofs printed in RFC 9449', async () => {
    const { tokenRequest, resourceRequest, accessToken, thumbprint } = vectors
    for (const [{ proof, url, method, issuedAt }, binding] of [
      [tokenRequest, {}],
      [resourceRequest, { accessToken, thumbprint }],
    ] as const) {
      const atThatTime = verifierWith({ now: () => issuedAt + 1 })
      const result = await atThatTime.verify(requestWith(proof, url, method), binding)
      expect(result).toMatchObject({ thumbprint, issuedAt })
    }
  })

  it.each(['ES256', 'Ed25519', 'EdDSA'] as const)('accepts what createDpopProof makes with %s', async (algorithm) => {
    const made = await generateDpopKey({ algorithm })
    const proof = await createDpopProof(made, { method: 'POST', url: API, accessToken: TOKEN, now: NOW })
    const { thumbprint, jti } = await prove(verifier, proof, { accessToken: TOKEN, thumbprint: made.thumbprint })
    expect(thumbprint).toBe(made.thumbprint)
    expect(jti).toHaveLength(22)
  })

  it.each(['dpop+jwt', 'DPoP+JWT', 'application/dpop+jwt'])('accepts typ %s', async (typ) => {
    expect(await codeOf(prove(verifierWith(), await forgeProof(key, {}, { typ })))).toBe('accepted')
  })

  it.each(['jwt', 'at+jwt', 'dpop', 'dpop+jwt2', '', undefined])('DP-01 JW-13 refuses typ %s', async (typ) => {
    await expectInvalid(await forgeProof(key, {}, { typ }), /typ/)
  })

  it('DP-02 refuses what is not signed, or with a secret', async () => {
    const [header, claims] = [proofHeader(key, { alg: 'none' }), proofClaims]
    await expectInvalid(`${part(header)}.${part(claims)}.`, /not signed/)
    await expectInvalid(`${part(proofHeader(key, { alg: 'HS256' }))}.${part(claims)}.AAAA`, /algorithms/)
    const secret = { kty: 'oct', k: 'AAAA' }
    await expectInvalid(await forgeProof(key, {}, { alg: 'HS256', jwk: secret }), /algorithms/)
    await expectInvalid(await forgeProof(key, {}, { jwk: secret }), /not public/)
  })

  it('DP-03 refuses an algorithm that is not on the list', async () => {
    const rsa = await signingKey('RS256')
    await expectInvalid(await forgeProof(rsa), /algorithms ES256, Ed25519, EdDSA/)
    expect(await codeOf(prove(verifierWith({ algorithms: ['RS256'] }), await forgeProof(rsa)))).toBe('accepted')
    await expectInvalid(await forgeProof(key), /algorithms RS256/, { algorithms: ['RS256'] })
  })

  it('DP-04 refuses a proof without a key, or with one that is not public', async () => {
    await expectInvalid(await forgeProof(key, {}, { jwk: undefined }), /no public key/)
    for (const jwk of ['x', 1, [], null]) await expectInvalid(await forgeProof(key, {}, { jwk }), /no public key/)
    await expectInvalid(await forgeProof(key, {}, { jwk: await privateJwk('ES256', 'client') }), /not public/)
    for (const name of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'])
      await expectInvalid(await forgeProof(key, {}, { jwk: { ...bareJwk(key), [name]: 'AAAA' } }), /not public/)
  })

  it('DP-04 refuses a key that is for something else, is none, or costs too much', async () => {
    const jwk = bareJwk(key)
    for (const more of [
      { use: 'enc' },
      { key_ops: ['sign'] },
      { alg: 'ES384' },
      { crv: 'P-384' },
      { y: jwk.x },
      { x: '' },
      { kty: 'RSA' },
    ])
      await expectInvalid(await forgeProof(key, {}, { jwk: { ...jwk, ...more } }), /key/)
    const rsa = await signingKey('RS256')
    const costly = { ...bareJwk(rsa), e: bareJwk(rsa).n }
    await expectInvalid(await forgeProof(rsa, {}, { jwk: costly }), /exponent/, { algorithms: ['RS256'] })
  })

  it('DP-05 refuses a signature that is wrong or by another key', async () => {
    const [header = '', claims = '', signature = ''] = (await forgeProof(key)).split('.')
    const flipped = decodeBase64url(signature)
    flipped[10] = (flipped[10] ?? 0) ^ 1
    await expectInvalid(`${header}.${claims}.${encodeBase64url(flipped)}`, /signature/)
    await expectInvalid(`${header}.${claims}.AAAA`, /signature/)
    await expectInvalid(`${header}.${claims}.`, /signature/)
    await expectInvalid(await forgeProof(key, {}, { jwk: bareJwk(other) }), /signature/)
    await expectInvalid(`${header}.${part({ ...proofClaims, jti: 'j-2' })}.${signature}`, /signature/)
  })

  it('DP-05 verifies each signature, also under a header that it knows', async () => {
    const known = verifierWith()
    await prove(known, await forgeProof(key))
    const forged = await forge(other, proofHeader(key), { ...proofClaims, jti: 'j-2' })
    expect(await codeOf(prove(known, forged))).toBe('invalid_dpop_proof')
    expect(await codeOf(prove(known, await forgeProof(key, { jti: 'j-3' })))).toBe('accepted')
  })

  it.each<[string, object, RegExp]>([
    ['DP-06 no jti', { jti: undefined }, /jti/],
    ['DP-06 an empty jti', { jti: '' }, /jti/],
    ['DP-12 a jti of 10 kB', { jti: 'x'.repeat(10_000) }, /jti/],
    ['DP-07 no htm', { htm: undefined }, /htm/],
    ['DP-07 another method', { htm: 'GET' }, /htm/],
    ['DP-07 a method in another case', { htm: 'post' }, /htm/],
    ['DP-08 no htu', { htu: undefined }, /htu/],
    ['DP-08 a list of URIs', { htu: [API] }, /htu/],
    ['DP-08 another path', { htu: `${API}/` }, /htu/],
    ['DP-08 another host', { htu: 'https://evil.example/graphql' }, /htu/],
    ['DP-08 another scheme', { htu: 'http://api.example/graphql' }, /htu/],
    ['DP-08 another port', { htu: 'https://api.example:8443/graphql' }, /htu/],
    ['DP-08 no absolute URI', { htu: '/graphql' }, /htu/],
    ['DP-09 no iat', { iat: undefined }, /iat/],
    ['DP-09 an iat that is text', { iat: String(NOW) }, /iat/],
    ['DP-09 an iat an hour ago', { iat: NOW - 3600 }, /iat/],
    ['DP-09 an iat in an hour', { iat: NOW + 3600 }, /iat/],
    ['DP-09 an iat 61 seconds ahead', { iat: NOW + 61 }, /iat/],
    ['DP-11 no ath', { ath: undefined }, /ath/],
    ['DP-11 the hash of another token', { ath: vectors.ath }, /ath/],
    ['DP-11 an ath that is no text', { ath: [proofClaims.ath] }, /ath is missing or not valid/],
  ])('refuses %s', async (_, claims, sentence) => {
    await expectInvalid(await forgeProof(key, claims), sentence)
  })

  it.each([
    'HTTPS://API.EXAMPLE:443/graphql',
    'https://api.example/graphql?a=b',
    `${API}#x`,
    'https://api.example/a/../graphql',
  ])('DP-08 accepts htu %s', async (htu) => {
    expect(await codeOf(prove(verifierWith(), await forgeProof(key, { htu })))).toBe('accepted')
  })

  it('DP-09 counts the seconds of the window', async () => {
    const codes = [NOW + 60, NOW, NOW - 299, NOW - 300].map(async (iat) =>
      codeOf(prove(verifierWith(), await forgeProof(key, { iat }))),
    )
    expect(await Promise.all(codes)).toEqual(['accepted', 'accepted', 'accepted', 'invalid_dpop_proof'])
  })

  it('DP-10 refuses none, several, and what is not a JWT', async () => {
    const proof = await forgeProof(key)
    await expectInvalid(undefined, /missing/)
    await expectInvalid([proof, proof], /more than one/)
    for (const junk of ['x', 'a.b', 'a.b.c', `${proof}.x`, ` ${proof.replaceAll('.', '. ')}`, 'x'.repeat(20_000)])
      await expectInvalid(junk, /proof is not valid/)
    await expectInvalid(await forge(key, proofHeader(key), '{"jti":"a","jti":"b"}'), /twice/)
    await expectInvalid(await forgeProof(key, {}, { crit: ['x'], x: 1 }), /extension/)
  })

  it('DP-14 refuses a proof by another key than the token is bound to', async () => {
    const binding: DpopBinding = { accessToken: TOKEN, thumbprint: (await generateDpopKey()).thumbprint }
    expect((await refusal(prove(verifier, await forgeProof(key, { jti: 'o' }), binding))).message).toMatch(
      /another key/,
    )
  })

  it('names the algorithms in its challenge', async () => {
    const error = await refusal(prove(verifier, 'x'))
    expect(error.headers['www-authenticate']).toMatch(/^DPoP error="invalid_dpop_proof".*algs="ES256 Ed25519 EdDSA"$/)
    expect(error.headers['cache-control']).toBe('no-store')
  })

  it('goes by the origin that it was given, whatever Host header came', async () => {
    const behind = verifierWith({ origin: 'https://api.example' })
    const at = async (url: string, jti: string) =>
      codeOf(behind.verify(requestWith(await forgeProof(key, { jti }), url), { accessToken: TOKEN }))
    expect(await at('http://10.0.0.1:3000/graphql?x', 'a')).toBe('accepted')
    expect(await at('/graphql', 'b')).toBe('accepted')
    expect(await at('http://10.0.0.1:3000/other', 'c')).toBe('invalid_dpop_proof')
    await expect(verifier.verify(requestWith(await forgeProof(key), '/graphql'))).rejects.toThrow(/origin/)
  })
})

describe('dpopVerifier.verify, asked again', () => {
  it.each([10, 500])('DP-12 accepts one of %i identical proofs that come at once', async (count) => {
    const racing = verifierWith()
    const proof = await forgeProof(key)
    const codes = await Promise.all(Array.from({ length: count }, () => codeOf(prove(racing, proof))))
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(1)
    expect(codes.filter((code) => code === 'invalid_dpop_proof')).toHaveLength(count - 1)
  })

  it('DP-12 accepts one of 500 at two verifiers with one slow store', async () => {
    const memory = memoryReplay()
    const replay: UseOnce = async (...question) => {
      await new Promise((resolve) => setImmediate(resolve))
      return memory(...question)
    }
    const nodes = [verifierWith({ replay }), verifierWith({ replay })] as const
    const proof = await forgeProof(key)
    const codes = await Promise.all(
      Array.from({ length: 500 }, (_, index) => codeOf(prove(nodes[index % 2 === 0 ? 0 : 1], proof))),
    )
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(1)
  })

  it('DP-12 still refuses a replay in the last second in which it could be accepted', async () => {
    let now = NOW
    const aging = verifierWith({ now: () => now })
    const proof = await forgeProof(key, { iat: NOW + 60 })
    expect(await codeOf(prove(aging, proof))).toBe('accepted')
    for (now of [NOW, NOW + 60, NOW + 359, NOW + 360])
      expect(await codeOf(prove(aging, proof))).toBe('invalid_dpop_proof')
  })

  it('DP-12 remembers a key and a jti together, as a digest', async () => {
    const asked: Parameters<UseOnce>[] = []
    const memory = memoryReplay()
    const noting = verifierWith({
      replay: (...question) => {
        asked.push(question)
        return memory(...question)
      },
    })
    expect(await codeOf(prove(noting, await forgeProof(key)))).toBe('accepted')
    expect(await codeOf(prove(noting, await forgeProof(other)))).toBe('accepted')
    expect(asked.map(([name]) => name)).toEqual(asked.map(() => expect.stringMatching(/^dpop:[\w-]{43}$/)))
    expect(asked[0]?.slice(1)).toEqual([NOW + 360, NOW])
  })

  it('burns nothing for a proof that is refused', async () => {
    const asked: string[] = []
    const noting = verifierWith({
      nonces: createDpopNonces({ secrets: ['s'.repeat(32)], audience: API, now: () => NOW }),
      replay: (name) => {
        asked.push(name)
        return 'first'
      },
    })
    for (const claims of [{ htm: 'GET' }, { iat: 0 }, { ath: 'x' }, {}, { nonce: 'stale' }])
      expect(await codeOf(prove(noting, await forgeProof(key, claims)))).toMatch(/dpop/)
    expect(asked).toEqual([])
  })

  it.each<[string, UseOnce]>([
    ['throws', () => Promise.reject(new Error('down'))],
    [
      'throws at once',
      () => {
        throw new Error('down')
      },
    ],
    ['is full', memoryReplay({ max: 1 })],
  ])('DP-12 answers 503 when the store %s', async (_, replay) => {
    const failing = verifierWith({ replay })
    await prove(failing, await forgeProof(key, { jti: 'first' })).catch(() => undefined)
    const error = await refusal(prove(failing, await forgeProof(key)))
    expect(error).toMatchObject({ code: 'temporarily_unavailable', status: 503 })
    expect(error.headers['www-authenticate']).toBeUndefined()
  })

  it('takes an answer that is not first for a replay', async () => {
    // A store in JavaScript may answer anything.
    const careless = verifierWith({ replay: (() => true) as unknown as UseOnce })
    expect(await codeOf(prove(careless, await forgeProof(key)))).toBe('invalid_dpop_proof')
  })
})

describe('dpopVerifier.check', () => {
  it('leaves it to the caller to use the proof up', async () => {
    const proof = await forgeProof(key)
    const checking = verifierWith()
    const [one, two] = await Promise.all([checking.check(requestWith(proof)), checking.check(requestWith(proof))])
    expect(one.thumbprint).toBe(two.thumbprint)
    await one.redeem()
    expect(await refusal(two.redeem())).toMatchObject({ code: 'invalid_dpop_proof', status: 400 })
    expect(await codeOf(checking.verify(requestWith(proof)))).toBe('invalid_dpop_proof')
  })
})

describe('dpopVerifier.verify with nonces', () => {
  let now = NOW
  const nonces = createDpopNonces({ secrets: ['s'.repeat(32)], audience: API, lifetime: 60, now: () => now })
  const demanding = verifierWith({ nonces })

  it('DP-16 asks for a nonce with 401 at a resource server and 400 at a token endpoint', async () => {
    const proof = await forgeProof(key)
    const current = await nonces.current()
    const atResource = await refusal(prove(demanding, proof))
    expect(atResource).toMatchObject({ code: 'use_dpop_nonce', status: 401 })
    expect(atResource.headers).toMatchObject({ 'dpop-nonce': current, 'cache-control': 'no-store' })
    expect(parseChallenges(atResource.headers['www-authenticate'])[0]).toMatchObject({
      scheme: 'DPoP',
      parameters: { error: 'use_dpop_nonce', algs: 'ES256 Ed25519 EdDSA' },
    })
    const atTokenEndpoint = await refusal(demanding.verify(requestWith(proof)))
    expect(atTokenEndpoint).toMatchObject({ code: 'use_dpop_nonce', status: 400, challenges: [] })
    expect(atTokenEndpoint.headers).toMatchObject({ 'dpop-nonce': current, 'cache-control': 'no-store' })
  })

  it('DP-16 accepts the current and the previous nonce, and refuses older ones with a new one', async () => {
    const nonce = await nonces.current()
    expect(await demanding.nonce()).toBe(nonce)
    for (const [age, code] of [
      [0, 'accepted'],
      [60, 'accepted'],
      [120, 'use_dpop_nonce'],
    ] as const) {
      now = NOW + age
      expect(await codeOf(prove(demanding, await forgeProof(key, { jti: `age ${age}`, nonce })))).toBe(code)
    }
    now = NOW
    expect(await verifier.nonce()).toBeUndefined()
  })

  it('gives a fresh nonce with every refusal', async () => {
    expect((await refusal(prove(demanding, 'x'))).headers['dpop-nonce']).toBe(await nonces.current())
  })
})

describe('createDpopVerifier', () => {
  it.each<[string, object]>([
    ['replay', { replay: undefined }],
    ['algorithms', { algorithms: [] }],
    ['algorithms', { algorithms: ['HS256'] }],
    ['algorithms', { algorithms: ['none'] }],
    ['lifetime', { lifetime: 0 }],
    ['lifetime', { lifetime: 86_400 }],
    ['clockTolerance', { clockTolerance: 61 }],
    ['origin', { origin: 'https://api.example/' }],
    ['origin', { origin: 'api.example' }],
  ])('refuses a wrong %s: %j', (name, options) => {
    expect(() => verifierWith(options)).toThrow(new RegExp(name))
  })
})
