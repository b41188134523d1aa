import { describe, expect, it } from 'vitest'
import { parseChallenges } from '../challenge.js'
import { isTokenError, type TokenError } from '../errors.js'
import { AUDIENCE, forge, grant, headerOf, METADATA, NOW, pair, validClaims } from '../testing/fixtures.js'

const { key, issuer, verifier } = await pair()
const jwt = await issuer.issue(grant)

const request = (authorization?: string, url = AUDIENCE) =>
  new Request(url, { method: 'POST', headers: authorization === undefined ? {} : { authorization } })

async function refusal(incoming: Request, demand?: Parameters<typeof verifier.authenticate>[1]): Promise<TokenError> {
  const error: unknown = await verifier.authenticate(incoming, demand).catch((reason: unknown) => reason)
  if (!isTokenError(error)) throw new Error('It was not refused.', { cause: error })
  return error
}

describe('verifier.authenticate', () => {
  it.each(['Bearer', 'bearer', 'BEARER', 'bEaReR'])('BR-01 accepts the scheme spelled %s', async (scheme) => {
    expect((await verifier.authenticate(request(`${scheme} ${jwt}`))).claims.sub).toBe('alice')
    expect((await verifier.authenticate(request(`${scheme}   ${jwt}`))).claims.sub).toBe('alice')
  })

  it('takes headers, url and method of any request', async () => {
    const headers = new Headers({ authorization: `Bearer ${jwt}` })
    expect((await verifier.authenticate({ headers, url: '/graphql', method: 'GET' })).has('notes:read')).toBe(true)
  })

  it('BR-04 answers a request without a token with 401 and a challenge without error', async () => {
    const error = await refusal(request())
    expect(error).toMatchObject({ code: 'missing_token', status: 401 })
    expect(error.headers['www-authenticate']).toBe(`Bearer resource_metadata="${METADATA}"`)
  })

  it('BR-04 answers a bad token with 401 and error="invalid_token"', async () => {
    for (const bad of ['garbage', `${jwt}x`, await forge(key, headerOf(key), { ...validClaims, exp: NOW - 60 })]) {
      const error = await refusal(request(`Bearer ${bad}`))
      expect(error.status).toBe(401)
      const [challenge] = parseChallenges(error.headers['www-authenticate'] ?? null)
      expect(challenge?.parameters).toMatchObject({ error: 'invalid_token', resource_metadata: METADATA })
      expect(challenge?.parameters['error_description']).toMatch(/\.$/)
    }
  })

  it.each(['Basic dXNlcjpwYXNz', 'DPoP eyJ4', 'Negotiate', 'Bearerx abc'])(
    'DP-20 takes no token from another scheme: %s',
    async (authorization) => {
      expect(await refusal(request(authorization))).toMatchObject({ code: 'missing_token', status: 401 })
    },
  )

  it('DP-14 refuses a token that is bound to a key', async () => {
    const bound = await forge(key, headerOf(key), { ...validClaims, cnf: { jkt: 'x' } })
    expect(await refusal(request(`Bearer ${bound}`))).toMatchObject({ code: 'wrong_binding', status: 401 })
  })

  it('BR-02 never uses a token in the query', async () => {
    const error = await refusal(request(undefined, `${AUDIENCE}?access_token=${jwt}`))
    expect(error).toMatchObject({ code: 'missing_token', status: 401 })
  })

  it('BR-03 refuses more than one token with 400 invalid_request', async () => {
    const twice = new Headers()
    twice.append('authorization', `Bearer ${jwt}`)
    twice.append('authorization', `Bearer ${jwt}`)
    const requests = [
      new Request(AUDIENCE, { headers: twice }),
      request(`Bearer ${jwt}, Bearer ${jwt}`),
      request(`Bearer ${jwt}, DPoP ${jwt}`),
      request(`Bearer ${jwt} ${jwt}`),
      request(`Bearer ${jwt}`, `${AUDIENCE}?a=b&access_token=${jwt}`),
      request(`Bearer ${jwt}`, `${AUDIENCE}?access%5Ftoken=${jwt}`),
    ]
    for (const incoming of requests) {
      const error = await refusal(incoming)
      expect(error).toMatchObject({ code: 'invalid_request', status: 400 })
      expect(error.challenges[0]?.parameters['error']).toBe('invalid_request')
    }
  })

  it.each(['Bearer', 'Bearer ', 'Bearer "abc"', 'Bearer a=b', 'Bearer a,b', ':', 'Bearer:x', 'Bearer\tx'])(
    'answers a header that does not follow the grammar with 400: %j',
    async (authorization) => {
      expect(await refusal(request(authorization))).toMatchObject({ code: 'invalid_request', status: 400 })
    },
  )

  it('BR-05 answers 403 with all the scope that the request needs, in one challenge', async () => {
    const error = await refusal(request(`Bearer ${jwt}`), { scope: ['notes:read', 'admin'] })
    expect(error).toMatchObject({ code: 'insufficient_scope', status: 403 })
    const challenges = parseChallenges(error.headers['www-authenticate'] ?? null)
    expect(challenges).toHaveLength(1)
    expect(challenges[0]?.parameters).toMatchObject({
      error: 'insufficient_scope',
      scope: 'notes:read admin',
      resource_metadata: METADATA,
    })
  })

  it('BR-07 names the scope needed beside the metadata when there is no token', async () => {
    const error = await refusal(request(), { scope: ['notes:read'] })
    expect(error.challenges[0]?.parameters).toEqual({ scope: 'notes:read', resource_metadata: METADATA })
  })

  it('counts implied scope towards what is needed', async () => {
    expect(await verifier.authenticate(request(`Bearer ${jwt}`), { scope: ['notes:read'] })).toBeDefined()
  })
})
