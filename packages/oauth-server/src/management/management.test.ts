import { describe, expect, it } from 'vitest'
import {
  authorizeAs,
  authorizeUrl,
  createHarness,
  type Harness,
  ISSUER,
  refresh,
  signIn,
  verify,
  web,
} from '../testing/harness.js'

const lastOf = (harness: Harness, name: string) =>
  harness.events.filter((event) => event.name === name).map(({ event }) => event)

async function signedIn(harness: Harness, username = 'alice') {
  const browser = harness.browser()
  await authorizeAs(browser, {}, username)
  const isSignedIn = async () =>
    !(await browser.open(authorizeUrl({ prompt: 'none' }))).location?.includes('login_required')
  return { browser, isSignedIn }
}

describe('server.sessions', () => {
  it('lists the browsers of a subject, the newest first, without what would sign anybody in', async () => {
    const harness = await createHarness()
    await signedIn(harness)
    harness.clock.now += 60
    await signedIn(harness)
    await signedIn(harness, 'bob')
    const [newest, ...others] = await harness.server.sessions.list('alice')
    expect(others).toHaveLength(1)
    expect(newest).toEqual({
      id: expect.any(String),
      subject: 'alice',
      name: undefined,
      authTime: harness.clock.now,
      acr: undefined,
      amr: undefined,
      expiresAt: harness.clock.now + 86_400,
    })
    expect(await harness.server.sessions.list('alice', { limit: 1 })).toEqual([newest])
    harness.clock.now += 86_400
    expect(await harness.server.sessions.list('alice')).toEqual([])
  })

  it('ends one browser and no other, for its own subject only, and says why', async () => {
    const harness = await createHarness()
    const phone = await signedIn(harness)
    harness.clock.now += 60
    const laptop = await signedIn(harness)
    const [newest] = await harness.server.sessions.list('alice')
    const id = newest?.id ?? ''
    expect(await harness.server.sessions.revoke('bob', id)).toBe(false)
    expect(await harness.server.sessions.revoke('alice', id)).toBe(true)
    expect(await harness.server.sessions.revoke('alice', id)).toBe(false)
    expect([await phone.isSignedIn(), await laptop.isSignedIn()]).toEqual([true, false])
    expect(lastOf(harness, 'session.ended')).toEqual([{ subject: 'alice', sessionId: id, reason: 'operator_request' }])
  })

  it('ends all browsers of a subject, and leaves what applications got', async () => {
    const harness = await createHarness()
    const tokens = await signIn(harness)
    const bob = await signedIn(harness, 'bob')
    expect(await harness.server.sessions.revokeAll('alice')).toHaveLength(1)
    expect(await bob.isSignedIn()).toBe(true)
    expect((await refresh(harness.server, tokens['refresh_token'])).status).toBe(200)
  })
})

describe('server.grants', () => {
  it('P5 ends one grant and no other, and says why', async () => {
    const harness = await createHarness()
    const phone = await signIn(harness)
    harness.clock.now += 60
    const laptop = await signIn(harness)
    const [newest, ...others] = await harness.server.grants.list('alice')
    expect([newest?.clientId, others.length]).toEqual(['web', 1])
    expect(await harness.server.grants.revoke(newest?.id ?? '')).toBe(true)
    expect(await harness.server.grants.revoke(newest?.id ?? '')).toBe(false)
    expect(await harness.server.grants.revoke('unknown')).toBe(false)
    await expect(verify(harness, laptop['access_token'])).rejects.toMatchObject({ code: 'revoked' })
    expect((await verify(harness, phone['access_token'])).claims.sub).toBe('alice')
    expect(lastOf(harness, 'grant.revoked')).toEqual([
      { grantId: newest?.id, clientId: 'web', reason: 'operator_request' },
    ])
  })

  it('ends all grants of a subject, or those of one client; consent stays remembered', async () => {
    const harness = await createHarness()
    const tokens = await signIn(harness)
    const bobs = await signIn(harness, {}, 'bob')
    expect(await harness.server.grants.revokeAll('alice', { clientId: 'native' })).toEqual([])
    expect(await harness.server.grants.revokeAll('alice')).toHaveLength(1)
    expect(lastOf(harness, 'grant.revoked')).toMatchObject([{ clientId: 'web', reason: 'operator_request' }])
    expect((await refresh(harness.server, tokens['refresh_token'])).status).toBe(400)
    expect((await refresh(harness.server, bobs['refresh_token'])).status).toBe(200)
    expect(await harness.store.findConsent('alice', 'web')).toBeDefined()
  })

  it('forgets a client: its grants end and it has to ask anew', async () => {
    const harness = await createHarness({ clients: [web] })
    const { browser } = await signedIn(harness)
    expect(await harness.server.grants.forget('alice', 'web')).toHaveLength(1)
    expect((await browser.open(authorizeUrl())).text).toContain('value="allow"')
    expect(lastOf(harness, 'consent.revoked')).toEqual([
      { clientId: 'web', subject: 'alice', reason: 'operator_request' },
    ])
  })
})

describe('server.isEndpoint', () => {
  it.each([
    [`${ISSUER}/authorize?client_id=web`, true],
    ['/token', true],
    ['/.well-known/openid-configuration', true],
    ['/tokens', false],
    ['/', false],
    ['//evil.example/token', false],
    [`${ISSUER}`, false],
  ])('%s: %s', async (url, expected) => {
    expect((await createHarness()).server.isEndpoint(url)).toBe(expected)
  })

  it('knows where an issuer with a path has its endpoints and its metadata', async () => {
    const { server } = await createHarness({ issuer: `${ISSUER}/auth` })
    expect(
      ['/auth/token', '/.well-known/oauth-authorization-server/auth', '/token', '/auth'].map(server.isEndpoint),
    ).toEqual([true, true, false, false])
  })
})
