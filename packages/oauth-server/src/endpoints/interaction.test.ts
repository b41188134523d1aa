import { describe, expect, it } from 'vitest'
import type { LoginResult } from '../config/login.js'
import { createBrowser, type Page } from '../testing/browser.js'
import {
  API,
  type AuthorizationParameters,
  authorizeAs,
  authorizeUrl,
  claimsOf,
  createHarness,
  FILES,
  type Harness,
  ISSUER,
  native,
  redeem,
  web,
} from '../testing/harness.js'

const ALICE = { username: 'alice', password: 'wonderland' }

async function openSignIn(harness: Harness, changes: AuthorizationParameters = {}) {
  const browser = harness.browser()
  return { browser, page: await browser.open(authorizeUrl(changes)) }
}

async function openConsent(harness: Harness, changes: AuthorizationParameters = {}) {
  const { browser, page } = await openSignIn(harness, changes)
  return { browser, page: await browser.submit(page, ALICE) }
}

const answerOf = (location: string | undefined) => new URL(location ?? `${ISSUER}/none`).searchParams

describe('sign-in', () => {
  it('shows client and host, and keeps what was typed after a wrong password', async () => {
    const harness = await createHarness()
    const { browser, page } = await openSignIn(harness)
    expect(page.text).toContain('Notes')
    expect(page.text).toContain('app.example')
    const again = await browser.submit(page, { username: 'alice', password: 'wrong' })
    expect(again.status).toBe(200)
    expect(again.text).toContain('value="alice"')
    expect(again.text).toContain('role="alert"')
    expect(again.text).not.toContain('wrong"')
    expect(browser.cookies.has('__Host-scopewise-session')).toBe(false)
    expect((await browser.submit(again, ALICE)).text).toContain('value="allow"')
    expect(harness.events.map(({ name }) => name)).toEqual(['login.failed', 'login.succeeded'])
  })

  it('answers the same for a user that does not exist', async () => {
    const harness = await createHarness()
    const { browser, page } = await openSignIn(harness)
    const known = await browser.submit(page, { username: 'alice', password: 'wrong' })
    const unknown = await browser.submit(page, { username: 'nobody', password: 'wrong' })
    expect(unknown.text.replaceAll('nobody', 'alice')).toBe(known.text)
  })

  it('AZ-39 prefills the login_hint, and no URL of ours holds it', async () => {
    const { browser, page } = await openSignIn(await createHarness(), { login_hint: 'alice@example.com' })
    expect(page.text).toContain('value="alice@example.com"')
    const consent = await browser.submit(page, ALICE)
    expect((await browser.submit(consent, { decision: 'allow' })).location).toContain('code=')
    expect(browser.visited.length).toBeGreaterThan(4)
    expect(browser.visited.slice(1).join()).not.toContain('alice')
  })

  it('AZ-28 escapes everything that came with the request', async () => {
    const { page } = await openSignIn(await createHarness(), {
      login_hint: '"><script>alert(1)</script>',
      ui_locales: '"><script>',
    })
    expect(page.text).not.toContain('<script')
  })

  it('speaks the language of ui_locales', async () => {
    expect((await openSignIn(await createHarness(), { ui_locales: 'de-AT' })).page.text).toContain('lang="de"')
  })

  it('AZ-23 AZ-24 ATT-056 sends every page with all that keeps it to itself', async () => {
    const harness = await createHarness()
    const consent = await openConsent(harness)
    const pages = [
      (await openSignIn(harness)).page,
      consent.page,
      await consent.browser.open(`${ISSUER}/interaction?state=x`),
      await consent.browser.open(`${ISSUER}/end-session`),
    ]
    for (const { headers } of pages) {
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
      expect(headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('cache-control')).toBe('no-store')
    }
    expect(consent.page.headers.get('content-security-policy')).toContain('https://app.example')
  })

  it('OP-05 sets host-only cookies that scripts and other sites do not get', async () => {
    const { browser } = await openConsent(await createHarness())
    expect(browser.setCookies.length).toBeGreaterThan(1)
    for (const cookie of browser.setCookies) {
      expect(cookie).toMatch(
        /^__Host-scopewise-(session|interaction|known)=[A-Za-z0-9_.-]{43,}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/,
      )
    }
  })

  it('OP-05 sets unprefixed cookies on an http loopback issuer, and only there', async () => {
    const harness = await createHarness({ issuer: 'http://localhost:4000' })
    const browser = harness.browser()
    await authorizeAs(browser)
    expect([...browser.cookies.keys()].sort()).toEqual([
      'scopewise-interaction-loopback',
      'scopewise-known-loopback',
      'scopewise-session-loopback',
    ])
  })

  it('AZ-37 ATT-050 begins a session under a new identifier, and the one before is dead', async () => {
    const harness = await createHarness()
    const browser = harness.browser()
    browser.cookies.set('__Host-scopewise-session', 'f'.repeat(43))
    await authorizeAs(browser)
    const first = browser.cookies.get('__Host-scopewise-session') ?? ''
    expect(first).not.toBe('f'.repeat(43))
    await authorizeAs(browser, { prompt: 'login' })
    expect(browser.cookies.get('__Host-scopewise-session')).not.toBe(first)
    const thief = harness.browser()
    thief.cookies.set('__Host-scopewise-session', first)
    expect(answerOf((await thief.open(authorizeUrl({ prompt: 'none' }))).location).get('error')).toBe('login_required')
  })

  it('ends a session after its lifetime', async () => {
    const harness = await createHarness()
    const browser = harness.browser()
    await authorizeAs(browser)
    harness.clock.now += 86_400
    expect(answerOf((await browser.open(authorizeUrl({ prompt: 'none' }))).location).get('error')).toBe(
      'login_required',
    )
  })

  it('AZ-30 asks again for prompt=login and for an age that is reached', async () => {
    const harness = await createHarness()
    const browser = harness.browser()
    await authorizeAs(browser)
    const shows = async (changes: AuthorizationParameters) =>
      (await browser.open(authorizeUrl(changes))).text.includes('name="password"')
    expect(await shows({ prompt: 'login' })).toBe(true)
    expect(await shows({ max_age: '0' })).toBe(true)
    expect(await shows({ max_age: '2' })).toBe(false)
    harness.clock.now += 2
    expect(await shows({ max_age: '1' })).toBe(true)
    const answer = await authorizeAs(browser, { max_age: '1' })
    const { body } = await redeem(harness.server, answer.get('code'))
    expect(claimsOf(body['id_token'])['auth_time']).toBe(harness.clock.now)
  })

  it('AZ-30 finishes max_age=0 although the clock goes on after the sign-in', async () => {
    const harness = await createHarness()
    const browser = harness.browser()
    const page = await browser.submit(await browser.open(authorizeUrl({ max_age: '0' })), ALICE)
    harness.clock.now += 5
    expect(answerOf((await browser.submit(page, { decision: 'allow' })).location).has('code')).toBe(true)
  })

  it('uses an id_token_hint that it signed, and asks when somebody else is signed in', async () => {
    const harness = await createHarness()
    const browser = harness.browser()
    const { body } = await redeem(harness.server, (await authorizeAs(browser)).get('code'))
    const hint = body['id_token'] ?? ''
    expect(
      answerOf((await browser.open(authorizeUrl({ prompt: 'none', id_token_hint: hint }))).location).has('code'),
    ).toBe(true)
    const other = harness.browser()
    await authorizeAs(other, {}, 'bob')
    expect(
      answerOf((await other.open(authorizeUrl({ prompt: 'none', id_token_hint: hint }))).location).get('error'),
    ).toBe('login_required')
    const page = await other.open(authorizeUrl({ id_token_hint: hint }))
    const stillBob = await other.submit(page, { username: 'bob', password: 'builder' })
    expect(answerOf(stillBob.location).get('error')).toBe('login_required')
  })
})

describe('id_token_hint', () => {
  it('counts only for the client that it was issued to', async () => {
    const harness = await createHarness({ clients: [web, { ...web, clientId: 'other' }] })
    const browser = harness.browser()
    const { body } = await redeem(harness.server, (await authorizeAs(browser)).get('code'))
    const { location } = await browser.open(authorizeUrl({ client_id: 'other', id_token_hint: body['id_token'] }))
    expect(answerOf(location).get('error')).toBe('invalid_request')
  })
})

describe('login callback', () => {
  const now = 1_800_000_000
  it.each<[string, Partial<LoginResult> & { subject: string }, AuthorizationParameters, string]>([
    ['an empty subject', { subject: '' }, {}, 'login_required'],
    ['a subject of 256 characters', { subject: 'x'.repeat(256) }, {}, 'login_required'],
    ['a subject that is not ASCII', { subject: 'älice' }, {}, 'login_required'],
    ['a subject that is a clientId', { subject: 'service' }, {}, 'login_required'],
    ['an authTime in the future', { subject: 'alice', authTime: now + 10 }, {}, 'login_required'],
    ['an authTime that is no instant', { subject: 'alice', authTime: Number.NaN }, {}, 'login_required'],
    [
      'an old authTime for prompt=login',
      { subject: 'alice', authTime: now - 100 },
      { prompt: 'login' },
      'login_required',
    ],
    ['an authTime older than max_age', { subject: 'alice', authTime: now - 100 }, { max_age: '50' }, 'login_required'],
    [
      'another acr than the one asked for',
      { subject: 'alice', acr: 'bronze' },
      { acr_values: 'gold' },
      'unmet_authentication_requirements',
    ],
  ])('AZ-40 %s ends the request, without a code and without a loop', async (_name, result, changes, error) => {
    const harness = await createHarness({ login: () => result, acrValues: ['bronze', 'gold'] })
    const browser = harness.browser()
    const page = await browser.open(authorizeUrl(changes))
    expect(answerOf(page.location).get('error')).toBe(error)
    expect(browser.visited).toHaveLength(2)
    expect(browser.cookies.has('__Host-scopewise-session')).toBe(false)
  })

  it('AZ-40 another account has to sign in after it was asked for', async () => {
    let result: LoginResult = { subject: 'alice' }
    const harness = await createHarness({ login: () => result })
    const browser = harness.browser()
    const consent = await browser.open(authorizeUrl())
    harness.clock.now += 60
    result = { subject: 'bob', authTime: harness.clock.now - 30 }
    const page = await browser.submit(consent, { decision: 'switch' })
    expect(answerOf(page.location).get('error')).toBe('login_required')
  })

  it('SU-02 a login that reaches what was asked for stands in the tokens', async () => {
    const harness = await createHarness({
      login: ({ acrValues }) => ({ subject: 'alice', acr: acrValues[0] ?? 'bronze', amr: ['otp'] }),
      acrValues: ['bronze', 'gold'],
    })
    const browser = harness.browser()
    await authorizeAs(browser)
    const { body } = await redeem(harness.server, (await authorizeAs(browser, { acr_values: 'gold' })).get('code'))
    expect(claimsOf(body['id_token'])).toMatchObject({ acr: 'gold', amr: ['otp'], auth_time: now })
    expect(claimsOf(body['access_token'])).toMatchObject({ acr: 'gold', auth_time: now })
  })

  it('SU-02 is called again with what is missing and who is signed in', async () => {
    const asked: object[] = []
    const harness = await createHarness({
      login: ({ reason, acrValues, maxAge, session }) => {
        asked.push({ reason, acrValues, maxAge, session })
        return { subject: 'alice', acr: acrValues[0] ?? 'bronze', amr: ['pwd'] }
      },
      acrValues: ['bronze', 'gold'],
    })
    const browser = harness.browser()
    await authorizeAs(browser)
    await authorizeAs(browser, { acr_values: 'gold' })
    harness.clock.now += 100
    await authorizeAs(browser, { max_age: '50' })
    const session = { subject: 'alice', authTime: now, acr: 'bronze', amr: ['pwd'] }
    expect(asked).toEqual([
      { reason: 'no_session', acrValues: [], maxAge: undefined, session: undefined },
      { reason: 'acr', acrValues: ['gold'], maxAge: undefined, session },
      { reason: 'max_age', acrValues: [], maxAge: 50, session: { ...session, acr: 'gold' } },
    ])
  })

  it('SU-02 an acr that nothing here can reach is not asked for, and the token truthfully lacks it', async () => {
    const harness = await createHarness({ login: () => ({ subject: 'alice', acr: 'bronze' }), acrValues: ['bronze'] })
    const answer = await authorizeAs(harness.browser(), { acr_values: 'platinum' })
    const { body } = await redeem(harness.server, answer.get('code'))
    expect(claimsOf(body['access_token'])['acr']).toBe('bronze')
  })

  it('AZ-36 ATT-047 gives no code while its second step is pending', async () => {
    const harness = await createHarness({
      login: ({ form, request, page }) => {
        const isHalfWay = request.headers.get('cookie')?.includes('half=alice')
        if (form?.has('otp') && isHalfWay) return { subject: 'alice', acr: 'gold', amr: ['pwd', 'otp'] }
        if (!form?.has('password')) return page.show()
        const state = page.hidden['state'] ?? ''
        const otp = `<form method="post" action="${page.action}"><input type="hidden" name="state" value="${state}"><input name="otp"></form>`
        return new Response(otp, { headers: { 'set-cookie': 'half=alice; Path=/; HttpOnly' } })
      },
    })
    const { browser, page } = await openSignIn(harness)
    const second = await browser.submit(page, ALICE)
    expect(second.text).toContain('name="otp"')
    for (const changes of [{}, { prompt: 'none' }, { prompt: 'consent' }]) {
      const again = await browser.open(authorizeUrl(changes))
      expect(again.location ?? '').not.toContain('code=')
      expect(again.text).not.toContain('value="allow"')
    }
    expect(browser.cookies.has('__Host-scopewise-session')).toBe(false)
    // An answer to the consent that was never shown does not help either.
    expect((await browser.submit(second, { decision: 'allow' })).location).toBeUndefined()
    expect((await browser.submit(second, { otp: '123456' })).text).toContain('value="allow"')
  })

  it('ATT-053 two subjects are two accounts, whatever name or e-mail address they share', async () => {
    let subject = 'local|1'
    const harness = await createHarness({ login: () => ({ subject, name: 'victim@example.org' }) })
    await authorizeAs(harness.browser())
    subject = 'idp|attacker'
    const browser = harness.browser()
    const page = await browser.open(authorizeUrl())
    expect(page.text).toContain('value="allow"')
    const answer = answerOf((await browser.submit(page, { decision: 'allow' })).location)
    const { body } = await redeem(harness.server, answer.get('code'))
    expect(claimsOf(body['id_token'])['sub']).toBe('idp|attacker')
    expect(await harness.server.grants.list('local|1')).toHaveLength(1)
  })

  it('may answer with a page of its own, and is called again where that leads back', async () => {
    let resumeUrl = ''
    let calls = 0
    const harness = await createHarness({
      login: (context) => {
        calls++
        resumeUrl = context.resumeUrl
        return calls === 1
          ? new Response(null, { status: 303, headers: { location: 'https://idp.example/' } })
          : { subject: 'alice' }
      },
    })
    const browser = harness.browser()
    expect((await browser.open(authorizeUrl())).location).toBe('https://idp.example/')
    expect((await browser.open(resumeUrl)).text).toContain('value="allow"')
  })

  it.each([[undefined], ['alice'], [{ id: 'alice' }], [{ subject: 42 }]])(
    'a login that answers %j ends with the error page, and the events say what is missing',
    async (answer) => {
      // What a program without types could answer.
      const harness = await createHarness({ login: () => answer as never })
      const page = await harness.browser().open(authorizeUrl())
      expect([page.status, page.location]).toEqual([500, undefined])
      expect(harness.events.map(({ event }) => ('cause' in event ? String(event.cause) : ''))).toEqual([
        'OAuthError: login: has to answer with { subject }, which is a string, or with a Response.',
      ])
    },
  )

  it('that throws gives a page with 500 and an event, and says nothing else', async () => {
    const harness = await createHarness({ login: () => Promise.reject(new Error('secret detail')) })
    const page = await harness.browser().open(authorizeUrl())
    expect(page.status).toBe(500)
    expect(page.text).not.toContain('secret detail')
    expect(harness.events.map(({ name }) => name)).toContain('error')
  })
})

describe('consent', () => {
  it('AZ-26 shows client, host, account and every scope in the user’s words', async () => {
    const { page } = await openConsent(await createHarness(), { scope: 'openid notes:write offline_access' })
    for (const text of ['Notes', 'app.example', 'alice', 'Change your notes', 'Stay connected', 'Confirm who you are'])
      expect(page.text).toContain(text)
  })

  it('is remembered, and only what is new is marked later', async () => {
    const harness = await createHarness()
    const browser = harness.browser()
    await authorizeAs(browser, { scope: 'openid notes:read' })
    expect(answerOf((await browser.open(authorizeUrl({ scope: 'openid notes:read' }))).location).has('code')).toBe(true)
    expect(
      answerOf((await browser.open(authorizeUrl({ scope: 'notes:read', prompt: 'none' }))).location).has('code'),
    ).toBe(true)
    const more = await browser.open(authorizeUrl({ scope: 'openid notes:read admin' }))
    expect(more.text).toMatch(/Everything<\/bdi> <span class="new">/)
    expect(more.text).not.toMatch(/Read your notes<\/bdi> <span class="new">/)
    expect(answerOf((await browser.open(authorizeUrl({ scope: 'admin', prompt: 'none' }))).location).get('error')).toBe(
      'consent_required',
    )
    expect((await browser.open(authorizeUrl({ scope: 'notes:read', prompt: 'consent' }))).text).toContain(
      'value="allow"',
    )
    expect((await browser.open(authorizeUrl({ scope: 'notes:read', prompt: 'select_account' }))).text).toContain(
      'value="switch"',
    )
  })

  it('of one user says nothing about another', async () => {
    const harness = await createHarness()
    await authorizeAs(harness.browser())
    const { browser, page } = await openSignIn(harness)
    expect((await browser.submit(page, { username: 'bob', password: 'builder' })).text).toContain('value="allow"')
  })

  it('AZ-25 is asked of native clients each time', async () => {
    const harness = await createHarness({ clients: [native] })
    const browser = harness.browser()
    const request = { client_id: 'native', redirect_uri: 'http://127.0.0.1:51004/cb', scope: 'notes:read' }
    await authorizeAs(browser, request)
    const again = await browser.open(authorizeUrl(request))
    expect(again.text).toContain('value="allow"')
    // Somebody vouches for it, so it is not warned of.
    expect(again.text).not.toContain('any program here can claim')
    expect(answerOf((await browser.open(authorizeUrl({ ...request, prompt: 'none' }))).location).get('error')).toBe(
      'consent_required',
    )
  })

  it('ATT-057 of a look-alike is asked each time, and shows where the answer goes', async () => {
    const lookAlike = { ...native, clientId: 'look-alike', name: 'Notes', redirectUris: ['http://127.0.0.1/cb'] }
    const harness = await createHarness({ clients: [web, lookAlike] })
    const browser = harness.browser()
    await authorizeAs(browser, { scope: 'notes:read' })
    const request = { client_id: 'look-alike', redirect_uri: 'http://127.0.0.1:999/cb', scope: 'notes:read' }
    for (let time = 0; time < 2; time++) {
      const page = await browser.open(authorizeUrl(request))
      expect(page.text).toContain('<bdi>127.0.0.1:999</bdi>')
      expect(page.text).not.toContain('app.example')
      expect((await browser.submit(page, { decision: 'allow' })).location).toContain('code=')
    }
    const silent = await browser.open(authorizeUrl({ ...request, prompt: 'none' }))
    expect(answerOf(silent.location).get('error')).toBe('consent_required')
  })

  it('that is denied tells the client so, once', async () => {
    const harness = await createHarness()
    const { browser, page } = await openConsent(harness)
    const answer = answerOf((await browser.submit(page, { decision: 'deny' })).location)
    expect([answer.get('error'), answer.get('state'), answer.get('iss')]).toEqual(['access_denied', 'state', ISSUER])
    for (const decision of ['allow', 'deny'])
      expect((await browser.submit(page, { decision })).location).toBeUndefined()
    expect(harness.events.filter(({ name }) => name === 'consent.denied')).toHaveLength(1)
  })

  it('AZ-43 offers what this account may grant, lists the rest, and gives no more than that', async () => {
    const harness = await createHarness({
      allow: ({ subject, requested }) => requested.filter((value) => subject === 'bob' || value !== 'admin'),
    })
    const { browser, page } = await openConsent(harness, { scope: 'openid notes:read admin' })
    expect(page.text).toMatch(/class="refused">[\s\S]*Everything/)
    const answer = answerOf((await browser.submit(page, { decision: 'allow' })).location)
    expect((await redeem(harness.server, answer.get('code'))).body['scope']).toBe('openid notes:read')
    expect((await browser.open(authorizeUrl({ scope: 'openid notes:read admin' }))).text).toContain('value="switch"')
    const silent = answerOf(
      (await browser.open(authorizeUrl({ scope: 'openid notes:read admin', prompt: 'none' }))).location,
    )
    expect((await redeem(harness.server, silent.get('code'))).body['scope']).toBe('openid notes:read')
  })

  it('AZ-43 gives no more than was shown, though the policy has widened meanwhile', async () => {
    let rights = ['notes:read']
    const harness = await createHarness({
      allow: ({ requested }) => requested.filter((value) => rights.includes(value)),
    })
    const { browser, page } = await openConsent(harness, { scope: 'notes:read admin' })
    rights = ['notes:read', 'admin']
    const answer = answerOf((await browser.submit(page, { decision: 'allow' })).location)
    expect((await redeem(harness.server, answer.get('code'))).body['scope']).toBe('notes:read')
  })

  it('AZ-43 what the policy says about one API opens nothing of another', async () => {
    const harness = await createHarness({
      resources: { [API]: ['notes:read'], [FILES]: ['files:read'] },
      allow: ({ resource }) => (resource === API ? ['notes:read', 'files:read'] : []),
    })
    const url = `${authorizeUrl({ scope: 'notes:read files:read', resource: API })}&resource=${encodeURIComponent(FILES)}`
    const browser = harness.browser()
    const page = await browser.submit(await browser.open(url), ALICE)
    expect(page.text).toMatch(/class="refused">[\s\S]*Read your files/)
    const answer = answerOf((await browser.submit(page, { decision: 'allow' })).location)
    expect((await redeem(harness.server, answer.get('code'))).body['scope']).toBe('notes:read')
  })

  it('is not gone through by a link preview', async () => {
    const harness = await createHarness()
    const browser = harness.browser()
    await authorizeAs(browser)
    expect((await browser.request(authorizeUrl(), { method: 'HEAD' })).status).toBe(405)
  })

  it('AZ-43 of an account that may grant nothing can only be denied or given to another account', async () => {
    const harness = await createHarness({ allow: () => [] })
    const { browser, page } = await openConsent(harness, { scope: 'admin' })
    expect(page.text).not.toContain('value="allow"')
    expect((await browser.submit(page, { decision: 'allow' })).location).toBeUndefined()
    expect(answerOf((await browser.open(authorizeUrl({ scope: 'admin', prompt: 'none' }))).location).get('error')).toBe(
      'access_denied',
    )
  })

  it('goes on with another account, and only that one is granted for', async () => {
    const harness = await createHarness()
    const { browser, page } = await openConsent(harness)
    const signIn = await browser.submit(page, { decision: 'switch' })
    expect(signIn.text).toContain('name="password"')
    const asBob = await browser.submit(signIn, { username: 'bob', password: 'builder' })
    expect(asBob.text).toContain('bob')
    const answer = answerOf((await browser.submit(asBob, { decision: 'allow' })).location)
    expect(claimsOf((await redeem(harness.server, answer.get('code'))).body['id_token'])['sub']).toBe('bob')
    expect((await browser.submit(page, { decision: 'allow' })).location).toBeUndefined()
  })

  it.each<[string, (fields: Map<string, string>) => void]>([
    ['without its ticket', (fields) => fields.delete('ticket')],
    ['with a foreign ticket', (fields) => fields.set('ticket', 'A'.repeat(43))],
    ['with more scope than was shown', (fields) => fields.set('shown', 'openid offline_access notes:read admin')],
  ])('AZ-27 refuses a form %s', async (_name, change) => {
    const { browser, page } = await openConsent(await createHarness())
    const fields = new Map(page.form?.fields)
    change(fields)
    const answer = await browser.submit(
      { ...page, form: { action: page.form?.action ?? '', fields } },
      { decision: 'allow' },
    )
    expect([answer.status, answer.location]).toEqual([403, undefined])
  })

  it('AZ-27 refuses a form under another session, from another browser, and from another site', async () => {
    const harness = await createHarness()
    const { browser, page } = await openConsent(harness)
    const crossSite = await browser.submit(page, { decision: 'allow' }, { 'sec-fetch-site': 'cross-site' })
    expect([crossSite.status, crossSite.location]).toEqual([403, undefined])

    const other = harness.browser()
    await authorizeAs(other, {}, 'bob')
    for (const cookies of [
      other.cookies,
      new Map([
        ...other.cookies,
        ['__Host-scopewise-interaction', browser.cookies.get('__Host-scopewise-interaction') ?? ''],
      ]),
    ]) {
      const attacker = createBrowser(harness.server.fetch, ISSUER)
      for (const [name, value] of cookies) attacker.cookies.set(name, value)
      const attempt = await attacker.submit(page, { decision: 'allow' })
      expect([attempt.status, attempt.location]).toEqual([403, undefined])
    }
    expect((await harness.browser().submit(page, { decision: 'allow' })).status).toBe(403)
  })

  it('AZ-27 refuses a form with the ticket that the same session got for another request', async () => {
    const harness = await createHarness()
    const { browser, page } = await openConsent(harness)
    const other = await browser.open(authorizeUrl({ state: 'another request' }))
    const fields = new Map([...(page.form?.fields ?? []), ['ticket', other.form?.fields.get('ticket') ?? ''] as const])
    const spliced = { ...page, form: { action: page.form?.action ?? '', fields } }
    const answer = await browser.submit(spliced, { decision: 'allow' })
    expect([answer.status, answer.location]).toEqual([403, undefined])
    expect((await browser.submit(page, { decision: 'allow' })).location).toContain('code=')
  })

  it('AZ-38 is completed once: of two forms in parallel one gives a code, and a copied URL gives none', async () => {
    const harness = await createHarness()
    const { browser, page } = await openConsent(harness)
    const answers = await Promise.all([1, 2].map(() => browser.submit(page, { decision: 'allow' })))
    expect(answers.filter(({ location }) => location?.includes('code=')).length).toBe(1)
    expect(answers.filter(({ status }) => status === 400).length).toBe(1)
    expect((await browser.open(page.url)).location).toBeUndefined()
  })

  it('AZ-38 is remembered as completed for as long as its URL opens, whatever is swept', async () => {
    const harness = await createHarness()
    const { browser, page } = await openConsent(harness)
    expect((await browser.submit(page, { decision: 'allow' })).location).toContain('code=')
    harness.clock.now += 1799
    await harness.server.expire()
    const again = await browser.open(page.url)
    expect([again.status, again.location]).toEqual([400, undefined])
  })

  it('OAuth 2.1 §7.12 AZ-12 answers its form with 303, as the one before it with the password', async () => {
    const { browser, page } = await openSignIn(await createHarness())
    const send = (form: Page['form'], typed: Record<string, string>) => {
      const body = new URLSearchParams([...(form?.fields ?? []), ...Object.entries(typed)])
      return browser.request(`${ISSUER}/interaction`, { method: 'POST', body })
    }
    expect((await send(page.form, ALICE)).status).toBe(303)
    const consent = await browser.open(page.url)
    expect((await send(consent.form, { decision: 'allow' })).status).toBe(303)
  })
})

describe('sealed interaction', () => {
  it('AZ-39 opens in its own browser only, unchanged, in time, and at its own issuer', async () => {
    const harness = await createHarness()
    const { browser, page } = await openSignIn(harness)
    const state = page.form?.fields.get('state') ?? ''
    const url = (value: string, issuer: string = ISSUER) => `${issuer}/interaction?state=${value}`
    expect((await browser.open(url(state))).status).toBe(200)
    expect((await harness.browser().open(url(state))).status).toBe(403)
    const { browser: another } = await openSignIn(harness)
    expect((await another.open(url(state))).status).toBe(403)
    const [end = '', ...rest] = state.split('.')
    expect((await browser.open(url([Number(end) + 1, ...rest].join('.')))).status).toBe(403)
    for (let i = 0; i < state.length; i += 7) {
      const flipped = state.slice(0, i) + (state[i] === 'A' ? 'B' : 'A') + state.slice(i + 1)
      expect([400, 403]).toContain((await browser.open(url(flipped))).status)
    }
    const elsewhere = await createHarness({ issuer: 'https://other.example', store: harness.store })
    const other = elsewhere.browser()
    for (const [name, value] of browser.cookies) other.cookies.set(name, value)
    expect((await other.open(url(state, 'https://other.example'))).status).toBe(403)
    harness.clock.now += 1800
    expect((await browser.open(url(state))).status).toBe(400)
  })

  it('AZ-39 survives a change of secret as long as the old one is configured', async () => {
    const harness = await createHarness()
    const { browser, page } = await openSignIn(harness)
    const secrets = ['another secret, which is new: 0123456789', 'a secret for tests: 0123456789abcdefghijklmnop']
    for (const [secret, status] of [
      [secrets, 200],
      [secrets.slice(0, 1), 403],
    ] as const) {
      const rotated = await createHarness({ secret })
      const same = createBrowser(rotated.server.fetch, ISSUER)
      for (const [name, value] of browser.cookies) same.cookies.set(name, value)
      expect((await same.open(page.url)).status).toBe(status)
    }
  })

  it('holds no subject, no session and no hint in the clear', async () => {
    const { page } = await openConsent(await createHarness(), { login_hint: 'alice' })
    expect(page.url).toMatch(/^https:\/\/auth\.example\/interaction\?state=[\w.-]+$/)
  })
})
