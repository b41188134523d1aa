// Every page of the authorization server in a real browser, as people meet them: with their errors, in both languages, on a
// phone and on a desk, by day and by night. SCOPEWISE_SCREENSHOTS names a folder that keeps the pictures.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createAuthorizationServer, memoryStore, passwordPage } from '@scopewise/oauth-server'
import { toNodeHandler } from '@scopewise/oauth-server/node'
import { defineAccessToken, defineScopes } from '@scopewise/token-core'
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { findChromium, HOW_TO_GET_ONE } from '../chromium.mjs'
import { audit } from './page-audit.js'

const executablePath = findChromium()
if (!executablePath) process.stderr.write(`\nSKIPPED, the pages in a real browser: ${HOW_TO_GET_ONE}\n\n`)

/** 320 px is also a desktop of 1280 px at 400 %. WCAG 2.2 SC 1.4.10 */
const WIDTHS = [320, 1280]
const SCHEMES = ['light', 'dark'] as const
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

const scopes = defineScopes({
  'notes:read': { description: { en: 'Read your notes', de: 'Deine Notizen lesen' } },
  'notes:write': { description: { en: 'Change and delete your notes', de: 'Deine Notizen ändern und löschen' } },
  'users:read': { description: { en: 'See who else has an account', de: 'Sehen, wer sonst ein Konto hat' } },
})

describe.skipIf(!executablePath)(executablePath ? 'the pages' : `the pages (${HOW_TO_GET_ONE})`, () => {
  let browser: Browser
  let context: BrowserContext
  let page: Page
  let cdp: CDPSession
  let app: Server
  let http: Server
  let issuer = ''
  let callback = ''
  let pictures = ''
  let received: { readonly method: string; readonly body: string }[] = []
  let complaints: string[] = []
  let now = 1_800_000_000

  const listen = async (server: Server): Promise<string> => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // `as`: a server that listens on a port has such an address.
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  beforeAll(async () => {
    const kept = process.env['SCOPEWISE_SCREENSHOTS']
    pictures = kept ?? (await mkdtemp(join(tmpdir(), 'scopewise-pages-')))
    await mkdir(pictures, { recursive: true })
    browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] })
    const receive = async (request: IncomingMessage): Promise<void> => {
      if (request.url?.startsWith('/cb')) received.push({ method: request.method ?? '', body: await text(request) })
    }
    app = createServer((request, response) => {
      receive(request).catch((error: unknown) => complaints.push(String(error)))
      response
        .setHeader('content-type', 'text/html')
        .end('<!doctype html><html lang="en"><title>app</title><h1>The app</h1>')
    })
    callback = `${await listen(app)}/cb`
    let handle = async (_: Request) => new Response(null, { status: 503 })
    http = createServer(toNodeHandler((request) => handle(request)))
    issuer = await listen(http)
    const api = `${issuer}/api`
    const { fetch } = createAuthorizationServer({
      issuer,
      token: defineAccessToken({ scopes, lifetime: 600 }),
      resources: { [api]: ['notes:read', 'notes:write', 'users:read'] },
      clients: [
        {
          clientId: 'notes',
          name: 'Notes for Teams',
          redirectUris: [callback],
          postLogoutRedirectUris: [callback],
          responseModes: ['query', 'form_post'],
        },
        {
          clientId: 'tv',
          name: 'Notes TV',
          grantTypes: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
          scope: ['openid', 'notes:read', 'users:read'],
        },
      ],
      login: passwordPage(({ username, password }) => {
        if (password === 'down') throw new Error('the directory is away')
        return password === 'right' ? { subject: username, name: `${username}@example.org` } : undefined
      }),
      allow: ({ subject, requested }) => requested.filter((value) => value !== 'users:read' || subject === 'admin'),
      // The device is in California, and the browser is not.
      clientAddress: (request) => request.headers.get('x-device') ?? '1.1.1.1',
      describeAddress: (_, language) => (language === 'de' ? 'Kalifornien' : 'California'),
      store: memoryStore(),
      now: () => now,
    })
    handle = fetch
  })

  beforeEach(() => {
    complaints = []
    received = []
    now = 1_800_000_000
  })
  afterEach(() => context.close())
  afterAll(async () => {
    await browser.close()
    for (const server of [app, http]) {
      server.closeAllConnections()
      server.close()
    }
    if (process.env['SCOPEWISE_SCREENSHOTS'] === undefined) await rm(pictures, { recursive: true })
  })

  const newContext = async (options: { locale?: string; javaScriptEnabled?: boolean } = {}): Promise<void> => {
    context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: 'en', ...options })
    page = await context.newPage()
    cdp = await context.newCDPSession(page)
    page.setDefaultTimeout(10_000)
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      // That an error page has an error's status is what it is for; anything else that a console tells is not.
      if (message.type() === 'error' && !/status of 4\d\d|status of 503/.test(message.text()))
        complaints.push(message.text())
    })
  }

  /** Looks at the page in every width and scheme, keeps a picture of each, and says what is wrong. */
  const look = async (name: string): Promise<void> => {
    const findings: string[] = []
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: width === 320 ? 640 : 800 })
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme })
        const picture = join(pictures, `${name}-${width}-${colorScheme}.png`)
        // The focus that the audit before left behind is in no picture.
        if (colorScheme === 'dark' || width !== WIDTHS[0])
          await page.evaluate(() => document.querySelector<HTMLElement>(':focus')?.blur())
        await page.screenshot({ path: picture, fullPage: true, animations: 'disabled' })
        const found = await audit(page, cdp)
        findings.push(...found.map((finding) => `${width} ${colorScheme}: ${finding}`))
      }
    }
    expect([name, [...findings, ...complaints]]).toEqual([name, []])
  }

  const authorize = (changes: Record<string, string> = {}): string =>
    `${issuer}/authorize?${new URLSearchParams({
      client_id: 'notes',
      redirect_uri: callback,
      response_type: 'code',
      scope: 'openid profile notes:read',
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
      ...changes,
    })}`

  /** Sends a form and waits for what comes of it. */
  const send = async (how: () => Promise<void>): Promise<void> => {
    const moved = page.waitForEvent('framenavigated')
    await how()
    await moved
    await page.waitForLoadState()
  }
  const enter = () => send(() => page.keyboard.press('Enter'))
  const press = (value: string) => send(() => page.locator(`button[name=decision][value=${value}]`).first().click())
  const signIn = async (username: string, password = 'right'): Promise<void> => {
    await page.locator('#username').fill(username)
    await page.locator('#password').fill(password)
    await enter()
  }
  const userCode = async (): Promise<string> => {
    const body = new URLSearchParams({ client_id: 'tv', scope: 'openid notes:read users:read' })
    const answer: { user_code?: string } = await (
      await fetch(`${issuer}/device-authorization`, { method: 'POST', body, headers: { 'x-device': '8.8.8.8' } })
    ).json()
    return answer.user_code ?? ''
  }
  const typeCode = async (code: string): Promise<void> => {
    await page.goto(`${issuer}/device`)
    await page.locator('#user_code').fill(code)
    await enter()
  }

  it.each(['en', 'de'])('sign-in and consent hold in %s', async (locale) => {
    const user = `rea-${locale}`
    await newContext({ locale })
    await page.goto(authorize())
    await look(`sign-in-${locale}`)
    await signIn(user, 'wrong')
    await look(`sign-in-wrong-${locale}`)
    expect(await page.locator('#username').inputValue()).toBe(user)
    await signIn(user, 'down')
    await look(`sign-in-unavailable-${locale}`)
    await signIn(user)
    await look(`consent-${locale}`)
    await press('allow')
    await page.waitForURL(`${callback}**`)
    await page.goto(authorize({ scope: 'openid notes:read notes:write users:read' }))
    await look(`consent-more-${locale}`)
    expect(await page.locator('.new').count()).toBe(1)
    await press('deny')
    await page.waitForURL(/error=access_denied/)
    await page.goto(authorize({ scope: 'users:read' }))
    await look(`consent-nothing-${locale}`)
  })

  it.each(['en', 'de'])('the errors hold in %s', async (locale) => {
    await newContext({ locale })
    await page.goto(authorize({ client_id: 'nobody' }))
    await look(`error-client-${locale}`)
    await page.goto(authorize({ redirect_uri: 'https://evil.example/' }))
    await look(`error-redirect-uri-${locale}`)
    await page.goto(`${issuer}/interaction?state=x`)
    await look(`error-other-browser-${locale}`)
    await page.goto(`${issuer}/end-session?client_id=nobody`)
    await look(`error-invalid-request-${locale}`)
    await page.goto(authorize())
    now += 3600
    await page.reload()
    await look(`error-expired-${locale}`)
  })

  it.each(['en', 'de'])('DV-05 ATT-044 the pages for devices hold in %s', async (locale) => {
    await newContext({ locale })
    await page.goto(`${issuer}/device`)
    await look(`device-code-${locale}`)
    await typeCode('nonsense')
    await look(`device-code-wrong-${locale}`)
    await typeCode((await userCode()).toLowerCase())
    await look(`device-sign-in-${locale}`)
    await signIn(`rea-${locale}`)
    now += 120
    await page.reload()
    await look(`device-consent-${locale}`)
    expect(await page.locator('main').innerText()).toMatch(/California|Kalifornien/)
    await press('allow')
    await look(`device-allowed-${locale}`)
    const answered = await page.title()
    await page.reload()
    expect(await page.title()).toBe(answered)
    await typeCode(await userCode())
    await press('deny')
    await look(`device-denied-${locale}`)
    for (let guess = 0; guess < 6; guess++) await typeCode('BBBB-BBBB')
    await look(`device-too-many-${locale}`)
    expect(await page.getByRole('alert').count()).toBe(1)
  })

  it.each(['en', 'de'])('connected apps and signing out hold in %s', async (locale) => {
    await newContext({ locale })
    await page.goto(`${issuer}/connected-apps`)
    await look(`connected-apps-sign-in-${locale}`)
    await signIn(`ada ${locale}`)
    await look(`connected-apps-none-${locale}`)
    for (const scope of ['openid notes:read', 'openid notes:write']) {
      now += 3600
      await page.goto(authorize({ scope }))
      await press('allow')
      await page.waitForURL(`${callback}**`)
    }
    now -= 30 // a code lives for a minute
    await page.goto(`${issuer}/connected-apps`)
    await look(`connected-apps-${locale}`)
    await send(() => page.locator('button[name=client]').first().click())
    expect(await page.getByRole('status').count()).toBe(1)
    await look(`connected-apps-done-${locale}`)
    await page.goto(`${issuer}/end-session?client_id=notes`)
    await look(`sign-out-${locale}`)
    await press('stay')
    await look(`stayed-signed-in-${locale}`)
    await page.goto(`${issuer}/end-session`)
    await press('sign_out')
    await look(`signed-out-${locale}`)
  })

  it('connected apps hold over several pages', async () => {
    await newContext()
    await page.goto(`${issuer}/connected-apps`)
    await signIn('max')
    await page.goto(authorize())
    await press('allow')
    // Allowed once, and from then on remembered.
    for (let count = 0; count < 20; count++) await page.goto(authorize())
    await page.goto(`${issuer}/connected-apps`)
    await page.screenshot({ path: join(pictures, 'connected-apps-many.png'), fullPage: true })
    await send(() => page.getByRole('link', { name: 'Older' }).click())
    await look('connected-apps-last-page')
    expect(await page.getByRole('button', { name: /^Sign out:/ }).count()).toBe(1)
    await send(() => page.getByRole('button', { name: /^Sign out:/ }).click())
    expect(await page.getByRole('button', { name: /^Sign out:/ }).count()).toBe(20)
    await page.goBack()
    expect(await page.getByRole('button', { name: /^Sign out:/ }).count()).toBe(20)
  })

  it('a double click answers once, and leads where the answer goes', async () => {
    await newContext()
    await page.goto(`${issuer}/connected-apps`)
    await signIn('kim')
    await page.goto(authorize())
    let posts = 0
    await page.route('**/interaction', async (route) => {
      posts++
      await new Promise((resolve) => setTimeout(resolve, 300))
      await route.continue()
    })
    await page.locator('button[value=allow]').dblclick({ delay: 30 })
    await page.waitForURL(`${callback}?code=**`)
    expect(posts).toBe(1)
  })

  it('signing out in a second tab, and reloading what came of it, says that one is signed out', async () => {
    await newContext()
    await page.goto(`${issuer}/connected-apps`)
    await signIn('zoe')
    await page.goto(`${issuer}/end-session`)
    const first = page
    page = await context.newPage()
    await page.goto(`${issuer}/end-session`)
    await press('sign_out')
    expect(await page.title()).toBe('You are signed out')
    await page.reload()
    expect(await page.title()).toBe('You are signed out')
    page = first
    await press('sign_out')
    expect(await page.title()).toBe('You are signed out')
  })

  it('AZ-34 form_post sends itself with script, and shows a button without', async () => {
    await newContext()
    await page.goto(authorize({ response_mode: 'form_post', prompt: 'none', state: '"><b>' }))
    await page.waitForURL(callback)
    expect(
      received.map(({ method, body }) => [
        method,
        new URLSearchParams(body).get('error'),
        new URLSearchParams(body).get('state'),
      ]),
    ).toEqual([['POST', 'login_required', '"><b>']])
    expect(complaints).toEqual([])
    await context.close()

    await newContext({ javaScriptEnabled: false })
    await page.goto(authorize({ response_mode: 'form_post', prompt: 'none' }))
    await page.screenshot({ path: join(pictures, 'form-post.png') })
    expect(received).toHaveLength(1)
    await page.getByRole('button', { name: 'Continue' }).click()
    await page.waitForURL(callback)
    expect(received).toHaveLength(2)
  })

  it('ATT-056 a page can not be framed', async () => {
    await newContext()
    await page.goto(callback.replace('/cb', '/'))
    await page.setContent(`<iframe src="${authorize()}"></iframe>`)
    await page.waitForTimeout(500)
    const [, frame] = page.frames()
    expect(await frame?.content()).not.toContain('password')
  })

  it('the audit finds what is wrong with a page', async () => {
    await newContext()
    await page.setContent(
      `<html><body><h1>A</h1><h1>B</h1><p style="color:#aaa;background:#fff;width:2000px">faint and wide</p>
<button style="width:10px;height:10px;padding:0"></button><button tabindex="2" style="outline:none">x</button><button>x</button></body></html>`,
    )
    const findings = (await audit(page, cdp)).join('\n')
    for (const finding of [
      'scrolls sideways',
      'no language',
      'no title',
      'not exactly one heading',
      'contrast 2.32',
      'target of 10 x 10 px',
      'a button without a name',
      'two buttons named x',
      'not exactly one main region',
      'Tab 2 reaches 2',
      'does not show the focus',
    ])
      expect(findings).toContain(finding)
  })
})
