import { describe, expect, it } from 'vitest'
import type { Browser, Page } from '../testing/browser.js'
import { createHarness, type Harness, ISSUER, refresh, signIn } from '../testing/harness.js'

const ALICE = { username: 'alice', password: 'wonderland' }
const URL = `${ISSUER}/connected-apps`

/** Opens the page as alice. */
async function open(harness: Harness, account: Record<string, string> = ALICE) {
  const browser = harness.browser()
  return { browser, page: await browser.submit(await browser.open(URL), account) }
}

const grantsOn = (page: { readonly text: string }): string[] =>
  [...page.text.matchAll(/name="grant" value="([^"]*)"/g)].map(([, id]) => id ?? '')

async function newest({ store, clock }: Harness): Promise<string> {
  const [grant] = await store.listGrants('alice', clock.now, 1)
  return grant?.id ?? ''
}

/** Follows the links with these texts, one after the other. */
async function follow(browser: Browser, page: Page, ...texts: readonly string[]): Promise<Page> {
  let next = page
  for (const text of texts) {
    const address = new RegExp(`<a href="([^"]*)">${text}</a>`).exec(next.text)?.[1] ?? ''
    next = await browser.open(address.replaceAll('&amp;', '&'))
  }
  return next
}

describe('connected apps', () => {
  it('stand behind the sign-in, and say what it is for', async () => {
    const harness = await createHarness()
    const page = await harness.browser().open(URL)
    expect(page.text).toContain('to see your connected apps')
    expect((await open(harness)).page.text).toContain('No application is connected')
  })

  it('show every application with its rights and where it is signed in', async () => {
    const harness = await createHarness()
    await signIn(harness)
    harness.clock.now += 60
    await signIn(harness)
    await signIn(harness, {}, 'bob')
    const { page } = await open(harness)
    for (const text of ['Notes', 'Read your notes', 'Stay connected']) expect(page.text).toContain(text)
    expect(grantsOn(page)).toHaveLength(2)
  })

  it('P5 end one connection and no other', async () => {
    const harness = await createHarness()
    const phone = await signIn(harness)
    harness.clock.now += 60
    const laptop = await signIn(harness)
    const { browser, page } = await open(harness)
    const [newest = ''] = grantsOn(page)
    const after = await browser.submit(page, { grant: newest })
    expect(after.text).toContain('That connection is signed out')
    expect(grantsOn(after)).toHaveLength(1)
    expect((await refresh(harness.server, laptop['refresh_token'])).status).toBe(400)
    expect((await refresh(harness.server, phone['refresh_token'])).status).toBe(200)
    expect(harness.events.at(-3)).toEqual({
      name: 'grant.revoked',
      event: { grantId: newest, clientId: 'web', reason: 'user_request' },
    })
  })

  it('end an application with all its connections and forget what it was allowed', async () => {
    const harness = await createHarness()
    const first = await signIn(harness)
    await signIn(harness)
    const { browser, page } = await open(harness)
    const after = await browser.submit(page, { client: 'web' })
    expect(after.text).toContain('has no access any more')
    expect(after.text).toContain('No application is connected')
    expect((await refresh(harness.server, first['refresh_token'])).status).toBe(400)
    expect(await harness.store.findConsent('alice', 'web')).toBeUndefined()
    expect(harness.events.filter(({ name }) => name === 'grant.revoked')).toHaveLength(2)
    expect(harness.events.find(({ name }) => name === 'consent.revoked')?.event).toEqual({
      clientId: 'web',
      subject: 'alice',
      reason: 'user_request',
    })
  })

  it('show whoever has many connections all of them, page by page', async () => {
    const harness = await createHarness()
    for (let count = 0; count < 45; count++) {
      harness.clock.now += 1
      await signIn(harness)
    }
    await harness.store.revokeGrant(await newest(harness), harness.clock.now)
    const { browser, page } = await open(harness)
    const [second, third] = [await follow(browser, page, 'Older'), await follow(browser, page, 'Older', 'Older')]
    expect([page, second, third].map((shown) => grantsOn(shown).length)).toEqual([20, 20, 4])
    expect(new Set([page, second, third].flatMap(grantsOn)).size).toBe(44)
    expect(third.text).not.toContain('>Older<')
    expect(grantsOn(await follow(browser, third, 'Newer'))).toEqual(grantsOn(second))
    // Stays where it is while there is something, and goes to the last page when there is nothing more.
    let last = third
    for (const grant of grantsOn(third)) last = await browser.submit(last, { grant })
    expect(grantsOn(last)).toEqual(grantsOn(second))
  })

  it('list on the last page what is allowed and signed in nowhere', async () => {
    const harness = await createHarness()
    await signIn(harness)
    await harness.store.revokeGrant(await newest(harness), harness.clock.now)
    const { browser, page } = await open(harness)
    expect([page.text.includes('Remove access'), grantsOn(page)]).toEqual([true, []])
    for (const number of ['0', '-1', '1e9', '99999', 'x'])
      expect((await browser.open(`${page.url}&page=${number}`)).text).toContain('Remove access')
  })

  it('begin anew when they were left open for too long', async () => {
    const harness = await createHarness()
    await signIn(harness)
    const { browser, page } = await open(harness)
    harness.clock.now += 3600
    expect(grantsOn(await browser.open(page.url))).toHaveLength(1)
    const late = await browser.submit(page, { client: 'web' })
    expect([late.status, grantsOn(late).length]).toEqual([200, 1])
  })

  it('leave the grants of others alone, whatever is sent', async () => {
    const harness = await createHarness()
    const bobs = await signIn(harness, {}, 'bob')
    const grant = (await harness.store.listGrants('bob', harness.clock.now, 1))[0]?.id ?? ''
    const { browser, page } = await open(harness)
    await browser.submit(page, { grant })
    expect((await refresh(harness.server, bobs['refresh_token'])).status).toBe(200)
  })

  it.each<[string, (fields: Map<string, string>) => void, Record<string, string>, number]>([
    ['without its ticket', (fields) => fields.set('ticket', ''), {}, 303],
    ['with a foreign ticket', (fields) => fields.set('ticket', 'A'.repeat(43)), {}, 403],
    ['without its state', (fields) => fields.delete('state'), {}, 403],
    ['from another site', () => undefined, { 'sec-fetch-site': 'cross-site' }, 403],
  ])('AZ-27 refuse a form %s', async (_name, change, headers, status) => {
    const harness = await createHarness()
    const tokens = await signIn(harness)
    const { browser, page } = await open(harness)
    const fields = new Map(page.form?.fields)
    change(fields)
    const body = new URLSearchParams([...fields, ['client', 'web']])
    const init = { method: 'POST', body, headers: { 'sec-fetch-site': 'same-origin', ...headers } }
    expect((await browser.request(URL, init)).status).toBe(status)
    expect((await refresh(harness.server, tokens['refresh_token'])).status).toBe(200)
  })

  it('AZ-27 refuse the form of one account under the session of another', async () => {
    const harness = await createHarness()
    const tokens = await signIn(harness)
    const { browser, page } = await open(harness)
    const asBob = await browser.submit(await browser.submit(page, { decision: 'switch' }), {
      username: 'bob',
      password: 'builder',
    })
    expect(asBob.text).toContain('bob')
    const state = asBob.form?.fields.get('state') ?? ''
    const fields = new Map([...(page.form?.fields ?? []), ['state', state] as const])
    const answer = await browser.submit({ ...page, form: { action: URL, fields } }, { client: 'web' })
    expect(answer.status).toBe(403)
    expect((await refresh(harness.server, tokens['refresh_token'])).status).toBe(200)
  })
})
