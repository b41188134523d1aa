import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseChallenges } from '../challenge.js'
import { type DpopKey, generateDpopKey } from '../dpop/key.js'
import { createDpopNonces } from '../dpop/nonces.js'
import { createDpopProof } from '../dpop/proof.js'
import { createDpopVerifier } from '../dpop/verify.js'
import { isTokenError, type TokenError } from '../errors.js'
import { clientCertificate } from '../mtls/certificate.js'
import { memoryReplay } from '../replay/memory.js'
import type { UseOnce } from '../replay/replay.js'
import { certificate } from '../testing/certificate.js'
import { AUDIENCE, codeOf, grant, METADATA, NOW, pair, type Scope } from '../testing/fixtures.js'
import { runs } from '../testing/runs.js'
import type { Demand } from './demand.js'
import type { VerifierOptions } from './verify.js'

const key = await generateDpopKey()
const other = await generateDpopKey()
const now = () => NOW
const dpopWith = (options: object = {}) => createDpopVerifier({ replay: memoryReplay(), now, ...options })
const mtls = clientCertificate(({ headers }) => {
  const thumbprint = headers.get('x-client-cert')
  return thumbprint === null ? undefined : { thumbprint }
})
const { issuer } = await pair()
const unbound = await issuer.issue(grant)
const bound = await issuer.issue({ ...grant, confirmation: { jkt: key.thumbprint } })
const certified = await issuer.issue({ ...grant, confirmation: { 'x5t#S256': certificate.thumbprint } })
const doubly = await issuer.issue({
  ...grant,
  confirmation: { jkt: key.thumbprint, 'x5t#S256': certificate.thumbprint },
})

type Options = Partial<VerifierOptions<Scope, { tenant: string }>>
const verifierWith = async (options: Options) => (await pair('ES256', options)).verifier
const both = await verifierWith({ dpop: dpopWith(), mtls })

interface Sent {
  readonly scheme?: string
  readonly token: string
  readonly proofBy?: DpopKey | undefined
  readonly proofFor?: string
  readonly nonce?: string | undefined
  readonly certificate?: string
}

async function request({ scheme = 'DPoP', token, proofBy, proofFor = token, nonce, certificate: shown }: Sent) {
  const headers = new Headers({ authorization: `${scheme} ${token}` })
  if (proofBy) {
    const proof = await createDpopProof(proofBy, {
      method: 'POST',
      url: AUDIENCE,
      accessToken: proofFor,
      nonce,
      now: NOW,
    })
    headers.set('dpop', proof)
  }
  if (shown !== undefined) headers.set('x-client-cert', shown)
  return new Request(AUDIENCE, { method: 'POST', headers })
}

async function refusal(work: Promise<unknown>): Promise<TokenError> {
  const error: unknown = await work.catch((reason: unknown) => reason)
  if (!isTokenError(error)) throw new Error('It was not refused.', { cause: error })
  return error
}

const challengesOf = (error: TokenError) => parseChallenges(error.headers['www-authenticate'] ?? null)

describe('verifier.authenticate with dpop', () => {
  it.each(['DPoP', 'dpop', 'DPOP'])('accepts a bound token with its proof by the scheme %s', async (scheme) => {
    const verified = await both.authenticate(await request({ scheme, token: bound, proofBy: key }))
    expect(verified.claims.cnf).toEqual({ jkt: key.thumbprint })
  })

  it('still accepts an unbound token as Bearer', async () => {
    expect((await both.authenticate(await request({ scheme: 'Bearer', token: unbound }))).claims.sub).toBe('alice')
  })

  it.each<[string, Sent, string]>([
    ['DP-14 a bound token as Bearer', { scheme: 'Bearer', token: bound }, 'wrong_binding'],
    ['DP-14 a bound token as Bearer with its proof', { scheme: 'Bearer', token: bound, proofBy: key }, 'wrong_binding'],
    ['DP-14 a bound token with a proof by another key', { token: bound, proofBy: other }, 'invalid_dpop_proof'],
    ['DP-14 a bound token without a proof', { token: bound }, 'invalid_dpop_proof'],
    ['DP-11 a proof for another token', { token: bound, proofBy: key, proofFor: unbound }, 'invalid_dpop_proof'],
    ['DP-20 an unbound token by the DPoP scheme', { token: unbound, proofBy: key }, 'wrong_binding'],
    ['DP-20 an unbound token by the DPoP scheme, without a proof', { token: unbound }, 'wrong_binding'],
    [
      'DP-20 a token bound to a certificate by the DPoP scheme',
      { token: certified, proofBy: key, certificate: certificate.thumbprint },
      'wrong_binding',
    ],
  ])('refuses %s', async (_, sent, code) => {
    const error = await refusal(both.authenticate(await request(sent)))
    expect(error).toMatchObject({ code, status: 401 })
    const [first] = challengesOf(error)
    expect(first?.scheme).toBe(sent.scheme ?? 'DPoP')
    expect(first?.parameters['error']).toBe(code === 'wrong_binding' ? 'invalid_token' : code)
  })

  it('DP-20 does not take a DPoP header beside Bearer for an upgrade', async () => {
    const verified = await both.authenticate(await request({ scheme: 'Bearer', token: unbound, proofBy: key }))
    expect(verified.claims.cnf).toBeUndefined()
  })

  it('DP-21 offers both schemes, and names the error in the one that was used', async () => {
    const bare = challengesOf(await refusal(both.authenticate(new Request(AUDIENCE), { scope: ['notes:read'] })))
    expect(bare.map(({ scheme }) => scheme)).toEqual(['Bearer', 'DPoP'])
    for (const { parameters } of bare)
      expect(parameters).toMatchObject({ scope: 'notes:read', resource_metadata: METADATA })
    expect(bare[1]?.parameters['algs']).toBe('ES256 Ed25519 EdDSA')
    expect(bare.some(({ parameters }) => 'error' in parameters)).toBe(false)
    for (const scheme of ['Bearer', 'DPoP']) {
      const [used, offered] = challengesOf(await refusal(both.authenticate(await request({ scheme, token: 'x' }))))
      expect(used).toMatchObject({ scheme, parameters: { error: 'invalid_token' } })
      expect(offered?.parameters['error']).toBeUndefined()
    }
  })

  it('JW-18 asks for the proof of a remembered token each time', async () => {
    const { tokenCache } = await import('./cache.js')
    const caching = await verifierWith({ dpop: dpopWith(), cache: tokenCache() })
    const again = async (sent: Sent) => codeOf(caching.authenticate(await request(sent)))
    expect(await again({ token: bound, proofBy: key })).toBe('accepted')
    expect(await again({ token: bound, proofBy: key })).toBe('accepted')
    expect(await again({ token: bound })).toBe('invalid_dpop_proof')
    expect(await again({ token: bound, proofBy: other })).toBe('invalid_dpop_proof')
    expect(await again({ scheme: 'Bearer', token: bound })).toBe('wrong_binding')
    expect(await codeOf(caching.verify(bound))).toBe('wrong_binding')
  })

  it.each([10, 500])('DP-12 lets one of %i identical requests pass', async (count) => {
    const sent = await request({ token: bound, proofBy: key })
    const codes = await Promise.all(Array.from({ length: count }, () => codeOf(both.authenticate(sent))))
    expect(codes.filter((code) => code === 'accepted')).toHaveLength(1)
    expect(codes.filter((code) => code === 'invalid_dpop_proof')).toHaveLength(count - 1)
  })

  it('uses no proof up for a request that is refused for its scope, and fails closed', async () => {
    const asked: unknown[] = []
    const replay: UseOnce = (...question) => {
      asked.push(question)
      throw new Error('down')
    }
    const verifier = await verifierWith({ dpop: dpopWith({ replay }) })
    expect(
      await codeOf(verifier.authenticate(await request({ token: bound, proofBy: key }), { scope: ['admin'] })),
    ).toBe('insufficient_scope')
    expect(asked).toHaveLength(0)
    const error = await refusal(verifier.authenticate(await request({ token: bound, proofBy: key })))
    expect(error).toMatchObject({ code: 'temporarily_unavailable', status: 503, challenges: [] })
    expect(asked).toHaveLength(1)
  })

  it('BR-05 answers too little scope in the challenge of the scheme used', async () => {
    const error = await refusal(
      both.authenticate(await request({ token: bound, proofBy: key }), { scope: ['notes:read', 'admin'] }),
    )
    expect(error.status).toBe(403)
    const withError = challengesOf(error).filter(({ parameters }) => 'error' in parameters)
    expect(withError).toMatchObject([
      { scheme: 'DPoP', parameters: { error: 'insufficient_scope', scope: 'notes:read admin' } },
    ])
  })

  it('DP-16 asks for a nonce with 401, and accepts the request that brings it', async () => {
    const nonces = createDpopNonces({ secrets: ['s'.repeat(32)], audience: AUDIENCE, now })
    const verifier = await verifierWith({ dpop: dpopWith({ nonces }) })
    const error = await refusal(verifier.authenticate(await request({ token: bound, proofBy: key })))
    expect(error).toMatchObject({ code: 'use_dpop_nonce', status: 401 })
    expect(challengesOf(error)[0]).toMatchObject({
      scheme: 'DPoP',
      parameters: { error: 'use_dpop_nonce', resource_metadata: METADATA },
    })
    const nonce = error.headers['dpop-nonce']
    expect(await codeOf(verifier.authenticate(await request({ token: bound, proofBy: key, nonce })))).toBe('accepted')
  })

  it('DP-20 knows no DPoP scheme without it', async () => {
    const plain = await verifierWith({})
    expect(await codeOf(plain.authenticate(await request({ token: bound, proofBy: key })))).toBe('missing_token')
    expect(await codeOf(plain.authenticate(await request({ scheme: 'Bearer', token: bound })))).toBe('wrong_binding')
  })
})

describe('verifier.authenticate with mtls', () => {
  it.each<[string, Sent, string]>([
    [
      'accepts the certificate',
      { scheme: 'Bearer', token: certified, certificate: certificate.thumbprint },
      'accepted',
    ],
    ['refuses another one', { scheme: 'Bearer', token: certified, certificate: key.thumbprint }, 'wrong_binding'],
    ['refuses none', { scheme: 'Bearer', token: certified }, 'wrong_binding'],
    [
      'accepts an unbound token from a client with a certificate',
      { scheme: 'Bearer', token: unbound, certificate: certificate.thumbprint },
      'accepted',
    ],
    ['accepts certificate and proof', { token: doubly, proofBy: key, certificate: certificate.thumbprint }, 'accepted'],
    ['refuses the proof alone', { token: doubly, proofBy: key }, 'wrong_binding'],
    [
      'refuses the certificate alone',
      { scheme: 'Bearer', token: doubly, certificate: certificate.thumbprint },
      'wrong_binding',
    ],
  ])('%s', async (_, sent, code) => {
    expect(await codeOf(both.authenticate(await request(sent)))).toBe(code)
  })

  it('refuses a token bound to a certificate where nobody can tell the certificate', async () => {
    const plain = await verifierWith({ dpop: dpopWith() })
    const sent = await request({ scheme: 'Bearer', token: certified, certificate: certificate.thumbprint })
    expect(await codeOf(plain.authenticate(sent))).toBe('wrong_binding')
  })

  it('passes on what its reader throws', async () => {
    const broken = await verifierWith({ mtls: clientCertificate(() => ({ pem: 'x' })) })
    await expect(broken.authenticate(await request({ scheme: 'Bearer', token: certified }))).rejects.toThrow(/PEM/)
  })
})

describe('verifier.authenticate with requireBinding', () => {
  it('refuses an unbound token however it is sent, and offers no way to send it', async () => {
    const strict = await verifierWith({ dpop: dpopWith(), requireBinding: true })
    for (const sent of [
      { scheme: 'Bearer', token: unbound },
      { token: unbound, proofBy: key },
      { scheme: 'Bearer', token: bound },
    ])
      expect(await codeOf(strict.authenticate(await request(sent)))).toBe('wrong_binding')
    expect(await codeOf(strict.authenticate(await request({ token: bound, proofBy: key })))).toBe('accepted')
    expect(challengesOf(await refusal(strict.authenticate(new Request(AUDIENCE)))).map(({ scheme }) => scheme)).toEqual(
      ['DPoP'],
    )
    const refused = challengesOf(
      await refusal(strict.authenticate(await request({ scheme: 'Bearer', token: unbound }))),
    )
    expect(refused).toMatchObject([{ scheme: 'DPoP', parameters: { error: 'invalid_token' } }])
  })

  it('accepts a certificate for it', async () => {
    const strict = await verifierWith({ mtls, requireBinding: true })
    expect(
      await codeOf(
        strict.authenticate(await request({ scheme: 'Bearer', token: certified, certificate: certificate.thumbprint })),
      ),
    ).toBe('accepted')
    expect(
      await codeOf(
        strict.authenticate(await request({ scheme: 'Bearer', token: unbound, certificate: certificate.thumbprint })),
      ),
    ).toBe('wrong_binding')
  })

  it('needs something that can be required', async () => {
    await expect(verifierWith({ requireBinding: true })).rejects.toThrow(/dpop/)
    // Options may come from JavaScript.
    await expect(verifierWith({ dpop: {} } as unknown as Options)).rejects.toThrow(/createDpopVerifier/)
    await expect(verifierWith({ mtls: {} } as unknown as Options)).rejects.toThrow(/clientCertificate/)
  })
})

describe('verifier.authenticate with a demand for acr or maxAge', () => {
  const verdict = async (claims: { acr?: string; authTime?: number }, demand: Demand<Scope>) => {
    const token = await issuer.issue({ ...grant, ...claims })
    const work = both.authenticate(await request({ scheme: 'Bearer', token }), demand)
    return work.then(() => undefined).catch((error: unknown) => (isTokenError(error) ? error : undefined))
  }

  it.each<[{ acr?: string; authTime?: number }, Demand<Scope>, number | undefined]>([
    [{ acr: 'gold', authTime: NOW - 10 }, { acr: ['gold'], maxAge: 60, scope: ['notes:read'] }, undefined],
    [{ acr: 'gold' }, { acr: ['platinum', 'gold'] }, undefined],
    [{ acr: 'silver' }, { acr: ['gold'] }, 401],
    [{}, { acr: ['gold'] }, 401],
    [{ authTime: NOW - 65 }, { maxAge: 60 }, undefined],
    [{ authTime: NOW - 66 }, { maxAge: 60 }, 401],
    [{ authTime: NOW }, { maxAge: 0 }, undefined],
    [{}, { maxAge: 60 }, 401],
    [{ authTime: NOW }, { maxAge: Number.NaN }, 401],
    [{ acr: 'silver' }, { acr: ['gold'], scope: ['admin'] }, 401],
    [{ acr: 'gold' }, { acr: ['gold'], scope: ['admin'] }, 403],
    [{}, { acr: [], scope: [] }, undefined],
  ])('SU-01 of a token with %j asked for %j answers %s', async (claims, demand, status) => {
    expect((await verdict(claims, demand))?.status).toBe(status)
  })

  it('SU-01 names acr, age and all scope in one challenge', async () => {
    const error = await verdict({}, { acr: ['gold', 'silver'], maxAge: 0, scope: ['notes:read', 'admin'] })
    expect(error?.code).toBe('insufficient_user_authentication')
    const said = error ? challengesOf(error).filter(({ parameters }) => 'error' in parameters) : []
    expect(said).toMatchObject([
      {
        scheme: 'Bearer',
        parameters: {
          error: 'insufficient_user_authentication',
          acr_values: 'gold silver',
          max_age: '0',
          scope: 'notes:read admin',
          resource_metadata: METADATA,
        },
      },
    ])
  })

  it('SU-01 refuses exactly what is not met, whatever else is lacking', async () => {
    const acrs = fc.constantFrom<('gold' | 'silver' | undefined)[]>('gold', 'silver', undefined)
    await fc.assert(
      fc.asyncProperty(
        acrs,
        fc.option(fc.nat(200), { nil: undefined }),
        acrs,
        fc.option(fc.nat(200), { nil: undefined }),
        fc.boolean(),
        async (acr, age, wantedAcr, maxAge, wide) => {
          const claims = { ...(acr && { acr }), ...(age !== undefined && { authTime: NOW - age }) }
          const error = await verdict(claims, {
            ...(wantedAcr && { acr: [wantedAcr] }),
            maxAge,
            scope: [wide ? 'admin' : 'notes:read'],
          })
          const unmet =
            (wantedAcr && wantedAcr !== acr) || (maxAge !== undefined && (age === undefined || age > maxAge + 5))
          expect(error?.status).toBe(unmet ? 401 : wide ? 403 : undefined)
        },
      ),
      { numRuns: runs(60) },
    )
  })
})

describe('createVerifier', () => {
  it('leaves the URL to the resource, not to the Host header, when an origin is given', async () => {
    const verifier = await verifierWith({ dpop: dpopWith({ origin: new URL(AUDIENCE).origin }) })
    const { headers } = await request({ token: bound, proofBy: key })
    expect(await codeOf(verifier.authenticate({ headers, url: 'http://10.0.0.1/graphql', method: 'POST' }))).toBe(
      'accepted',
    )
  })
})
