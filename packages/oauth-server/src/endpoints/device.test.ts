import { describe, expect, it } from 'vitest'
import { createUserCode } from '../authorization/user-code.js'
import { memoryStore } from '../storage/memory.js'
import type { Browser, Page } from '../testing/browser.js'
import { createProvingClient } from '../testing/dpop.js'
import { asService, createHarness, type Harness, ISSUER, post, service, tv, verify, web } from '../testing/harness.js'

const ALICE = { username: 'alice', password: 'wonderland' }
const BOB = { username: 'bob', password: 'builder' }
const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code'

const harnessOf = (options: Parameters<typeof createHarness>[0] = {}) =>
  createHarness({ clients: [web, tv, service], ...options })

const ask = async (harness: Harness, changes: Record<string, string | undefined> = {}) =>
  (
    await post(harness.server, '/device-authorization', {
      client_id: 'tv',
      scope: 'openid offline_access notes:read',
      ...changes,
    })
  ).body

const poll = (harness: Harness, device_code: string | undefined, changes: Record<string, string> = {}) =>
  post(harness.server, '/token', { grant_type: DEVICE_CODE, client_id: 'tv', device_code, ...changes })

/** Types a code and signs in; gives the page that follows. */
async function type(browser: Browser, userCode = '', account: Record<string, string> = ALICE): Promise<Page> {
  const page = await browser.submit(await browser.open(`${ISSUER}/device`), { user_code: userCode })
  return page.text.includes('name="password"') ? browser.submit(page, account) : page
}

describe('device authorization endpoint', () => {
  it('DV-01 gives both codes, where to type them, and how long they live', async () => {
    const answer = await ask(await harnessOf())
    expect(answer).toEqual({
      device_code: expect.stringMatching(/^[\w-]{43}$/),
      user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
      verification_uri: `${ISSUER}/device`,
      verification_uri_complete: `${ISSUER}/device?user_code=${answer['user_code']}`,
      expires_in: 600,
      interval: 5,
    })
  })

  it.each([
    ['ATT-044 a client that did not opt in', { client_id: 'web' }, 'unauthorized_client'],
    ['an unknown client', { client_id: 'nobody' }, 'invalid_client'],
    ['a scope that the client may not have', { scope: 'files:read' }, 'invalid_scope'],
    ['a scope that is malformed', { scope: 'a  b' }, 'invalid_scope'],
    ['an unknown resource', { resource: 'https://other.example' }, 'invalid_target'],
  ])('refuses %s', async (_name, changes, error) => {
    expect((await ask(await harnessOf(), changes))['error']).toBe(error)
  })

  it('takes no secret from the query, and so many requests of one network', async () => {
    const harness = await harnessOf({ clientAddress: () => '192.0.2.1' })
    const form = { client_id: 'tv', scope: 'notes:read' }
    expect((await post(harness.server, '/device-authorization?client_secret=x', form)).status).toBe(400)
    for (let count = 0; count < 60; count++)
      expect((await post(harness.server, '/device-authorization', form)).status).toBe(200)
    const { status, headers } = await post(harness.server, '/device-authorization', form)
    expect([status, headers.get('retry-after')]).toEqual([429, '600'])
  })

  it('authenticates a confidential client', async () => {
    const clients = [{ ...service, grantTypes: [DEVICE_CODE], type: 'native' } as const]
    const harness = await harnessOf({ clients })
    expect((await ask(harness, { client_id: 'service', scope: 'notes:read' }))['error']).toBe('invalid_client')
    const answer = await post(harness.server, '/device-authorization', { scope: 'notes:read' }, asService)
    expect(answer.status).toBe(200)
  })

  it('AZ-41 gives the default scope to a request without one', async () => {
    const harness = await harnessOf()
    const answer = await ask(harness, { scope: undefined })
    const browser = harness.browser()
    await browser.submit(await type(browser, answer['user_code']), { decision: 'allow' })
    expect((await poll(harness, answer['device_code'])).body['scope']).toBe('notes:read')
  })
})

describe('device_code grant', () => {
  it('DV-02 answers pending, then tokens, and only once', async () => {
    const harness = await harnessOf()
    const { device_code, user_code } = await ask(harness)
    expect((await poll(harness, device_code)).body['error']).toBe('authorization_pending')
    const browser = harness.browser()
    const done = await browser.submit(await type(browser, user_code), { decision: 'allow' })
    expect(done.text).toContain('Your device is connected')
    // A page of its own: loading it again answers nothing a second time.
    expect((await browser.open(browser.visited.at(-1) ?? '')).text).toBe(done.text)
    const answers = await Promise.all(Array.from({ length: 100 }, () => poll(harness, device_code)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const { body, status } of answers) if (status !== 200) expect(body['error']).toBe('invalid_grant')
    const body = answers.find(({ status }) => status === 200)?.body
    expect(body).toMatchObject({ token_type: 'Bearer', scope: 'openid offline_access notes:read' })
    expect(body?.['refresh_token']).toBeDefined()
    expect(body?.['id_token']).toBeDefined()
    expect((await verify(harness, body?.['access_token'])).claims.sub).toBe('alice')
    expect((await poll(harness, device_code)).body['error']).toBe('invalid_grant')
    // A poll that was late to a code that is redeemed already takes nothing away.
    expect((await verify(harness, body?.['access_token'])).claims.sub).toBe('alice')
  })

  it('DP-15 binds what it gives to the key of the proof, the refresh token of a public client too', async () => {
    const harness = await harnessOf()
    const { device_code, user_code } = await ask(harness)
    const browser = harness.browser()
    await browser.submit(await type(browser, user_code), { decision: 'allow' })
    const [client, thief] = [await createProvingClient(harness), await createProvingClient(harness)]
    const form = { grant_type: DEVICE_CODE, client_id: 'tv', device_code }
    await client.post('/token', { ...form, device_code: 'x' })
    const proof = await client.proof('/token')
    const { body } = await client.postWith(proof, '/token', form)
    expect(body).toMatchObject({ token_type: 'DPoP' })
    const renew = { grant_type: 'refresh_token', client_id: 'tv', refresh_token: body['refresh_token'] }
    expect((await thief.post('/token', renew)).body['error']).toBe('invalid_grant')
    expect((await post(harness.server, '/token', renew)).body['error']).toBe('invalid_grant')
    expect((await client.postWith(proof, '/token', renew)).body['error']).toBe('invalid_dpop_proof')
    expect((await client.post('/token', renew)).body).toMatchObject({ token_type: 'DPoP' })
  })

  it('DV-03 answers slow_down to a poll within the interval, and each makes it 5 seconds longer', async () => {
    const harness = await harnessOf()
    const { device_code } = await ask(harness)
    const errors = []
    for (const wait of [0, 1, 9, 15]) {
      harness.clock.now += wait
      errors.push((await poll(harness, device_code)).body['error'])
    }
    expect(errors).toEqual(['authorization_pending', 'slow_down', 'slow_down', 'authorization_pending'])
  })

  it('DV-02 answers access_denied with 400, and expired_token', async () => {
    const harness = await harnessOf()
    const { device_code, user_code } = await ask(harness)
    const browser = harness.browser()
    expect((await browser.submit(await type(browser, user_code), { decision: 'deny' })).text).toContain(
      'Nothing was allowed',
    )
    expect(await poll(harness, device_code)).toMatchObject({ status: 400, body: { error: 'access_denied' } })
    const other = await ask(harness)
    harness.clock.now += 600
    expect((await poll(harness, other['device_code'])).body['error']).toBe('expired_token')
  })

  it('DV-06 gives nothing to another client, and burns nothing', async () => {
    const clients = [web, tv, { ...tv, clientId: 'radio' }]
    const harness = await harnessOf({ clients })
    const { device_code, user_code } = await ask(harness)
    const browser = harness.browser()
    await browser.submit(await type(browser, user_code), { decision: 'allow' })
    expect((await poll(harness, device_code, { client_id: 'radio' })).body['error']).toBe('invalid_grant')
    expect((await poll(harness, device_code, { resource: 'https://other.example' })).body['error']).toBe(
      'invalid_target',
    )
    expect((await poll(harness, device_code)).status).toBe(200)
  })

  it('gives nothing once the grant is revoked', async () => {
    const harness = await harnessOf()
    const { device_code, user_code } = await ask(harness)
    const browser = harness.browser()
    await browser.submit(await type(browser, user_code), { decision: 'allow' })
    await harness.store.revokeGrants('alice', undefined, harness.clock.now)
    expect((await poll(harness, device_code)).body['error']).toBe('invalid_grant')
  })
})

describe('verification page', () => {
  it('DV-05 takes the code with and without dash, in any case, and shows what would be allowed', async () => {
    const harness = await harnessOf()
    for (const spell of [
      (code: string) => code,
      (code: string) => code.replace('-', ''),
      (code: string) => ` ${code.toLowerCase().replace('-', ' – ')} `,
    ]) {
      const { user_code = '' } = await ask(harness)
      const page = await type(harness.browser(), spell(user_code))
      for (const text of ['Notes TV', user_code, 'alice', 'Read your notes', 'somebody sent you'])
        expect(page.text).toContain(text)
    }
  })

  it('ATT-044 DV-07 only fills in a code that came with the address: nothing is claimed, nothing allowed', async () => {
    const harness = await harnessOf()
    const { device_code, user_code, verification_uri_complete = '' } = await ask(harness)
    const victim = harness.browser()
    await type(victim, (await ask(harness))['user_code']) // is signed in
    const page = await victim.open(verification_uri_complete)
    expect(page.text).toContain(`value="${user_code}"`)
    expect(page.text).not.toContain('value="allow"')
    harness.clock.now += 10
    expect((await poll(harness, device_code)).body['error']).toBe('authorization_pending')
    expect((await type(harness.browser(), user_code, BOB)).text).toContain('value="allow"')
  })

  it('DV-05 belongs to the first browser that opened it signed in: the session of another can neither see, allow nor deny it', async () => {
    const harness = await harnessOf()
    const { device_code, user_code } = await ask(harness)
    const first = harness.browser()
    const page = await type(first, user_code)
    const second = harness.browser()
    const other = await type(second, user_code, BOB)
    expect(other.text).toContain('This code does not work')
    expect(other.text).not.toContain('Notes TV')
    for (const decision of ['allow', 'deny']) expect((await second.submit(page, { decision })).status).toBe(403)
    harness.clock.now += 10
    expect((await poll(harness, device_code)).body['error']).toBe('authorization_pending')
    expect((await first.submit(page, { decision: 'allow' })).text).toContain('Your device is connected')
  })

  it.each<[string, (fields: Map<string, string>) => void, Record<string, string>]>([
    ['without its ticket', (fields) => fields.delete('ticket'), {}],
    ['with a foreign ticket', (fields) => fields.set('ticket', 'A'.repeat(43)), {}],
    ['with more scope than was shown', (fields) => fields.set('shown', 'openid offline_access notes:read admin'), {}],
    ['without its state', (fields) => fields.delete('state'), {}],
    ['from another site', () => undefined, { 'sec-fetch-site': 'cross-site' }],
  ])('DV-05 AZ-27 refuses an answer %s', async (_name, change, headers) => {
    const harness = await harnessOf()
    const { device_code, user_code } = await ask(harness)
    const browser = harness.browser()
    const page = await type(browser, user_code)
    const fields = new Map(page.form?.fields)
    change(fields)
    const answer = await browser.submit(
      { ...page, form: { action: `${ISSUER}/device`, fields } },
      { decision: 'allow' },
      headers,
    )
    expect(answer.status).toBe(403)
    expect((await poll(harness, device_code)).body['error']).toBe('authorization_pending')
  })

  it('DV-04 ATT-045 ends guessing after five codes, for the account and not for the browser or its network', async () => {
    const harness = await harnessOf()
    const browser = harness.browser()
    for (let guess = 0; guess < 5; guess++)
      expect((await type(browser, 'BBBB-BBBB')).text).toContain('This code does not work')
    const { user_code } = await ask(harness)
    const page = await type(browser, user_code)
    expect([page.status, page.text.includes('Too many'), page.headers.get('retry-after')]).toEqual([429, true, '900'])
    expect((await type(harness.browser(), user_code)).status).toBe(429)
    expect((await type(harness.browser(), user_code, BOB)).text).toContain('value="allow"')
    harness.clock.now += 900
    const later = await ask(harness)
    expect((await type(browser, later['user_code'])).text).toContain('value="allow"')
  })

  it.each([
    ['five of one account', false, 5],
    ['twenty of one network, by however many accounts', true, 20],
  ])('DV-04 ATT-045 looks up no more than %s, of 1000 guesses from as many addresses', async (_name, isMany, most) => {
    const store = memoryStore()
    let [lookedUp, guesses] = [0, 0]
    const harness = await harnessOf({
      store: {
        ...store,
        claimDeviceCode(...parameters) {
          lookedUp++
          return store.claimDeviceCode(...parameters)
        },
      },
      clientAddress: () => `2001:db8:1:1::${guesses.toString(16)}`,
      login: () => ({ subject: isMany ? `user-${guesses}` : 'alice' }),
    })
    let browser = harness.browser()
    for (; guesses < 1000; guesses++) {
      if (isMany) browser = harness.browser()
      await type(browser, createUserCode())
    }
    expect(lookedUp).toBe(most)
  })

  it('DV-04 counts only codes that do not work', async () => {
    const harness = await harnessOf()
    const browser = harness.browser()
    for (let device = 0; device < 8; device++) {
      const page = await type(browser, (await ask(harness))['user_code'])
      expect((await browser.submit(page, { decision: 'deny' })).text).toContain('Nothing was allowed')
    }
  })

  it('AZ-43 allows what this account may grant and lists the rest', async () => {
    const harness = await harnessOf({ allow: ({ requested }) => requested.filter((value) => value !== 'admin') })
    const { device_code, user_code } = await ask(harness, { scope: 'notes:read admin' })
    const browser = harness.browser()
    const page = await type(browser, user_code)
    expect(page.text).toMatch(/class="refused">[\s\S]*Everything/)
    await browser.submit(page, { decision: 'allow' })
    expect((await poll(harness, device_code)).body['scope']).toBe('notes:read')
  })

  it('DV-05 goes on with another account in the same browser, grants for that one, and lets no form of the session before answer', async () => {
    const harness = await harnessOf()
    const { device_code, user_code } = await ask(harness)
    const browser = harness.browser()
    const page = await type(browser, user_code)
    const asBob = await browser.submit(await browser.submit(page, { decision: 'switch' }), BOB)
    expect(asBob.text).toContain('bob')
    expect((await browser.submit(page, { decision: 'allow' })).status).toBe(403)
    await browser.submit(asBob, { decision: 'allow' })
    const { body } = await poll(harness, device_code)
    expect((await verify(harness, body['access_token'])).claims.sub).toBe('bob')
  })

  it('is answered once: of two forms at once one counts, and the events say what happened', async () => {
    const harness = await harnessOf()
    const { user_code } = await ask(harness)
    const browser = harness.browser()
    const page = await type(browser, user_code)
    const answers = await Promise.all(['allow', 'deny'].map((decision) => browser.submit(page, { decision })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
    expect(harness.events.map(({ name }) => name)).toEqual([
      'login.succeeded',
      'consent.granted',
      'authorization.granted',
    ])
  })

  it('is answered once, though both answers were begun before either was given', async () => {
    const store = memoryStore()
    let waiting: (() => void)[] | undefined
    const harness = await harnessOf({
      store: {
        ...store,
        async claimDeviceCode(...parameters) {
          const claimed = await store.claimDeviceCode(...parameters)
          await new Promise<void>((resolve) => {
            if (!waiting) return resolve()
            waiting.push(resolve)
            if (waiting.length === 2) for (const goOn of waiting) goOn()
          })
          return claimed
        },
      },
    })
    const { user_code } = await ask(harness)
    const browser = harness.browser()
    const page = await type(browser, user_code)
    waiting = []
    const answers = await Promise.all(['allow', 'deny'].map((decision) => browser.submit(page, { decision })))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400])
  })

  it('AZ-43 lets an account that may grant nothing allow nothing', async () => {
    const harness = await harnessOf({ allow: () => [] })
    const { device_code, user_code } = await ask(harness, { scope: 'notes:read' })
    const browser = harness.browser()
    const page = await type(browser, user_code)
    expect(page.text).not.toContain('value="allow"')
    expect((await browser.submit(page, { decision: 'allow' })).text).toContain('value="deny"')
    expect((await poll(harness, device_code)).body['error']).toBe('authorization_pending')
  })

  it('AZ-43 allows no more than was shown, though the policy has widened meanwhile', async () => {
    let rights = ['notes:read']
    const harness = await harnessOf({ allow: ({ requested }) => requested.filter((value) => rights.includes(value)) })
    const { device_code, user_code } = await ask(harness, { scope: 'notes:read admin' })
    const browser = harness.browser()
    const page = await type(browser, user_code)
    rights = ['notes:read', 'admin']
    await browser.submit(page, { decision: 'allow' })
    expect((await poll(harness, device_code)).body['scope']).toBe('notes:read')
  })

  it('says for what the sign-in is, in the language that was asked for', async () => {
    const browser = (await harnessOf()).browser()
    const page = await browser.open(`${ISSUER}/device?ui_locales=de`)
    expect(page.text).toContain('Ein Gerät verbinden')
    const signIn = await browser.submit(page, { user_code: 'BBBB-BBBB' })
    expect(signIn.text).toContain('um ein Gerät zu verbinden')
  })

  describe('ATT-044 says where the device asked from, as far as that can be told', () => {
    /** What the page says to a browser at one address of a device at another. */
    async function told(device: string | undefined, browser: string | undefined, options = {}) {
      let address = device
      const harness = await harnessOf({ clientAddress: () => address, ...options })
      const { user_code } = await ask(harness)
      address = browser
      return { page: await type(harness.browser(), user_code), harness }
    }

    it.each([
      ['8.8.8.8', '8.8.8.8', 'in the same network as this browser: <b><bdi>8.8.8.8</bdi></b>'],
      ['2606:4700:0:7::1', '2606:4700:0:7:ffff::2', 'in the same network as this browser: <b><bdi>2606:4700:0:7::1<'],
      ['2606:4700:0:8::1', '2606:4700:0:7::2', 'in another network than this browser: <b><bdi>2606:4700:0:8::1<'],
      ['8.8.8.8', '1.1.1.1', 'in another network than this browser: <b><bdi>8.8.8.8</bdi></b>'],
      // One device has addresses of both kinds, and a private one means something inside of its network only.
      ['8.8.8.8', '2606:4700:0:7::2', 'asked from <b><bdi>8.8.8.8</bdi></b>'],
      ['10.0.0.1', '10.0.0.1', 'asked from <b><bdi>10.0.0.1</bdi></b>'],
      ['::ffff:8.8.8.8', undefined, 'asked from <b><bdi>8.8.8.8</bdi></b>'],
    ])('%s to %s', async (device, browser, sentence) => {
      expect((await told(device, browser)).page.text).toContain(
        `The device ${sentence.startsWith('in') ? 'is ' : ''}${sentence}`,
      )
    })

    it('in words, where somebody has them', async () => {
      const asked: unknown[] = []
      const describeAddress = (address: string, language: string) => {
        asked.push([address, language])
        return 'Mountain View, <USA>'
      }
      const { page } = await told('8.8.8.8', '1.1.1.1', { describeAddress })
      expect(page.text).toContain('<b><bdi>Mountain View, &lt;USA&gt;</bdi></b> (<bdi>8.8.8.8</bdi>)')
      expect(asked).toEqual([['8.8.8.8', 'en']])
    })

    it('by its address alone where nobody has words for it, and where who should have them fails', async () => {
      const cause = new Error('lookup failed')
      for (const [describeAddress, failures] of [
        [async () => undefined, []],
        [() => Promise.reject(cause), [{ where: 'describeAddress', cause }]],
      ] as const) {
        const { page, harness } = await told('8.8.8.8', '1.1.1.1', { describeAddress })
        expect(page.text).toContain('<b><bdi>8.8.8.8</bdi></b>. ')
        expect(harness.events.flatMap(({ name, event }) => (name === 'error' ? [event] : []))).toEqual(failures)
      }
    })

    it('not at all where the platform does not tell', async () => {
      const { page } = await told(undefined, '8.8.8.8')
      expect(page.text).toContain('value="allow"')
      expect(page.text).not.toContain('The device')
    })
  })

  it('takes no form with the state of another page', async () => {
    const browser = (await harnessOf()).browser()
    const page = await browser.open(`${ISSUER}/device`)
    const { url } = await browser.open(`${ISSUER}/connected-apps`)
    const state = new URL(url).searchParams.get('state') ?? ''
    const spliced = { ...page, form: { action: `${ISSUER}/device`, fields: new Map([['state', state]]) } }
    expect((await browser.submit(spliced, { user_code: 'BBBB-BBBB' })).status).toBe(403)
    expect((await browser.submit(page, { user_code: 'BBBB-BBBB' })).text).toContain('name="password"')
  })

  it('begins anew when its form has expired, and works in its own browser only', async () => {
    const harness = await harnessOf()
    const browser = harness.browser()
    const page = await browser.open(`${ISSUER}/device`)
    expect((await harness.browser().submit(page, { user_code: 'BBBB-BBBB' })).status).toBe(403)
    harness.clock.now += 1800
    const late = await browser.submit(page, { user_code: 'BBBB-BBBB' })
    expect([late.status, late.text.includes('name="user_code"')]).toEqual([200, true])
    expect(late.form?.fields.get('state')).not.toBe(page.form?.fields.get('state'))
  })
})
