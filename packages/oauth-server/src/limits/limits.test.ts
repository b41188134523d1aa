import { describe, expect, it } from 'vitest'
import { deriveSecrets } from '../crypto/secrets.js'
import { passwordPage } from '../interaction/password-page.js'
import { parseBlock } from '../network/address.js'
import { findClientAddress, networksOf } from '../network/client-address.js'
import { memoryStore } from '../storage/memory.js'
import type { Store } from '../storage/store.js'
import type { Browser } from '../testing/browser.js'
import {
  asService,
  authorizeAs,
  authorizeUrl,
  basic,
  CALLBACK,
  createHarness,
  type Harness,
  post,
  redeem,
  refresh,
  SECRET,
  SERVICE_SECRET,
  verifier,
} from '../testing/harness.js'
import { createLimits } from './limits.js'

const request = (headers: Record<string, string> = {}) => new Request('https://auth.example/token', { headers })

/** A server that believes the header `x-test-address`, as it would believe the connection. */
const withAddress = (options: object = {}) =>
  createHarness({ clientAddress: (asked) => asked.headers.get('x-test-address') ?? undefined, ...options })
const from = (address: string) => ({ 'x-test-address': address })
const wrong = (harness: Harness, address: string, clientId = 'service') =>
  post(
    harness.server,
    '/token',
    { grant_type: 'client_credentials' },
    { ...basic(clientId, 'wrong'), ...from(address) },
  )
const right = (harness: Harness, address: string) =>
  post(
    harness.server,
    '/token',
    { grant_type: 'client_credentials', scope: 'notes:read' },
    { ...asService, ...from(address) },
  )

describe('findClientAddress', () => {
  const trusting = (...blocks: string[]) => ({
    trustedProxies: blocks.flatMap((text) => parseBlock(text) ?? []),
    clientAddress: (asked: Request) => asked.headers.get('x-test-address') ?? undefined,
  })

  it('ATT-046 believes no forwarding header unless a trusted proxy sent it', () => {
    const forged = request({ ...from('192.0.2.1'), 'x-forwarded-for': '198.51.100.9' })
    expect(findClientAddress(forged, trusting())).toBe('192.0.2.1')
    expect(findClientAddress(forged, trusting('10.0.0.0/8'))).toBe('192.0.2.1')
    expect(findClientAddress(forged, trusting('192.0.2.0/24'))).toBe('198.51.100.9')
  })

  it.each([
    ['the last address that is no proxy of ours', '6.6.6.6, 198.51.100.9, 10.0.0.2', '198.51.100.9'],
    ['an address with a port', '198.51.100.9:4711', '198.51.100.9'],
    ['an IPv6 address with a port', '[2001:db8::9]:4711', '2001:db8::9'],
    ['the proxy itself, where what it says is no address', 'unknown', '10.0.0.1'],
    ['the proxy itself, where it says nothing', '', '10.0.0.1'],
    ['nothing that stands left of what is no address', '6.6.6.6, nonsense', '10.0.0.1'],
  ])('takes %s', (_name, header, expected) => {
    expect(findClientAddress(request({ ...from('10.0.0.1'), 'x-forwarded-for': header }), trusting('10.0.0.0/8'))).toBe(
      expected,
    )
  })

  it('finds what srvx tells, and nothing on a platform that tells nothing', () => {
    const asked = Object.assign(request(), { ip: '::ffff:192.0.2.1' })
    const sources = { trustedProxies: [], clientAddress: undefined }
    expect(networksOf(findClientAddress(asked, sources) ?? '')).toEqual([{ name: '192.0.2.1', share: 1 }])
    expect(findClientAddress(request(), sources)).toBeUndefined()
  })

  it('OP-04 counts IPv6 by /64, /56 and /48', () => {
    const names = (address: string) => networksOf(address).map(({ name }) => name)
    expect(names('2001:db8:1:2::1')).toEqual(names('2001:DB8:1:2:ffff:ffff:ffff:ffff'))
    expect(names('2001:db8:1:2::1')[0]).not.toBe(names('2001:db8:1:3::1')[0])
    expect(names('2001:db8:1:2::1').slice(1)).toEqual(names('2001:db8:1:3::1').slice(1))
    expect(names('2001:db8:1:2::1')[2]).not.toBe(names('2001:db8:2:2::1')[2])
  })
})

describe('client authentication', () => {
  it('TK-29 limits failures per client and network, and never the right secret from elsewhere', async () => {
    const harness = await withAddress()
    const statuses: number[] = []
    for (let i = 0; i < 1000; i++) statuses.push((await wrong(harness, '192.0.2.1')).status)
    expect(statuses.slice(0, 20).every((status) => status === 401)).toBe(true)
    expect(statuses.slice(20).every((status) => status === 429)).toBe(true)
    const refused = await right(harness, '192.0.2.1')
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '900'])
    expect(refused.body['error_description']).toMatch(/too many attempts\. Try again in 900 seconds/)
    expect((await right(harness, '192.0.2.2')).status).toBe(200)
    const other = { client_id: 'confidential', client_secret: SERVICE_SECRET, grant_type: 'client_credentials' }
    expect((await post(harness.server, '/token', other, from('192.0.2.1'))).body['error']).toBe('unauthorized_client')
    harness.clock.now += 900
    expect((await right(harness, '192.0.2.1')).status).toBe(200)
  })

  it('TK-29 tells the events once that a limit was reached, and by whom', async () => {
    const harness = await withAddress()
    const reached: unknown[] = []
    harness.server.on('limit.reached', (event) => reached.push(event))
    for (let i = 0; i < 1000; i++) await wrong(harness, '192.0.2.1')
    expect(reached).toEqual([{ limit: 'client_authentication', network: '192.0.2.1' }])
  })

  it('OP-04 ATT-046 limits who moves through his /64, and who moves through the /64s of his /48', async () => {
    const harness = await withAddress()
    const last = async (count: number, address: (i: number) => string) => {
      let status = 0
      for (let i = 0; i < count; i++) status = (await wrong(harness, address(i))).status
      return status
    }
    expect(await last(21, (i) => `2001:db8:1:1::${i.toString(16)}`)).toBe(429)
    // 4 times as many in a /56, 16 times as many in a /48, whichever of its networks they come from.
    expect(await last(80, (i) => `2001:db8:2:${i.toString(16)}::1`)).toBe(401)
    expect(await last(1, () => '2001:db8:2:ff::1')).toBe(429)
    expect(await last(1, () => '2001:db8:2:100::1')).toBe(401)
    const spread = (i: number) => `2001:db8:3:${(i * 256).toString(16).slice(-4)}::1`
    expect(await last(320, spread)).toBe(401)
    expect(await last(1, () => '2001:db8:3:ffff::1')).toBe(429)
    expect(await last(1, () => '2001:db8:4::1')).toBe(401)
  })

  /** How many of 65,536 wrong secrets, each from another address, are looked at. */
  async function lookedAt(headersOf: (n: string) => Record<string, string>): Promise<number> {
    const limits = createLimits({
      store: memoryStore(),
      secrets: await deriveSecrets([SECRET]),
      emit: () => undefined,
      now: () => 1_800_000_000,
      addresses: { trustedProxies: [], clientAddress: (asked) => asked.headers.get('x-test-address') ?? undefined },
    })
    let count = 0
    for (let i = 0; i < 65_536; i++) {
      const asked = request(headersOf(i.toString(16)))
      const isRefused = await limits.refuse('client_authentication', asked, 'service').then(
        () => false,
        () => true,
      )
      if (isRefused) continue
      count++
      await limits.fail('client_authentication', asked, 'service')
    }
    return count
  }

  it.each([
    ['20 from 65,536 addresses of one /64', (n: string) => from(`2001:db8:1:1::${n}`), 20],
    ['320 from the 65,536 /64s of one /48', (n: string) => from(`2001:db8:1:${n}::1`), 320],
    [
      '20 from 65,536 addresses that a header only claims',
      (n: string) => ({
        ...from('192.0.2.1'),
        'x-forwarded-for': `2001:db8:${n}::1`,
        forwarded: `for="[2001:db8:${n}::1]"`,
      }),
      20,
    ],
  ])('OP-04 ATT-046 looks at %s', async (_name, headersOf, most) => {
    expect(await lookedAt(headersOf)).toBe(most)
  })

  it('OP-04 ATT-046 takes all ways to write an address for one', async () => {
    const harness = await withAddress()
    const forms = ['2001:db8::1', '2001:DB8::1', '2001:0db8:0:0::1', '2001:db8:0:0:0:0:0:1']
    for (let i = 0; i < 20; i++) await wrong(harness, forms[i % 4] ?? '')
    expect((await wrong(harness, '2001:db8::1')).status).toBe(429)
    for (let i = 0; i < 20; i++) await wrong(harness, i % 2 ? '::ffff:192.0.2.7' : '192.0.2.7')
    expect((await wrong(harness, '::FFFF:c000:207')).status).toBe(429)
    const form = { grant_type: 'client_credentials' }
    const claiming = (i: number) => ({
      ...basic('service', 'wrong'),
      ...from('192.0.2.8'),
      'x-forwarded-for': `8.8.8.${i}`,
    })
    for (let i = 0; i < 20; i++) await post(harness.server, '/token', form, claiming(i))
    expect((await post(harness.server, '/token', form, claiming(20))).status).toBe(429)
  })

  it('OP-04 a public client is no bucket: who floods with its identifier hinders nobody else', async () => {
    const harness = await withAddress()
    const flood = () =>
      post(
        harness.server,
        '/token',
        { grant_type: 'authorization_code', client_id: 'web', code: 'x', code_verifier: 'x'.repeat(43) },
        from('192.0.2.1'),
      )
    for (let i = 0; i < 300; i++) await flood()
    // Nor is there one for it to be caught in: who fails beside it, in its own network, can't shut it out.
    for (let i = 0; i < 300; i++) await wrong(harness, '192.0.2.1', `stranger-${i}`)
    expect((await right(harness, '192.0.2.1')).status).toBe(429)
    const form = { grant_type: 'authorization_code', client_id: 'web', code_verifier: verifier, redirect_uri: CALLBACK }
    const code = (await authorizeAs(harness.browser())).get('code') ?? ''
    expect((await post(harness.server, '/token', { ...form, code }, from('192.0.2.1'))).status).toBe(200)
  })

  it('asks the store nothing for what succeeds, even while somebody else fails', async () => {
    const asked: string[] = []
    const memory = memoryStore()
    const store: Store = {
      ...memory,
      count(counters, at) {
        asked.push('count')
        return memory.count(counters, at)
      },
      uncount(keys, at) {
        asked.push('uncount')
        return memory.uncount(keys, at)
      },
    }
    const harness = await withAddress({ store })
    const code = (await authorizeAs(harness.browser(), { scope: 'offline_access notes:read' })).get('code')
    asked.length = 0
    await wrong(harness, '192.0.2.1')
    expect(asked).toEqual(['count'])
    asked.length = 0
    const tokens = await redeem(harness.server, code)
    expect((await refresh(harness.server, tokens.body['refresh_token'])).status).toBe(200)
    expect((await right(harness, '192.0.2.1')).status).toBe(200)
    expect(asked).toEqual([])
  })

  it('holds over several nodes: each learns of all failures with its first', async () => {
    const one = await withAddress()
    const two = await withAddress({ store: one.store })
    for (let i = 0; i < 20; i++) await wrong(one, '192.0.2.1')
    expect([(await wrong(two, '192.0.2.1')).status, (await wrong(two, '192.0.2.1')).status]).toEqual([401, 429])
  })
})

describe('the sign-in page', () => {
  const tryFrom = async (harness: Harness, address: string, password: string, browser = harness.browser()) => {
    let page = await browser.open(authorizeUrl(), from(address))
    page = await browser.submit(page, { username: 'alice', password }, from(address))
    return { page, browser }
  }
  const isIn = (page: { text: string }) => page.text.includes('value="allow"')

  it('OP-04 lets the owner of an account that strangers go on trying sign in: at once where he did before, else within 30 seconds', async () => {
    const harness = await withAddress()
    const { browser: known, page: first } = await tryFrom(harness, '203.0.113.1', 'wonderland')
    expect(isIn(first)).toBe(true)
    known.cookies.delete('__Host-scopewise-session')

    // From so many networks that none of them is used up.
    const guesses = 10_000
    const browser = harness.browser()
    const page = await browser.open(authorizeUrl(), from('198.18.0.1'))
    for (let i = 0; i < guesses; i += 50) {
      const addresses = Array.from({ length: 50 }, (_, j) => `198.18.${Math.floor((i + j) / 250)}.${(i + j) % 250}`)
      await Promise.all(
        addresses.map((address) => browser.submit(page, { username: 'Alice ', password: 'guess' }, from(address))),
      )
    }

    expect(isIn((await tryFrom(harness, '203.0.113.1', 'wonderland', known)).page)).toBe(true)

    const elsewhere = await tryFrom(harness, '203.0.113.2', 'wonderland')
    expect([elsewhere.page.status, elsewhere.page.headers.get('retry-after')]).toEqual([429, '20'])
    harness.clock.now += 19
    const early = await elsewhere.browser.submit(
      elsewhere.page,
      { username: 'alice', password: 'wonderland' },
      from('203.0.113.2'),
    )
    expect(early.status).toBe(429)
    harness.clock.now += 1
    const inTime = await elsewhere.browser.submit(
      early,
      { username: 'alice', password: 'wonderland' },
      from('203.0.113.2'),
    )
    expect(isIn(inTime)).toBe(true)
  }, 120_000)

  describe('of an account that is under attack', () => {
    /** Fails so often, from so many networks, that whoever is not known has to wait. */
    async function attack(harness: Harness, username: string) {
      const browser = harness.browser()
      const page = await browser.open(authorizeUrl(), from('198.18.0.1'))
      for (let i = 0; i < 101; i++) await browser.submit(page, { username, password: 'guess' }, from(`198.18.0.${i}`))
    }
    const statusOf = async (browser: Browser, username: string, password = 'guess') => {
      const page = await browser.open(authorizeUrl(), from('203.0.113.2'))
      return (await browser.submit(page, { username, password }, from('203.0.113.2'))).status
    }

    it('OP-04 a wait is good for one try, and for the account that it was for', async () => {
      const harness = await withAddress()
      await attack(harness, 'alice')
      await attack(harness, 'bob')
      const browser = harness.browser()
      expect(await statusOf(browser, 'alice')).toBe(429)
      harness.clock.now += 20
      const waited = [...browser.cookies]
      expect(await statusOf(browser, 'bob')).toBe(429)
      for (const [name, value] of waited) browser.cookies.set(name, value)
      expect(await statusOf(browser, 'alice')).toBe(200)
      for (const [name, value] of waited) browser.cookies.set(name, value)
      expect(await statusOf(browser, 'alice')).toBe(429)
    })

    it('OP-04 a browser is known for half a year', async () => {
      const harness = await withAddress()
      const { browser } = await tryFrom(harness, '203.0.113.1', 'wonderland')
      for (const [days, status] of [
        [179, 200],
        [1, 429],
      ] as const) {
        harness.clock.now += days * 86_400
        browser.cookies.delete('__Host-scopewise-session')
        await attack(harness, 'alice')
        expect(await statusOf(browser, 'alice')).toBe(status)
      }
    })
  })

  it('hands on nothing that is too long to be a name or a password', async () => {
    let asked = 0
    const login = passwordPage(async () => {
      asked++
      return undefined
    })
    const browser = (await withAddress({ login })).browser()
    const page = await browser.open(authorizeUrl())
    const long = 'x'.repeat(1025)
    for (const typed of [
      { username: long, password: 'x' },
      { username: 'x', password: long },
    ])
      expect((await browser.submit(page, typed)).text).toContain('role="alert"')
    expect(asked).toBe(0)
  })

  it('OP-04 limits tries per account and network, wherever the right password is', async () => {
    const harness = await withAddress()
    for (let i = 0; i < 10; i++) expect((await tryFrom(harness, '192.0.2.1', 'guess')).page.status).toBe(200)
    const limited = (await tryFrom(harness, '192.0.2.1', 'wonderland')).page
    expect([limited.status, limited.headers.get('retry-after'), isIn(limited)]).toEqual([429, '900', false])
    expect(isIn((await tryFrom(harness, '192.0.2.2', 'wonderland')).page)).toBe(true)
    harness.clock.now += 900
    expect(isIn((await tryFrom(harness, '192.0.2.1', 'wonderland')).page)).toBe(true)
  })

  it('takes back what was counted when somebody signs in', async () => {
    const harness = await withAddress()
    for (let i = 0; i < 30; i++) expect(isIn((await tryFrom(harness, '192.0.2.1', 'wonderland')).page)).toBe(true)
  })

  it('counts no more than the limit when all guesses come at once', async () => {
    let asked = 0
    const harness = await withAddress({
      login: passwordPage(async () => {
        asked++
        return undefined
      }),
    })
    const browser = harness.browser()
    const page = await browser.open(authorizeUrl(), from('192.0.2.1'))
    const guess = () => browser.submit(page, { username: 'alice', password: 'guess' }, from('192.0.2.1'))
    await Promise.all(Array.from({ length: 100 }, guess))
    expect(asked).toBe(10)
  })

  it('limits a browser that is known by what it does itself', async () => {
    const harness = await withAddress()
    const { browser } = await tryFrom(harness, '192.0.2.1', 'wonderland')
    browser.cookies.delete('__Host-scopewise-session')
    for (let i = 0; i < 10; i++) expect((await tryFrom(harness, '192.0.2.1', 'guess', browser)).page.status).toBe(200)
    expect((await tryFrom(harness, '192.0.2.9', 'wonderland', browser)).page.status).toBe(429)
    // What it failed at hinders nobody else on that network.
    expect(isIn((await tryFrom(harness, '192.0.2.1', 'wonderland')).page)).toBe(true)
  })
})
