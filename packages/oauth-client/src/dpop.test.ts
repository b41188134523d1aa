import { createDpopVerifier, type DpopKey, generateDpopKey, memoryReplay } from '@scopewise/token-core/dpop'
import { decodeBase64url } from '@scopewise/token-core/encoding'
import { describe, expect, it } from 'vitest'
import { startAuthorization } from './authorization/start.js'
import type { ProofOfPossession } from './client/client.js'
import { dpop } from './dpop.js'
import { createFetch } from './fetch.js'
import type { Fetch } from './http/json.js'
import { json } from './testing/server.js'
import { managerWith, setup } from './testing/setup.js'

const API = 'https://api.example'

const sendWith = (
  prover: ProofOfPossession,
  fetch: Fetch,
  request: Request,
  accessToken?: string,
  isReplayable?: boolean,
) => prover.wrap((input, init) => fetch(new Request(input, init)), accessToken, isReplayable)(request, {})

interface Proof {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
}

function read(request: Request): Proof {
  const [header = '', claims = ''] = (request.headers.get('dpop') ?? '').split('.')
  const parse = (part: string) => JSON.parse(new TextDecoder().decode(decodeBase64url(part)))
  return { header: parse(header), claims: parse(claims) }
}

/** An API that wants a nonce, and gives a new one with each answer when it is told to. */
function nonceServer({ rotates = false, always = false } = {}) {
  const proofs: Proof[] = []
  let count = 1
  const fetch = async (request: Request): Promise<Response> => {
    const proof = read(request)
    proofs.push(proof)
    await new Promise((resolve) => setTimeout(resolve, 1))
    const isGood = !always && proof.claims['nonce'] === `n${count}`
    if (rotates || always) count += 1
    const headers = { 'dpop-nonce': `n${count}` }
    return isGood
      ? json({ ok: true }, 200, headers)
      : new Response(null, { status: 401, headers: { ...headers, 'www-authenticate': 'DPoP error="use_dpop_nonce"' } })
  }
  return { proofs, fetch }
}

describe('dpop', () => {
  it('DP-17 makes six requests for five cold calls to a server that wants a nonce, and none more when it is known', async () => {
    const { fetch, proofs } = nonceServer()
    const prover = dpop()
    const call = () => sendWith(prover, fetch, new Request(API), 'token')
    const responses = await Promise.all([1, 2, 3, 4, 5].map(call))
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(proofs).toHaveLength(6)
    await call()
    expect(proofs).toHaveLength(7)
  })

  it('DP-17 takes the nonce from every answer', async () => {
    const { fetch, proofs } = nonceServer({ rotates: true })
    const prover = dpop()
    for (let n = 0; n < 3; n++) await sendWith(prover, fetch, new Request(API), 'token')
    expect(proofs.map(({ claims }) => claims['nonce'])).toEqual([undefined, 'n2', 'n3', 'n4'])
  })

  it('CL-15 makes a proof of its own for the place that a redirect leads to', async () => {
    const proofs: Proof[] = []
    const { client, login } = setup()
    const bound = { ...client, dpop: dpop() }
    const api = createFetch(await managerWith(bound, await login()), {
      allow: [API],
      fetch: async (request) => {
        proofs.push(read(request))
        return proofs.length === 1 ? new Response(null, { status: 302, headers: { location: '/b?x=1' } }) : json({})
      },
    })
    await api(`${API}/a`, { method: 'POST', body: 'x' })
    expect(proofs.map(({ claims }) => [claims['htm'], claims['htu']])).toEqual([
      ['POST', `${API}/a`],
      ['GET', `${API}/b`],
    ])
    expect(proofs[0]?.claims['jti']).not.toBe(proofs[1]?.claims['jti'])
  })

  it('DP-17 asks a server that is never content twice and no further', async () => {
    const { fetch, proofs } = nonceServer({ always: true })
    expect((await sendWith(dpop(), fetch, new Request(API), 'token')).status).toBe(401)
    expect(proofs).toHaveLength(2)
  })

  it('DP-17 keeps the nonces of the authorization server and of APIs apart', async () => {
    const { fetch, proofs } = nonceServer()
    const prover = dpop()
    await sendWith(prover, fetch, new Request(API), 'token')
    await sendWith(prover, fetch, new Request('https://auth.example/token', { method: 'POST' }))
    expect(proofs.map(({ claims }) => claims['nonce'])).toEqual([undefined, 'n1', undefined, 'n1'])
  })

  it('lets the next go ahead when the first request of all fails', async () => {
    const { fetch, proofs } = nonceServer()
    let isFirst = true
    const flaky = async (request: Request) => {
      if (!isFirst) return fetch(request)
      isFirst = false
      throw new TypeError('reset')
    }
    const prover = dpop()
    const results = await Promise.allSettled([1, 2, 3].map(() => sendWith(prover, flaky, new Request(API), 'token')))
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled'])
    expect(proofs).toHaveLength(3)
  })

  it('DP-19 never sends the private key, and no proof twice', async () => {
    const proofs: Proof[] = []
    const fetch = async (request: Request) => {
      proofs.push(read(request))
      return new Response()
    }
    const prover = dpop()
    for (let n = 0; n < 100; n++)
      await Promise.all(Array.from({ length: 100 }, () => sendWith(prover, fetch, new Request(API), 'token')))
    expect(new Set(proofs.map(({ claims }) => claims['jti'])).size).toBe(10_000)
    const members = new Set(proofs.flatMap(({ header }) => Object.keys(Object(header['jwk']))))
    expect([...members].sort()).toEqual(['crv', 'kty', 'x', 'y'])
  }, 60_000)

  it('sends the body again, unless it is a stream', async () => {
    const bodies: string[] = []
    const server = nonceServer()
    const fetch = async (request: Request) => {
      bodies.push(await request.clone().text())
      return server.fetch(request)
    }
    const post = () => new Request(API, { method: 'POST', body: 'x' })
    expect((await sendWith(dpop(), fetch, post(), 'token')).status).toBe(200)
    expect((await sendWith(dpop(), fetch, post(), 'token', false)).status).toBe(401)
    expect(bodies).toEqual(['x', 'x', 'x'])
  })

  it('learns how far the clock of a server is ahead, and forgets it when it is right', async () => {
    let ahead = 3600
    const now = 1_700_000_000
    const times: unknown[] = []
    const fetch = async (request: Request) => {
      const { claims } = read(request)
      times.push(Number(claims['iat']) - now)
      const date = new Date((now + ahead) * 1000).toUTCString()
      const isLate = Math.abs(Number(claims['iat']) - now - ahead) > 10
      const challenge = { 'www-authenticate': 'DPoP error="invalid_dpop_proof"' }
      return new Response(null, { status: isLate ? 401 : 200, headers: { date, ...(isLate && challenge) } })
    }
    const prover = dpop({ now: () => now })
    expect((await sendWith(prover, fetch, new Request(API), 'token')).status).toBe(200)
    ahead = 1
    expect((await sendWith(prover, fetch, new Request(API), 'token')).status).toBe(200)
    await sendWith(prover, fetch, new Request(API), 'token')
    expect(times).toEqual([0, 3600, 3600, 0, 0])
  })

  it('does not repeat a request that was refused for another reason, though the nonce is new', async () => {
    let count = 0
    const fetch = async () => json({ error: 'invalid_grant' }, 400, { 'dpop-nonce': `n${++count}` })
    expect((await sendWith(dpop(), fetch, new Request(API, { method: 'POST', body: 'x' }))).status).toBe(400)
    expect(count).toBe(1)
  })

  it('asks for its key once, and again after a failure', async () => {
    let asked = 0
    const key = (): Promise<DpopKey> => (++asked === 1 ? Promise.reject(new Error('no database')) : generateDpopKey())
    const prover = dpop({ key })
    await expect(prover.thumbprint()).rejects.toThrow('no database')
    expect(await prover.thumbprint()).toBe(await prover.thumbprint())
    expect(asked).toBe(2)
  })
})

describe('a client with dpop', () => {
  function bound() {
    const all = setup({ dpop: dpop({ now: () => 1_700_000_000 }) })
    all.server.tokens = { token_type: 'DPoP' }
    return all
  }

  it('binds the login to its key, proves it at the token endpoint, and at the API with the token', async () => {
    const { client, server, login } = bound()
    const thumbprint = await client.dpop?.thumbprint()
    const { url } = await startAuthorization(client, { scope: ['notes:read'] })
    expect(url.searchParams.get('dpop_jkt')).toBe(thumbprint)

    const verifier = createDpopVerifier({ replay: memoryReplay(), now: () => 1_700_000_000 })
    const seen: (string | undefined)[] = []
    const answer = server.override
    server.override = async (request, form) => {
      if (request.url.endsWith('/token')) seen.push((await verifier.verify(request)).thumbprint)
      return answer(request, form) as unknown as Response
    }
    const tokens = await login(['notes:read'])
    expect(tokens.tokenType).toBe('DPoP')
    expect(seen).toEqual([thumbprint])

    const api = createFetch(await managerWith(client, tokens), {
      allow: [API],
      fetch: async (request) => {
        expect(request.headers.get('authorization')).toBe(`DPoP ${tokens.accessToken}`)
        const { claims } = read(request)
        expect(claims).toMatchObject({ htm: 'POST', htu: `${API}/graphql` })
        expect(claims['ath']).toMatch(/^[\w-]{43}$/)
        return json({ ok: true })
      },
    })
    expect((await api(`${API}/graphql?x=1`, { method: 'POST', body: '{}' })).status).toBe(200)
  })

  it('refuses a downgrade to Bearer, at the login and at the refresh', async () => {
    const { server, login, client } = bound()
    const tokens = await login(['notes:read'])
    server.tokens = { token_type: 'Bearer' }
    await expect(login(['notes:read'])).rejects.toMatchObject({
      code: 'invalid_response',
      message: expect.stringContaining('token_type'),
    })
    const manager = await managerWith(client, tokens)
    await expect(manager.get({ refused: tokens.accessToken })).rejects.toMatchObject({ code: 'invalid_response' })
  })

  it('refuses a token of type DPoP when it has no key', async () => {
    const { server, login } = setup()
    server.tokens = { token_type: 'DPoP' }
    await expect(login(['notes:read'])).rejects.toMatchObject({ code: 'invalid_response' })
  })

  it('gets a nonce from the token endpoint in its body', async () => {
    const { server, login } = bound()
    const nonces: unknown[] = []
    server.override = (request) => {
      if (!request.url.endsWith('/token')) return undefined
      const { nonce } = read(request).claims
      nonces.push(nonce)
      return nonce === 'as-1' ? undefined : json({ error: 'use_dpop_nonce' }, 400, { 'dpop-nonce': 'as-1' })
    }
    expect((await login(['notes:read'])).accessToken).toBeTruthy()
    expect(nonces).toEqual([undefined, 'as-1'])
  })

  it('gives the 401 of an API that wants a nonce for a stream, and knows it the next time', async () => {
    const { client, login } = bound()
    const { fetch, proofs } = nonceServer()
    const api = createFetch(await managerWith(client, await login(['notes:read'])), { allow: [API], fetch })
    const stream = () => new Blob(['x']).stream()
    // `duplex` is missing in the types of lib.dom.
    const init = () => ({ method: 'POST', body: stream(), duplex: 'half' }) as RequestInit
    expect((await api(API, init())).status).toBe(401)
    expect((await api(API, init())).status).toBe(200)
    expect(proofs).toHaveLength(2)
  })
})
