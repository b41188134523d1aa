import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'
import { decodeBase64url, encodeBase64url } from '../encoding/base64url.js'
import { localKeys } from '../keys/local.js'
import { createStatusListIssuer, type StatusListsOptions, statusLists } from '../status-list.js'
import { codeOf, forge, grant, ISSUER, NOW, pair, signingKey } from '../testing/fixtures.js'
import { runs } from '../testing/runs.js'
import { packStatuses, readStatus, type StatusBits } from './bits.js'
import { compress, decompress } from './zlib.js'

const URI = `${ISSUER}/status/1`
const key = await signingKey()
const keys = localKeys({ keys: [key.publicJwk] })
const issuer = createStatusListIssuer({ issuer: ISSUER, keys: key, ttl: 60, now: () => NOW })
const good = {
  iss: ISSUER,
  sub: URI,
  iat: NOW,
  exp: NOW + 1000,
  ttl: 60,
  status_list: { bits: 1, lst: 'eNrbuRgAAhcBXQ' },
}
const sign = (claims: object = {}, typ = 'statuslist+jwt') =>
  forge(key, { alg: key.alg, typ, kid: key.kid }, { ...good, ...claims })
const claims = (idx: unknown, uri: unknown = URI) => ({ iss: ISSUER, status: { status_list: { idx, uri } } })

/** A hook whose lists come from `answer`, what was fetched, and a clock. */
function setUp(answer: () => Response | Promise<Response>, options: Partial<StatusListsOptions> = {}) {
  const fetched: string[] = []
  const clock = { now: NOW }
  const revoked = statusLists({
    issuers: { [ISSUER]: keys },
    fetch: async (input) => {
      fetched.push(String(input))
      return answer()
    },
    now: () => clock.now,
    ...options,
  })
  return { revoked, fetched, clock }
}
const serve = (jwt: string | Promise<string>) => async () => new Response(await jwt)
const verdict = (work: Promise<boolean>) =>
  codeOf(work.then((revoked) => (revoked ? Promise.reject(new Error('revoked')) : undefined))).catch(() => 'revoked')

describe('packStatuses and readStatus', () => {
  it('give the bytes of the examples in draft-ietf-oauth-status-list §4.1', async () => {
    const one = packStatuses([1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1], 1)
    const two = packStatuses([1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3], 2)
    expect([...one]).toEqual([0xb9, 0xa3])
    expect([...two]).toEqual([0xc9, 0x44, 0xf9])
    expect(await decompress(decodeBase64url('eNrbuRgAAhcBXQ'), 100)).toEqual(one)
    expect(await decompress(decodeBase64url('eNo76fITAAPfAgc'), 100)).toEqual(two)
  })

  it('keep every status in its place', async () => {
    const bits = fc.constantFrom<StatusBits[]>(1, 2, 4, 8)
    await fc.assert(
      fc.asyncProperty(bits, fc.array(fc.nat(255), { maxLength: 300 }), async (width, values) => {
        const statuses = values.map((value) => value % 2 ** width)
        const bytes = await decompress(await compress(packStatuses(statuses, width)), 1000)
        expect(statuses.map((_, index) => readStatus(bytes, width, index))).toEqual(statuses)
        expect(readStatus(bytes, width, bytes.length * (8 / width))).toBeUndefined()
      }),
      { numRuns: runs(100) },
    )
  })

  it('refuse a status that does not fit', () => {
    for (const status of [2, -1, 0.5, Number.NaN]) expect(() => packStatuses([status], 1)).toThrow(TypeError)
  })
})

describe('statusListIssuer.issue', () => {
  it('writes what the draft asks for, and what its own hook reads', async () => {
    const jwt = await issuer.issue({ uri: URI, bits: 2, statuses: [0, 1, 2, 3] })
    expect(decodeProtectedHeader(jwt).typ).toBe('statuslist+jwt')
    expect(decodeJwt(jwt)).toMatchObject({
      iss: ISSUER,
      sub: URI,
      iat: NOW,
      exp: NOW + 86_400,
      ttl: 60,
      status_list: { bits: 2 },
    })
    const { revoked } = setUp(serve(jwt))
    expect(await Promise.all([0, 1, 2, 3].map((index) => revoked(claims(index))))).toEqual([false, true, true, true])
  })

  it('takes a million statuses', async () => {
    const statuses = new Uint8Array(1_000_000)
    statuses[999_999] = 1
    const { revoked } = setUp(serve(issuer.issue({ uri: URI, statuses })))
    expect([await revoked(claims(999_998)), await revoked(claims(999_999))]).toEqual([false, true])
  })

  it('reads a list that a token of usual length could not hold', async () => {
    const statuses = crypto.getRandomValues(new Uint8Array(40_000))
    const { revoked } = setUp(serve(issuer.issue({ uri: URI, bits: 8, statuses })))
    expect(await revoked(claims(39_999))).toBe(statuses[39_999] !== 0)
  })
})

describe('the hook of statusLists', () => {
  it('refuses a token by its bit, through a verifier', async () => {
    const { revoked } = setUp(serve(issuer.issue({ uri: URI, statuses: [0, 1] })))
    const { verifier, issuer: tokens } = await pair('ES256', { revoked })
    const issue = (index: number) => tokens.issue({ ...grant, status: { index, uri: URI } })
    expect(await codeOf(verifier.verify(await issue(0)))).toBe('accepted')
    expect(await codeOf(verifier.verify(await issue(1)))).toBe('revoked')
    expect(await codeOf(verifier.verify(await tokens.issue(grant)))).toBe('accepted')
  })

  it('refuses tokens without a status where one is required', async () => {
    expect(await setUp(serve(sign())).revoked({ iss: ISSUER })).toBe(false)
    expect(await setUp(serve(sign()), { required: true }).revoked({ iss: ISSUER })).toBe(true)
  })

  it('refuses an index out of bounds, and a reference that is none', async () => {
    const { revoked, fetched } = setUp(serve(sign()))
    expect(await revoked(claims(1))).toBe(false)
    expect(await revoked(claims(16))).toBe(true)
    for (const status of [
      'x',
      {},
      { status_list: {} },
      claims(-1).status,
      claims(1.5).status,
      claims('1').status,
      claims(1, 'http://a.example/').status,
      claims(1, 5).status,
    ])
      expect(await codeOf(revoked({ iss: ISSUER, status }))).toBe('invalid_claims')
    expect(new Set(fetched)).toEqual(new Set([URI]))
  })

  it.each<[string, () => Promise<string>]>([
    ['of another type', () => sign({}, 'JWT')],
    ['for another URI', () => sign({ sub: `${URI}0` })],
    ['of another issuer', () => sign({ iss: 'https://other.example' })],
    ['that has expired', () => sign({ exp: NOW - 60 })],
    ['with three bits', () => sign({ status_list: { bits: 3, lst: 'eNrbuRgAAhcBXQ' } })],
    ['that is not compressed', () => sign({ status_list: { bits: 1, lst: 'AAAA' } })],
    ['that is cut off', () => sign({ status_list: { bits: 1, lst: 'eNrbuRg' } })],
    ['that is cut off in its checksum', () => sign({ status_list: { bits: 1, lst: 'eNrbuRgAAhcB' } })],
    ['that goes on after its end', () => sign({ status_list: { bits: 1, lst: 'eNrbuRgAAhcBXQAA' } })],
    ['with a ttl of nothing', () => sign({ ttl: 0 })],
    [
      'that holds a gigabyte',
      () =>
        sign({
          status_list: { bits: 1, lst: encodeBase64url(new Uint8Array(deflateSync(new Uint8Array(2 ** 27)))) },
        }).catch(() => 'x'),
    ],
    [
      'by another key',
      async () =>
        forge(await signingKey('ES256', 'other'), { alg: 'ES256', typ: 'statuslist+jwt', kid: key.kid }, good),
    ],
    ['that is none', () => Promise.resolve('x')],
    ['of 2 MB', () => Promise.resolve('x'.repeat(2 ** 21))],
  ])('answers 503 for a list %s', async (_, list) => {
    expect(await verdict(setUp(serve(list())).revoked(claims(0)))).toBe('temporarily_unavailable')
  })

  it('stops at the size that was given', async () => {
    const list = issuer.issue({ uri: URI, statuses: new Uint8Array(80_000) })
    expect(await verdict(setUp(serve(list), { maxSize: 10_000 }).revoked(claims(0)))).toBe('accepted')
    expect(await verdict(setUp(serve(list), { maxSize: 9_999 }).revoked(claims(0)))).toBe('temporarily_unavailable')
  })

  it('fetches a list once for all who wait, and again after its ttl', async () => {
    const { revoked, fetched, clock } = setUp(serve(sign()))
    await Promise.all(Array.from({ length: 100 }, () => revoked(claims(1))))
    expect(fetched).toHaveLength(1)
    for (const [at, count] of [
      [59, 1],
      [60, 2],
      [119, 2],
      [120, 3],
    ] as const) {
      clock.now = NOW + at
      await revoked(claims(1))
      expect(fetched).toHaveLength(count)
    }
  })

  it('uses the list at hand while no other can be had, until it expires, and fails closed then', async () => {
    let down = false
    const { revoked, fetched, clock } = setUp(() => (down ? Promise.reject(new Error('refused')) : serve(sign())()))
    expect(await verdict(revoked(claims(0)))).toBe('revoked')
    down = true
    for (const [at, code, count] of [
      [60, 'revoked', 2],
      [64, 'revoked', 2],
      [65, 'revoked', 3],
      [999, 'revoked', 4],
      [1000, 'temporarily_unavailable', 4],
      [1004, 'temporarily_unavailable', 5],
    ] as const) {
      clock.now = NOW + at
      expect(await verdict(revoked(claims(0)))).toBe(code)
      expect(fetched).toHaveLength(count)
    }
  })

  it('gives up on a server that never answers, and follows no redirect', async () => {
    expect(await verdict(setUp(() => new Promise(() => undefined), { timeout: 0.02 }).revoked(claims(0)))).toBe(
      'temporarily_unavailable',
    )
    const redirect = () => new Response(null, { status: 302, headers: { location: 'https://evil.example/' } })
    expect(await verdict(setUp(redirect).revoked(claims(0)))).toBe('temporarily_unavailable')
  })
})

describe('statusLists', () => {
  it.each<Partial<StatusListsOptions>>([{ issuers: {} }, { maxAge: 0 }, { maxSize: -1 }, { timeout: Number.NaN }])(
    'refuses %j',
    (options) => {
      expect(() => setUp(serve(sign()), options)).toThrow(TypeError)
    },
  )
})
