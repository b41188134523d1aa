import { describe, expect, it } from 'vitest'
import type { Page } from '../testing/browser.js'
import { authorizeUrl, CALLBACK, createHarness, ISSUER, native, post, redeem, web } from '../testing/harness.js'

const ALICE = { username: 'alice', password: 'wonderland' }
const FORM_POST = { response_mode: 'form_post' }
const clientOf = (...responseModes: ('query' | 'form_post')[]) => ({ ...web, responseModes })
const createPosting = () => createHarness({ clients: [clientOf('query', 'form_post')] })

function expectFormPost(page: Page, action = CALLBACK): ReadonlyMap<string, string> {
  expect([page.status, page.location]).toEqual([200, undefined])
  expect(page.form?.action).toBe(action)
  expect(page.headers.get('cache-control')).toBe('no-store')
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toMatch(/default-src 'none'; script-src 'sha256-[\w+/=]{44}'; /)
  expect(policy).toContain(`form-action 'self' ${new URL(action).origin};`)
  return page.form?.fields ?? new Map()
}

describe('response_mode=form_post', () => {
  it('AZ-34 carries code, state and iss in the body of a form to the registered address', async () => {
    const harness = await createPosting()
    const browser = harness.browser()
    const state = `a"b<c>&'d`
    const consent = await browser.submit(await browser.open(authorizeUrl({ ...FORM_POST, state })), ALICE)
    const fields = expectFormPost(await browser.submit(consent, { decision: 'allow' }))
    expect([...fields.keys()]).toEqual(['code', 'state', 'iss'])
    expect([fields.get('state'), fields.get('iss')]).toEqual([state, ISSUER])
    expect((await redeem(harness.server, fields.get('code') ?? '')).status).toBe(200)
    // Consent is remembered now, so nobody is asked: the same answer comes at once.
    expect(expectFormPost(await browser.open(authorizeUrl(FORM_POST))).has('code')).toBe(true)
  })

  it('AZ-18 AZ-34 carries errors too, with iss and state', async () => {
    const harness = await createPosting()
    const browser = harness.browser()
    for (const [changes, error] of [
      [{ prompt: 'none' }, 'login_required'],
      [{ response_type: 'token' }, 'unsupported_response_type'],
      [{ code_challenge_method: 'plain' }, 'invalid_request'],
    ] as const) {
      const fields = expectFormPost(await browser.open(authorizeUrl({ ...FORM_POST, ...changes })))
      expect([fields.get('error'), fields.get('state'), fields.get('iss')]).toEqual([error, 'state', ISSUER])
      expect(fields.get('error_description')).toBeTruthy()
    }
    const consent = await browser.submit(await browser.open(authorizeUrl(FORM_POST)), ALICE)
    expect(expectFormPost(await browser.submit(consent, { decision: 'deny' })).get('error')).toBe('access_denied')
  })

  it('AZ-03 shows a page for an unregistered address, and sends nothing there', async () => {
    const browser = (await createPosting()).browser()
    const page = await browser.open(authorizeUrl({ ...FORM_POST, redirect_uri: 'https://evil.example/cb' }))
    expect([page.status, page.form]).toEqual([400, undefined])
    expect(page.text).not.toContain('evil.example')
  })

  it('is refused for an app with a scheme of its own, which no form can reach', async () => {
    const browser = (await createHarness({ clients: [{ ...native, responseModes: ['query', 'form_post'] }] })).browser()
    const app = { client_id: 'native', redirect_uri: 'com.example.app:/cb', scope: 'notes:read' }
    const page = await browser.open(authorizeUrl({ ...FORM_POST, ...app }))
    expect(page.location).toMatch(/^com\.example\.app:\/cb\?error=invalid_request/)
  })

  it('speaks the language of ui_locales', async () => {
    const browser = (await createPosting()).browser()
    const page = await browser.open(authorizeUrl({ ...FORM_POST, prompt: 'none', ui_locales: 'de' }))
    expect(page.text).toContain('<html lang="de"')
  })
})

describe('the response modes of a client', () => {
  const errorIn = (page: Page) => new URL(page.location ?? ISSUER).searchParams.get('error')

  it('AZ-35 are query alone unless it names others, whatever else the server supports', async () => {
    const { server, browser } = await createHarness()
    expect(server.metadata['response_modes_supported']).toContain('form_post')
    expect((await browser().open(authorizeUrl({ response_mode: 'query' }))).text).toContain('name="password"')
    for (const response_mode of ['form_post', 'fragment', 'web_message']) {
      const page = await browser().open(authorizeUrl({ response_mode }))
      expect([page.status, errorIn(page)]).toEqual([303, 'invalid_request'])
    }
  })

  it('AZ-35 may leave out query: then even that refusal comes in a form, and a request has to name its mode', async () => {
    const { browser } = await createHarness({ clients: [clientOf('form_post')] })
    for (const response_mode of [undefined, 'query', 'fragment']) {
      const fields = expectFormPost(await browser().open(authorizeUrl({ response_mode })))
      expect([fields.get('error'), fields.get('state')]).toEqual(['invalid_request', 'state'])
    }
    const page = await browser().open(authorizeUrl(FORM_POST))
    expect(page.text).toContain('name="password"')
  })

  it('AZ-35 PAR-04 are checked where a request is pushed', async () => {
    const { server } = await createHarness()
    const form = Object.fromEntries(new URL(authorizeUrl(FORM_POST)).searchParams)
    expect(await post(server, '/par', form)).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    const posting = await createPosting()
    expect((await post(posting.server, '/par', form)).status).toBe(201)
  })
})
