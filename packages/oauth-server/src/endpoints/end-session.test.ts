import { describe, expect, it } from 'vitest'
import { authorizeAs, authorizeUrl, createHarness, type Harness, ISSUER, redeem } from '../testing/harness.js'

const BYE = 'https://app.example/bye'

async function signedIn(harness: Harness, username = 'alice') {
  const browser = harness.browser()
  const { body } = await redeem(harness.server, (await authorizeAs(browser, {}, username)).get('code'))
  const isSignedIn = async () =>
    !(await browser.open(authorizeUrl({ prompt: 'none' }))).location?.includes('login_required')
  return { browser, idToken: body['id_token'] ?? '', isSignedIn }
}

const url = (parameters: Record<string, string> = {}) => `${ISSUER}/end-session?${new URLSearchParams(parameters)}`

describe('end session endpoint', () => {
  it('OI-04 signs out at once with a valid hint and goes on to the registered address with state', async () => {
    const harness = await createHarness()
    const { browser, idToken, isSignedIn } = await signedIn(harness)
    harness.clock.now += 7200 // an expired ID token is a good hint
    const copy = harness.browser()
    for (const [name, value] of browser.cookies) copy.cookies.set(name, value)
    const page = await browser.open(url({ id_token_hint: idToken, post_logout_redirect_uri: BYE, state: 'a b&c' }))
    expect(page.location).toBe(`${BYE}?state=a+b%26c`)
    expect(await isSignedIn()).toBe(false)
    expect((await copy.open(authorizeUrl({ prompt: 'none' }))).location).toContain('login_required')
    expect(harness.events.map(({ name }) => name)).toContain('session.ended')
  })

  it('OI-04 ATT-054 asks the user without a hint, and with the hint of somebody else', async () => {
    const harness = await createHarness()
    const { browser, isSignedIn } = await signedIn(harness)
    const bob = await signedIn(harness, 'bob')
    for (const parameters of [
      {},
      { client_id: 'web', post_logout_redirect_uri: BYE },
      { id_token_hint: bob.idToken, post_logout_redirect_uri: BYE },
    ]) {
      const page = await browser.open(url(parameters))
      expect([page.status, page.location]).toEqual([200, undefined])
      expect(page.text).toContain('value="sign_out"')
    }
    expect(await isSignedIn()).toBe(true)
  })

  it('OI-04 ATT-054 asks the user with a hint of another sign-in of theirs', async () => {
    const harness = await createHarness()
    const [phone, laptop] = [await signedIn(harness), await signedIn(harness)]
    const page = await laptop.browser.open(url({ id_token_hint: phone.idToken }))
    expect(page.text).toContain('value="sign_out"')
    expect([await phone.isSignedIn(), await laptop.isSignedIn()]).toEqual([true, true])
  })

  it('OI-04 goes nowhere when a parameter stands twice', async () => {
    const { browser, idToken, isSignedIn } = await signedIn(await createHarness())
    const twice = `${url({ id_token_hint: idToken, post_logout_redirect_uri: BYE })}&state=a&state=b`
    expect([(await browser.open(twice)).status, await isSignedIn()]).toEqual([400, true])
  })

  it('OI-04 does what the user answers, and only for the session that was asked', async () => {
    const harness = await createHarness()
    const { browser, isSignedIn } = await signedIn(harness)
    const page = await browser.open(url({ client_id: 'web', post_logout_redirect_uri: BYE, state: 's' }))
    const other = await signedIn(harness, 'bob')
    const asked = await other.browser.submit(page, { decision: 'sign_out' })
    expect(asked.text).toContain('value="sign_out"')
    expect(await other.isSignedIn()).toBe(true)
    expect((await browser.submit(page, { decision: 'stay' })).status).toBe(200)
    expect(await isSignedIn()).toBe(true)
    expect((await browser.submit(page, { decision: 'sign_out' })).location).toBe(`${BYE}?state=s`)
    expect(await isSignedIn()).toBe(false)
  })

  it('asks again after ten minutes', async () => {
    const harness = await createHarness()
    const { browser, isSignedIn } = await signedIn(harness)
    const page = await browser.open(url())
    harness.clock.now += 600
    const again = await browser.submit(page, { decision: 'sign_out' })
    expect([again.status, again.text.includes('value="sign_out"')]).toEqual([200, true])
    expect(await isSignedIn()).toBe(true)
  })

  it('says that one is signed out to a form that is sent twice, and from a second tab', async () => {
    const { browser } = await signedIn(await createHarness())
    const [page, otherTab] = [await browser.open(url()), await browser.open(url())]
    for (const form of [page, page, otherTab])
      expect((await browser.submit(form, { decision: 'sign_out' })).text).toContain('You are signed out')
  })

  it.each<[string, (idToken: string) => Record<string, string>]>([
    ['an unregistered address', (id_token_hint) => ({ id_token_hint, post_logout_redirect_uri: `${BYE}/` })],
    ['an address of nobody', () => ({ post_logout_redirect_uri: BYE })],
    ['an unknown client', () => ({ client_id: 'unknown', post_logout_redirect_uri: BYE })],
    ['a hint for another client', (id_token_hint) => ({ id_token_hint, client_id: 'native' })],
    [
      'a hint without signature',
      (hint) => ({ id_token_hint: `${btoa('{"alg":"none"}').replaceAll('=', '')}.${hint.split('.')[1]}.` }),
    ],
    [
      'a hint that was changed',
      (hint) => ({ id_token_hint: `${hint.slice(0, -3)}AAA`, post_logout_redirect_uri: BYE }),
    ],
  ])('OI-04 shows a page and goes nowhere for %s', async (_name, parameters) => {
    const { browser, idToken, isSignedIn } = await signedIn(await createHarness())
    const page = await browser.open(url(parameters(idToken)))
    expect([page.status, page.location]).toEqual([400, undefined])
    expect(await isSignedIn()).toBe(true)
  })

  it('answers POST like GET, and without a session has nothing to ask', async () => {
    const harness = await createHarness()
    const browser = harness.browser()
    const response = await browser.request(`${ISSUER}/end-session`, {
      method: 'POST',
      body: new URLSearchParams({ ui_locales: 'de' }),
    })
    expect([response.status, response.headers.get('location')]).toEqual([303, `${ISSUER}/end-session?ui_locales=de`])
    expect((await browser.open(url({ ui_locales: 'de' }))).text).toContain('lang="de"')
  })
})
