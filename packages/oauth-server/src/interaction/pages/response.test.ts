import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pageResponse } from './response.js'
import { STYLE_HASH } from './style.js'

const policyOf = (formAction: readonly string[]) =>
  pageResponse('', { formAction }).headers.get('content-security-policy')
const formActionOf = (formAction: readonly string[]) => /form-action ([^;]*)/.exec(policyOf(formAction) ?? '')?.[1]

describe('pageResponse', () => {
  it('AZ-23 forbids scripts, frames, caches and referrers', async () => {
    const response = pageResponse('<!doctype html>', { status: 401 })
    expect(response.status).toBe(401)
    expect(await response.text()).toBe('<!doctype html>')
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': `default-src 'none'; style-src '${STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
    })
  })

  it('adds cookies, and lets no header weaken the page', () => {
    const headers = new Headers({ 'cache-control': 'public', 'content-security-policy': 'default-src *' })
    headers.append('set-cookie', 'a=1')
    headers.append('set-cookie', 'b=2')
    const response = pageResponse('', { headers })
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  it.each([
    [['https://app.example/cb?x=1'], "'self' https://app.example"],
    [['http://127.0.0.1:4000/', 'http://127.0.0.1:4000/other'], "'self' http://127.0.0.1:4000"],
    [['com.example.app:/cb'], "'self' com.example.app:"],
    [['http://[::1]:8080/cb'], "'self' http:"],
    [['not a uri'], "'self'"],
  ])('lets the form’s answer lead to %j', (formAction, expected) => {
    expect(formActionOf(formAction)).toBe(expected)
  })

  it('AZ-28 lets no redirect URI write into the policy', () => {
    const uris = fc.oneof(
      fc.webUrl(),
      fc.string({ unit: 'binary' }),
      fc.string().map((text) => `https://a.example${text}`),
    )
    fc.assert(
      fc.property(uris, (uri) => {
        expect(policyOf([uri])?.split(';')).toHaveLength(5)
        expect(formActionOf([uri])).toMatch(/^'self'( [a-z][a-z0-9+.-]*:(\/\/[\w.-]+(:\d+)?)?)?$/)
      }),
    )
  })
})
