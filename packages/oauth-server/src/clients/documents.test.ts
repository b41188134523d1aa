import { describe, expect, it } from 'vitest'
import { authorizeUrl, createHarness, type Harness, ISSUER, redeem, web } from '../testing/harness.js'
import { isDocumentUrl } from './documents.js'

const CLIENT = 'https://client.example/oauth/client.json'
const REDIRECT = 'https://client.example/cb'
const good = { client_id: CLIENT, client_name: 'Their <script>', redirect_uris: [REDIRECT], scope: 'notes:read admin' }

interface Setup {
  readonly documents?: Readonly<Record<string, () => Response>>
  readonly options?: object
}

async function setUp({ documents = { [CLIENT]: () => Response.json(good) }, options = {} }: Setup = {}) {
  const fetched: string[] = []
  const harness = await createHarness({
    clientMetadataDocuments: true,
    outbound: {
      async fetch(url) {
        fetched.push(url)
        return documents[url]?.() ?? new Response(null, { status: 404 })
      },
    },
    ...options,
  })
  return { harness, fetched }
}

const ask = (changes: Record<string, string | undefined> = {}) =>
  authorizeUrl({ client_id: CLIENT, redirect_uri: REDIRECT, scope: 'notes:read', ...changes })
const reasons = ({ events }: Harness) =>
  events.flatMap(({ name, event }) => (name === 'client_metadata.refused' && 'reason' in event ? [event.reason] : []))

/** Signs in and stops at the consent page. */
async function toConsent(harness: Harness, changes: Record<string, string | undefined> = {}) {
  const browser = harness.browser()
  const page = await browser.open(ask(changes))
  return { browser, page: await browser.submit(page, { username: 'alice', password: 'wonderland' }) }
}

describe('isDocumentUrl', () => {
  it.each([
    'https://client.example/oauth/client.json',
    'https://client.example:8443/c',
    'https://client.example/c?v=1',
  ])('MD-06 takes %s', (url) => expect(isDocumentUrl(url)).toBe(true))

  it.each([
    'http://client.example/c',
    'https://client.example',
    'https://client.example/',
    'https://client.example/c#f',
    'https://client.example/c#',
    'https://user@client.example/c',
    'https://user:pass@client.example/c',
    'https://client.example/a/../c',
    'https://client.example/./c',
    'https://client.example/%2e%2e/c',
    'https://Client.example/c',
    'https://client.example:443/c',
    'HTTPS://client.example/c',
    'https:client.example/c',
    'https://client.example/c d',
    'urn:client',
  ])('MD-06 refuses %s', (url) => expect(isDocumentUrl(url)).toBe(false))
})

describe('client metadata documents', () => {
  it('MD-06 are off by default: the URL is an unknown client, and nothing is fetched', async () => {
    const { harness, fetched } = await setUp({ options: { clientMetadataDocuments: undefined } })
    const page = await harness.browser().open(ask())
    expect([page.status, page.location, fetched]).toEqual([400, undefined, []])
    expect(harness.server.metadata['client_id_metadata_document_supported']).toBeUndefined()
  })

  it('MD-06 make a public client whose name and host stand on the consent page, and nothing of it is loaded', async () => {
    const { harness, fetched } = await setUp({
      documents: { [CLIENT]: () => Response.json({ ...good, logo_uri: 'https://client.example/logo.png' }) },
    })
    const { browser, page } = await toConsent(harness)
    expect(page.text).toContain('client.example')
    expect(page.text).toContain('Their &lt;script&gt;')
    expect(page.text).not.toContain('logo.png')
    const { location } = await browser.submit(page, { decision: 'allow' })
    const code = new URL(location ?? '').searchParams.get('code')
    const tokens = await redeem(harness.server, code, { client_id: CLIENT, redirect_uri: REDIRECT })
    expect([tokens.status, tokens.body['scope']]).toEqual([200, 'notes:read'])
    // Once for all requests of the flow.
    expect(fetched).toEqual([CLIENT])
  })

  it.each([
    ['http://127.0.0.1/cb', true],
    ['http://localhost/cb', true],
    ['com.example.app:/cb', true],
    [REDIRECT, false],
  ])(
    'AZ-26 an answer to %s comes with a warning that any program can claim to be it: %s',
    async (redirect_uri, warns) => {
      const redirect_uris = ['http://127.0.0.1/cb', 'http://localhost/cb', 'com.example.app:/cb', REDIRECT]
      const { harness } = await setUp({ documents: { [CLIENT]: () => Response.json({ ...good, redirect_uris }) } })
      const { page } = await toConsent(harness, { redirect_uri })
      expect(page.text).toContain('value="allow"')
      expect(page.text.includes('any program here can claim to be <bdi>Their &lt;script&gt;</bdi>')).toBe(warns)
    },
  )

  it('ATT-057 are asked for consent each time, whatever they were granted before', async () => {
    const { harness } = await setUp()
    const { browser, page } = await toConsent(harness)
    await browser.submit(page, { decision: 'allow' })
    const again = await browser.open(ask())
    expect(again.text).toContain('value="allow"')
    expect(again.text).toContain('client.example')
  })

  it('ATT-036 get no scope beyond the policy', async () => {
    const { harness } = await setUp()
    const browser = harness.browser()
    const page = await browser.open(ask({ scope: 'admin' }))
    expect([page.status, page.location]).toEqual([400, undefined])
  })

  it.each<[string, object, string]>([
    ['names another client_id', { ...good, client_id: `${CLIENT}/` }, 'other_client_id'],
    ['names none', { redirect_uris: [REDIRECT] }, 'invalid_document'],
    ['is no object', ['x'], 'invalid_document'],
    ['holds a secret', { ...good, client_secret: 'x' }, 'secret'],
    ['says when a secret ends', { ...good, client_secret_expires_at: 0 }, 'secret'],
    ['wants a secret', { ...good, token_endpoint_auth_method: 'client_secret_basic' }, 'invalid_metadata'],
    ['wants a secret in the body', { ...good, token_endpoint_auth_method: 'client_secret_post' }, 'invalid_metadata'],
    ['signs with no key', { ...good, token_endpoint_auth_method: 'private_key_jwt' }, 'invalid_metadata'],
    ['wants to act for itself', { ...good, grant_types: ['client_credentials'] }, 'invalid_metadata'],
    ['has no redirect URI', { ...good, redirect_uris: [] }, 'invalid_redirect_uri'],
    ['redirects to a script', { ...good, redirect_uris: ['javascript:alert(1)'] }, 'invalid_redirect_uri'],
  ])(
    'MD-06 ATT-033 a document that %s makes no client: an error page, never a redirect',
    async (_name, document, reason) => {
      const { harness } = await setUp({ documents: { [CLIENT]: () => Response.json(document) } })
      const page = await harness.browser().open(ask())
      expect([page.status, page.location]).toEqual([400, undefined])
      expect(reasons(harness)).toEqual([reason])
    },
  )

  it('AZ-05 may not redirect to http as a web client, though the issuer itself is http on a loopback host', async () => {
    const document = { ...good, application_type: 'web', redirect_uris: ['http://127.0.0.1:4000/cb'] }
    const issuer = 'http://localhost:4000'
    const { harness } = await setUp({ documents: { [CLIENT]: () => Response.json(document) }, options: { issuer } })
    const page = await harness.browser().open(ask({}).replace(ISSUER, issuer))
    expect([page.status, reasons(harness)]).toEqual([400, ['invalid_redirect_uri']])
  })

  it.each([`${CLIENT}#x`, `${CLIENT}/..`, 'https://client.example/', 'https://u@client.example/c'])(
    'MD-06 ATT-033 fetches nothing for %s',
    async (clientId) => {
      const { harness, fetched } = await setUp()
      const page = await harness.browser().open(ask({ client_id: clientId }))
      expect([page.status, page.location, fetched]).toEqual([400, undefined, []])
    },
  )

  it('MD-06 ATT-033 a redirect URI that is not in the document gets an error page', async () => {
    const { harness } = await setUp()
    for (const uri of [`${REDIRECT}/`, 'https://evil.example/cb']) {
      const page = await harness.browser().open(ask({ redirect_uri: uri }))
      expect([page.status, page.location]).toEqual([400, undefined])
    }
  })

  it('AZ-33 ATT-033 nobody who has not been here is sent to its address with an error; who is signed in is', async () => {
    const { harness } = await setUp()
    const stranger = await harness.browser().open(ask({ scope: 'unknown' }))
    expect([stranger.status, stranger.location]).toEqual([400, undefined])
    const { browser } = await toConsent(harness)
    const known = await browser.open(ask({ scope: 'unknown' }))
    expect(new URL(known.location ?? '').searchParams.get('error')).toBe('invalid_scope')
  })

  it('MD-05 a document that fails is left alone for a while, and is no client', async () => {
    const { harness, fetched } = await setUp({ documents: {} })
    for (let i = 0; i < 5; i++) expect((await harness.browser().open(ask())).status).toBe(400)
    expect(fetched).toHaveLength(1)
    harness.clock.now += 60
    await harness.browser().open(ask())
    expect(fetched).toHaveLength(2)
  })

  it('MD-05 a document that is wrong is left alone for a while, too, though its host answers', async () => {
    const { harness, fetched } = await setUp({ documents: { [CLIENT]: () => Response.json({ client_id: CLIENT }) } })
    for (let i = 0; i < 5; i++) expect((await harness.browser().open(ask())).status).toBe(400)
    expect(fetched).toHaveLength(1)
    harness.clock.now += 60
    await harness.browser().open(ask())
    expect(fetched).toHaveLength(2)
  })

  it('are kept as long as they say, and a while longer while their host is away', async () => {
    let isAway = false
    const answer = () => {
      if (isAway) throw new TypeError('fetch failed')
      return Response.json(good, { headers: { 'cache-control': 'max-age=600' } })
    }
    const { harness, fetched } = await setUp({ documents: { [CLIENT]: answer } })
    const status = async () => (await harness.browser().open(ask())).status
    expect(await status()).toBe(200)
    harness.clock.now += 599
    expect([await status(), fetched.length]).toEqual([200, 1])
    isAway = true
    harness.clock.now += 1
    expect([await status(), fetched.length]).toEqual([200, 2])
    harness.clock.now += 2 * 86_400
    expect(await status()).toBe(400)
  })

  it('are fetched once for all who ask at the same time', async () => {
    const { harness, fetched } = await setUp()
    const pages = await Promise.all(Array.from({ length: 20 }, () => harness.browser().open(ask())))
    expect(pages.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(fetched).toHaveLength(1)
  })

  it('are never fetched for a name that somebody signs in with', async () => {
    const { harness, fetched } = await setUp({ options: { login: () => ({ subject: CLIENT }) } })
    await harness.browser().open(authorizeUrl())
    expect(fetched).toEqual([])
  })

  it('count only where the policy says so', async () => {
    const asked: string[] = []
    const allow = (clientId: string) => {
      asked.push(clientId)
      return false
    }
    const { harness, fetched } = await setUp({ options: { clientMetadataDocuments: { allow } } })
    expect((await harness.browser().open(ask())).status).toBe(400)
    expect([asked, fetched]).toEqual([[CLIENT], []])
  })

  it('never stand in for a client of the configuration', async () => {
    const { harness, fetched } = await setUp({
      options: { clients: [{ ...web, clientId: CLIENT, redirectUris: ['https://other.example/cb'] }] },
    })
    expect((await harness.browser().open(ask())).status).toBe(400)
    expect(fetched).toEqual([])
  })

  it('are limited per network', async () => {
    const { harness, fetched } = await setUp({
      options: { clientAddress: () => '192.0.2.1' },
      documents: Object.fromEntries(
        Array.from({ length: 100 }, (_, i) => [
          `https://c${i}.example/c`,
          () => Response.json({ ...good, client_id: `https://c${i}.example/c` }),
        ]),
      ),
    })
    const statuses: number[] = []
    for (let i = 0; i < 70; i++)
      statuses.push((await harness.browser().open(ask({ client_id: `https://c${i}.example/c` }))).status)
    expect([fetched.length, statuses.at(-1)]).toEqual([60, 429])
  })
})
