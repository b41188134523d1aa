import { describe, expect, it } from 'vitest'
import { bearerChallenge } from './challenge.js'
import { isTokenError, TokenError } from './errors.js'

describe('TokenError', () => {
  it.each([
    ['missing_token', 401],
    ['invalid_request', 400],
    ['expired', 401],
    ['revoked', 401],
    ['invalid_dpop_proof', 401],
    ['use_dpop_nonce', 401],
    ['insufficient_user_authentication', 401],
    ['insufficient_scope', 403],
    ['temporarily_unavailable', 503],
    ['keys_unavailable', 503],
  ] as const)('%s answers with status %i', (code, status) => {
    expect(new TokenError(code)).toMatchObject({ code, status, name: 'TokenError' })
    expect(new TokenError(code).message).toMatch(/^[A-Z].*\.$/)
  })

  it('gives the headers of its response', () => {
    const refused = new TokenError('expired', { challenges: [bearerChallenge({ error: 'invalid_token' })] })
    expect(refused.headers).toEqual({ 'cache-control': 'no-store', 'www-authenticate': 'Bearer error="invalid_token"' })
    const atTokenEndpoint = new TokenError('use_dpop_nonce', { status: 400, dpopNonce: 'n' })
    expect(atTokenEndpoint).toMatchObject({ status: 400, challenges: [] })
    expect(atTokenEndpoint.headers).toEqual({ 'cache-control': 'no-store', 'dpop-nonce': 'n' })
    const later = new TokenError('keys_unavailable', { retryAfter: 3.2 })
    expect(later.headers).toEqual({ 'cache-control': 'no-store', 'retry-after': '4' })
  })
})

describe('isTokenError', () => {
  it('recognises an error of another copy of the package, and nothing else', async () => {
    const copy: typeof import('./errors.js') = await import(/* @vite-ignore */ `./errors.js?copy=${1}`)
    expect(copy.TokenError).not.toBe(TokenError)
    expect(isTokenError(new copy.TokenError('expired'))).toBe(true)
    expect([new Error('no'), { code: 'expired' }, 'expired', null, undefined].some(isTokenError)).toBe(false)
  })
})
