import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { authorizeAs, authorizeUrl, createHarness, createTestServer, ISSUER, web } from '../testing/harness.js'

const ALICE = { username: 'alice', password: 'wonderland' }

describe('the option pages', () => {
  it('puts a page in the place of a built-in one, with its data and the HTML that it replaces', async () => {
    const harness = await createHarness({
      pages: {
        signIn: ({ purpose, hidden, action }, builtIn) => {
          const name = typeof purpose === 'string' ? purpose : purpose.clientName
          const own = `<!doctype html><title>${name}</title><form method="post" action="${action}"><input type="hidden" name="state" value="${hidden['state']}"></form>`
          return builtIn().includes(name) ? own : 'never'
        },
      },
    })
    const browser = harness.browser()
    const page = await browser.open(authorizeUrl())
    expect(page.text).toContain('<title>Notes</title>')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect((await browser.submit(page, ALICE)).text).toContain('value="allow"')
  })

  it('allows the style that comes with a page, and nothing else', async () => {
    const style = 'body{color:teal}'
    const html = `<!doctype html><style>${style}</style>`
    const { browser } = await createHarness({ pages: { signIn: async () => ({ html, style }) } })
    const policy = (await browser().open(authorizeUrl())).headers.get('content-security-policy')
    expect(policy).toContain(` 'sha256-${createHash('sha256').update(style).digest('base64')}';`)
    expect(policy).not.toContain('script-src')
  })

  it('AZ-23 keeps a Response of one’s own out of frames and caches, and ends the session all the same', async () => {
    const harness = await createHarness({
      pages: {
        signedOut: () =>
          new Response('<p>bye', {
            headers: {
              'content-type': 'text/html',
              'content-security-policy': "default-src 'self'",
              'cache-control': 'public',
            },
          }),
      },
    })
    const browser = harness.browser()
    await authorizeAs(browser)
    const page = await browser.submit(await browser.open(`${ISSUER}/end-session`), { decision: 'sign_out' })
    expect(page.text).toBe('<p>bye')
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('x-frame-options')).toBe('DENY')
    expect(page.headers.get('content-security-policy')).toBe(
      "default-src 'self', frame-ancestors 'none'; base-uri 'none'",
    )
    expect(browser.cookies.has('__Host-scopewise-session')).toBe(false)
  })

  it('that throws gives the error page and an event; an error page that throws gives the built-in one', async () => {
    const fail = () => {
      throw new Error('my template')
    }
    const harness = await createHarness({ pages: { signIn: fail, error: fail } })
    const page = await harness.browser().open(authorizeUrl())
    expect(page.status).toBe(500)
    expect(page.text).toContain('Something went wrong on our side')
    expect(harness.events.map(({ event }) => 'where' in event && event.where)).toEqual(['/interaction', 'pages.error'])
  })

  it('AZ-34 puts a page in the place of the form that carries an answer, which may run the one script', async () => {
    const harness = await createHarness({
      clients: [{ ...web, responseModes: ['form_post'] }],
      pages: {
        formPost: ({ action, hidden, script }) => {
          const fields = Object.entries(hidden).map(
            ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
          )
          return `<form method="post" action="${action}">${fields.join('')}<button>Go</button></form><script>${script}</script>`
        },
      },
    })
    const page = await harness.browser().open(authorizeUrl({ response_mode: 'form_post', prompt: 'none' }))
    expect(page.form?.fields.get('error')).toBe('login_required')
    const script = /<script>(.*)<\/script>/.exec(page.text)?.[1] ?? ''
    const hash = createHash('sha256').update(script).digest('base64')
    expect(page.headers.get('content-security-policy')).toContain(`script-src 'sha256-${hash}'; `)
  })

  it('refuses a name that no page has', () => {
    // What JavaScript may pass, whatever the types say.
    const pages = { consnet: () => '' } as object
    expect(() => createTestServer({ pages })).toThrow(/pages: has to be an object with some of signIn, consent/)
  })
})
