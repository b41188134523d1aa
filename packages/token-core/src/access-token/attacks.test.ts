import { createHmac, createPublicKey } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js'
import { isTokenError } from '../errors.js'
import { publicMembers } from '../keys/jwk.js'
import type { KeySource } from '../keys/key-source.js'
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
  part,
  scopes,
  signingKey,
  validClaims,
} from '../testing/fixtures.js'
import { hs256 } from '../testing/rfc-vectors.js'
import { runs } from '../testing/runs.js'
import { tokenCache } from './cache.js'
import { defineAccessToken } from './define.js'
import { createVerifier } from './verify.js'

const { key, issuer, verifier } = await pair('ES256')
const verdict = (jwt: string) => codeOf(verifier.verify(jwt))
const good = await issuer.issue(grant)
const unsigned = (header: object, claims: object = validClaims) => `${part(header)}.${part(claims)}`

describe('verifier.verify under attack', () => {
  it('JW-01 ATT-006 never takes a public key for an HMAC secret', async () => {
    const rsa = await pair('RS256')
    const jwk = publicMembers(rsa.key.publicJwk)
    const pem = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()
    const der = createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' })
    const secrets = [pem, ` ${pem}`, pem.trim(), der, JSON.stringify(rsa.key.publicJwk), '']
    for (const alg of ['HS256', 'hs256', 'RS256'])
      for (const secret of secrets) {
        const signed = unsigned(headerOf(rsa.key, { alg }))
        const signature = createHmac('sha256', secret).update(signed).digest('base64url')
        const code = await codeOf(rsa.verifier.verify(`${signed}.${signature}`))
        expect(code).toBe(alg === 'RS256' ? 'bad_signature' : 'unsupported_alg')
      }
    expect(await verdict(hs256.jws)).toBe('wrong_type')
  })

  it('JW-02 takes the algorithm from the key, whatever the header says', async () => {
    for (const alg of ['ES384', 'PS256', 'RS512', 'Ed25519', 'ES256K', 'es256', 'constructor', '__proto__'])
      expect(await verdict(await forge(key, headerOf(key, { alg })))).toBe('unsupported_alg')
    for (const algorithm of ALGORITHMS.filter((name) => name !== 'ES256')) {
      const other = await signingKey(algorithm)
      expect(await verdict(await forge(other, headerOf(key, { alg: algorithm })))).toBe('unsupported_alg')
      expect(await verdict(await forge(other, headerOf(key)))).toBe('bad_signature')
    }
  })

  it.each(['none', 'None', 'nOnE', 'NONE'])('JW-03 refuses alg %s', async (alg) => {
    const signed = unsigned(headerOf(key, { alg }))
    expect(await verdict(`${signed}.`)).toBe('unsupported_alg')
    expect(await verdict(`${signed}.${good.split('.')[2]}`)).toBe('unsupported_alg')
  })

  it('ATT-007 JW-15 refuses crit and b64 in a token that is otherwise right', async () => {
    for (const more of [
      { crit: ['x'], x: 1 },
      { crit: [] },
      { crit: 'x' },
      { crit: ['exp', 'exp'] },
      { b64: false, crit: ['b64'] },
    ])
      expect(await verdict(await forge(key, headerOf(key, more)))).toBe('malformed')
  })

  it.each(['../../../dev/null', "' OR 1=1 --", '__proto__', 'constructor', 'toString', '', 'k'.repeat(10_000)])(
    'ATT-013 JW-11 takes kid for data: %.24s',
    async (kid) => {
      expect(await verdict(await forge(key, headerOf(key, { kid })))).toBe('unknown_key')
    },
  )

  it('ATT-014 JW-12 never takes a key, nor the address of one, from the token', async () => {
    let requests = 0
    const server = createServer((_, response) => {
      requests++
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // A TCP server has an address with a port.
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const attacker = await signingKey('ES256', 'attacker')
    const headers = { jwk: attacker.publicJwk, jku: url, x5u: url, x5c: ['AAAA'] }
    for (const kid of [key.kid, attacker.kid, undefined]) {
      const code = await verdict(await forge(attacker, headerOf(key, { ...headers, kid })))
      expect(code).toBe(kid === attacker.kid ? 'unknown_key' : 'bad_signature')
    }
    // In a token that is otherwise right they are ignored.
    expect(await verdict(await forge(key, headerOf(key, headers)))).toBe('accepted')
    server.close()
    expect(requests).toBe(0)
  })

  it('ATT-016 JW-05 refuses degenerate, DER and short signatures', async () => {
    const signed = unsigned(headerOf(key))
    const n = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'
    const zero = '00'.repeat(32)
    const der = `3044022001${'11'.repeat(31)}022001${'11'.repeat(31)}`
    for (const hex of [
      zero + zero,
      n + n,
      zero + n,
      n + zero,
      `${n.slice(0, -1)}2`.repeat(2),
      der,
      '00',
      zero,
      `${zero}${zero}00`,
    ]) {
      const signature = encodeBase64url(new Uint8Array(Buffer.from(hex, 'hex')))
      expect(await verdict(`${signed}.${signature}`)).toBe('bad_signature')
    }
  })

  it('ATT-010 shows a source of keys three members of the header, and no claim', async () => {
    const seen: unknown[] = []
    const inner = localKeys({ keys: [key.publicJwk] })
    const find: KeySource['find'] = (...given) => {
      seen.push(...given)
      return inner.find(...given)
    }
    const issuers = { [ISSUER]: { '~scopewise': 'keys', find } as const }
    const curious = await pair('ES256', { issuers })
    expect(await codeOf(curious.verifier.verify(await forge(key, headerOf(key, { jku: 'https://x', x: 1 }))))).toBe(
      'accepted',
    )
    expect(seen).toEqual([{ alg: 'ES256', typ: 'at+jwt', kid: key.kid }])
  })

  it('ATT-017 refuses the JSON serialization', async () => {
    const [protectedPart, payload, signature] = good.split('.')
    expect(await verdict(JSON.stringify({ protected: protectedPart, payload, signature }))).toBe('malformed')
    expect(await verdict(JSON.stringify({ payload, signatures: [{ protected: protectedPart, signature }] }))).toBe(
      'malformed',
    )
    expect(await verdict(`{"a":"${protectedPart}.${part({ ...validClaims, sub: 'admin' })}.${signature}"}`)).toBe(
      'malformed',
    )
  })

  it('ATT-021 refuses a claim named twice, signed as it is', async () => {
    const text = JSON.stringify(validClaims)
    expect(await verdict(await forge(key, headerOf(key), text))).toBe('accepted')
    expect(await verdict(await forge(key, headerOf(key), text.replace('{', '{"sub":"admin",')))).toBe('malformed')
    expect(await verdict(await forge(key, headerOf(key), text.replace('{', '{"\\u0073ub":"admin",')))).toBe('malformed')
    const header = JSON.stringify(headerOf(key)).replace('{', '{"alg":"none",')
    expect(await verdict(await forge(key, header))).toBe('malformed')
  })

  it('JW-04 JW-14 refuses an encrypted token and one inside another', async () => {
    const jwe = `${part({ alg: 'dir', enc: 'A256GCM' })}..AAAA.AAAA.AAAA`
    expect(await verdict(jwe)).toBe('malformed')
    const nested = encodeBase64url(new TextEncoder().encode(good))
    const signed = `${part(headerOf(key, { cty: 'JWT' }))}.${nested}`
    expect(await verdict(`${signed}.${good.split('.')[2]}`)).toBe('malformed')
  })

  it('JW-19 ATT-009 compares audiences as texts: one that reads like a slow pattern is none', async () => {
    const pattern = '^(a+)+$'
    const { verifier: literal } = await pair('ES256', { audience: pattern })
    const judge = async (aud: string) =>
      codeOf(literal.verify(await forge(key, headerOf(key), { ...validClaims, aud })))
    // As a pattern, it would match the first, and never be done with the second.
    expect(await judge('a'.repeat(11_000))).toBe('wrong_audience')
    expect(await judge(`${'a'.repeat(11_000)}!`)).toBe('wrong_audience')
    expect(await judge(pattern)).toBe('accepted')
  })

  it('refuses a token after any change of a single character', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.= '
    const change = fc.tuple(fc.nat(good.length - 1), fc.constantFrom(...alphabet))
    await fc.assert(
      fc.asyncProperty(change, async ([at, character]) => {
        fc.pre(good[at] !== character)
        expect(await verdict(good.slice(0, at) + character + good.slice(at + 1))).not.toBe('accepted')
      }),
      { numRuns: runs(500) },
    )
  })

  it('refuses a signature moved onto other claims', async () => {
    const [head = '', , signature = ''] = good.split('.')
    expect(await verdict(`${head}.${part({ ...validClaims, sub: 'admin' })}.${signature}`)).toBe('bad_signature')
    expect(decodeBase64url(signature)).toHaveLength(64)
  })
})

/** Every text that an error carries to a log or to the wire. */
function textsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const wire = isTokenError(error) ? JSON.stringify([error.headers, error.challenges]) : ''
  const inspected = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })
  return `${error.message}\n${error.stack}\n${JSON.stringify(error)}\n${inspected}\n${wire}\n${textsOf(error.cause ?? '')}`
}

describe('TokenError', () => {
  const value = fc.oneof(fc.jsonValue(), fc.string(), fc.constantFrom(AUDIENCE, 'at+jwt', 'ES256', key.kid, 1e308, -1))
  const header = fc.dictionary(fc.constantFrom('alg', 'typ', 'kid', 'crit', 'jwk', 'jku', 'x'), value)
  const claims = fc.dictionary(fc.constantFrom(...Object.keys(validClaims), 'nbf', 'cnf', '__proto__', 'x'), value)
  const signed = fc.tuple(header, claims).map(
    ([members, changes]) =>
      [
        { ...headerOf(key), ...members },
        { ...validClaims, ...changes },
      ] as const,
  )

  it('is all that any signed token can cause', async () => {
    await fc.assert(
      fc.asyncProperty(signed, async ([head, body]) => {
        // codeOf passes on whatever is not a TokenError.
        expect(await verdict(await forge(key, head, body))).toMatch(/^[a-z_]+$/)
      }),
      { numRuns: runs(1000) },
    )
  })

  it('is all that any text, spliced into a real token or not, can cause', async () => {
    const splice = fc
      .tuple(fc.nat(good.length), fc.nat(good.length), fc.string({ unit: 'binary' }))
      .map(([from, to, text]) => good.slice(0, from) + text + good.slice(to))
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string({ unit: 'binary' }), splice), async (text) => {
        expect(await verdict(text)).toMatch(/^[a-z_]+$/)
      }),
      { numRuns: runs(1000) },
    )
  })

  it('is all that any Authorization header can cause', async () => {
    const text = fc.string({ unit: fc.constantFrom(...'Bearer ,=";.abc\t') })
    await fc.assert(
      fc.asyncProperty(text, async (authorization) => {
        const headers = new Headers({ authorization })
        expect(await codeOf(verifier.authenticate({ headers, url: '', method: 'GET' }))).toMatch(/^[a-z_]+$/)
      }),
      { numRuns: runs(1000) },
    )
  })

  it('is all that a value of any type can cause', async () => {
    const issuers = { [ISSUER]: localKeys({ keys: [key.publicJwk] }) }
    const cached = createVerifier({ token: accessToken, audience: AUDIENCE, issuers, cache: tokenCache() })
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true })
    await fc.assert(
      fc.asyncProperty(anything, async (value) => {
        // Plain JavaScript may pass anything.
        const jwt = value as string
        expect(await codeOf(cached.verify(jwt))).toBe('malformed')
      }),
      { numRuns: runs(500) },
    )
  })

  it('does not quote what a schema quotes when it throws', async () => {
    const secret = 'sEcReTsEcReTsEcReT'
    const claims = z.object({ tenant: z.string() }).transform(({ tenant }): { tenant: string } => {
      throw new Error(`a bug, at ${tenant}`)
    })
    const token = defineAccessToken({ scopes, claims, lifetime: 600 })
    const issuers = { [ISSUER]: localKeys({ keys: [key.publicJwk] }) }
    const strict = createVerifier({ token, audience: AUDIENCE, issuers, now: () => NOW })
    const jwt = await forge(key, headerOf(key), { ...validClaims, tenant: secret })
    const error: unknown = await strict.verify(jwt).catch((reason: unknown) => reason)
    expect(isTokenError(error) && error.code).toBe('invalid_claims')
    expect(textsOf(error)).not.toContain(secret)
  })

  it('never holds a piece of the token or of a claim', async () => {
    const secret = 'sEcReTsEcReTsEcReT'
    const marked = { ...validClaims, sub: secret, tenant: secret }
    const tokens = [
      await forge(key, headerOf(key), marked),
      await forge(key, headerOf(key, { kid: secret })),
      await forge(key, headerOf(key, { alg: secret })),
      await forge(key, headerOf(key, { typ: secret })),
      await forge(key, headerOf(key, { crit: [secret] })),
      ...(await Promise.all(
        ['iss', 'aud', 'exp', 'iat', 'scope', 'tenant'].map((name) =>
          forge(key, headerOf(key), { ...marked, [name]: [{ [secret]: secret }] }),
        ),
      )),
      await forge(key, headerOf(key), `{"${secret}":1,"${secret}":2}`),
      await forge(key, headerOf(key), `{"${secret}`),
      `${good}${secret}`,
      `${secret}.${secret}`,
      `${secret}.${secret}.${secret}`,
    ]
    let refused = 0
    for (const jwt of tokens)
      for (const attempt of [
        () => verifier.verify(jwt),
        () => verifier.authenticate(new Request(AUDIENCE, { headers: { authorization: `Bearer ${jwt}` } })),
        () => verifier.authenticate(new Request(AUDIENCE, { headers: { authorization: `Bearer ${jwt}, ${jwt}` } })),
      ]) {
        const error: unknown = await attempt().catch((reason: unknown) => reason)
        if (!isTokenError(error)) continue
        refused++
        const text = textsOf(error)
        expect(text).not.toContain(secret)
        for (const piece of jwt.split('.')) if (piece.length > 12) expect(text).not.toContain(piece.slice(0, 12))
      }
    expect(refused).toBe(tokens.length * 3 - 2)
  })
})
