// Tabs of one origin in a real browser, over one grant in IndexedDB.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { build } from 'esbuild'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { findChromium, HOW_TO_GET_ONE } from '../chromium.mjs'
import { root } from '../packaging/workspace.js'
import type { tab as Tab } from './tabs.page.js'

const executablePath = findChromium()
if (!executablePath) process.stderr.write(`\nSKIPPED, tabs in a real browser: ${HOW_TO_GET_ONE}\n\n`)

describe.skipIf(!executablePath)('tabs of one origin', () => {
  let browser: Browser
  let server: Server
  let origin = ''
  let tokenRequests = 0
  const refreshTokens: (string | null)[] = []
  let tabs: readonly Page[] = []

  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [join(root, 'tests/interop/tabs.page.ts')],
      bundle: true,
      write: false,
      format: 'esm',
    })
    const script = outputFiles[0]?.text ?? ''
    server = createServer((request, response) => {
      let body = ''
      request.on('data', (part) => {
        body += part
      })
      request.on('end', () => {
        const send = (type: string, text: string) => response.setHeader('content-type', type).end(text)
        if (request.url === '/tab.js') return send('text/javascript', script)
        if (request.url === '/token') {
          refreshTokens.push(new URLSearchParams(body).get('refresh_token'))
          const number = ++tokenRequests
          const next = { access_token: `a${number}`, refresh_token: `r${number}`, token_type: 'DPoP', expires_in: 600 }
          return setTimeout(() => send('application/json', JSON.stringify(next)), 50)
        }
        if (request.url?.endsWith('openid-configuration'))
          return send('application/json', JSON.stringify({ issuer: origin, token_endpoint: `${origin}/token` }))
        return send('text/html', '<!doctype html><title>tab</title><script type="module" src="/tab.js"></script>')
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    // `as`: a server that listens on a port has such an address.
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    browser = await chromium.launch({ ...(executablePath && { executablePath }), args: ['--no-sandbox'] })
    const context = await browser.newContext()
    tabs = await Promise.all(
      [1, 2, 3, 4, 5].map(async () => {
        const page = await context.newPage()
        await page.goto(origin)
        await page.waitForFunction('globalThis.tab !== undefined')
        return page
      }),
    )
  })

  afterAll(async () => {
    await browser?.close()
    server?.closeAllConnections()
    await new Promise((resolve) => server?.close(resolve))
  })

  const inTab = <T>(page: Page | undefined, work: string): Promise<T> =>
    page ? page.evaluate<T>(`(async () => { const { tab } = globalThis; ${work} })()`) : expect.fail('no such tab')

  it('CL-06 ATT-082 makes one token request for ten callers in five tabs, all served, and tells the others', async () => {
    const tokens: Parameters<typeof Tab.adopt>[0] = {
      accessToken: 'a0',
      refreshToken: 'r0',
      tokenType: 'DPoP',
      scope: [],
      obtainedAt: 1,
      expiresAt: 2,
    }
    await inTab(tabs[0], `await tab.adopt(${JSON.stringify(tokens)})`)
    const work = 'return Promise.all([tab.get(), tab.get()])'
    const results = await Promise.all(tabs.map((page) => inTab<string[]>(page, work)))
    expect(new Set(results.flat())).toEqual(new Set(['a1']))
    expect(refreshTokens).toEqual(['r0'])
    await inTab(tabs[1], 'await tab.clear()')
    // It is told in its own time, and of the refresh before.
    const answer = () => inTab(tabs[4], 'return tab.get().catch(({ message }) => message)')
    await expect.poll(answer).toContain('Nobody is signed in')
    expect(await inTab<string[]>(tabs[4], 'return tab.changes')).toContain('changed')
  })

  it('CL-12 share one key that no script can read, and leave nothing in web storage', async () => {
    const thumbprints = await Promise.all(tabs.map((page) => inTab<string>(page, 'return tab.keyThumbprint()')))
    expect(new Set(thumbprints).size).toBe(1)
    expect(await inTab(tabs[0], 'return tab.isKeyExtractable()')).toBe(false)
    expect(await inTab(tabs[0], 'return localStorage.length + sessionStorage.length')).toBe(0)
  })

  it('lets one of fifty racers win each swap', async () => {
    let expected: string | undefined
    for (let round = 0; round < 5; round++) {
      const won = await Promise.all(
        tabs.map((page, tab) => {
          const versions = Array.from({ length: 10 }, (_, index) => `${round}-${tab}-${index}`)
          return inTab<string[]>(
            page,
            `return tab.race('race', ${JSON.stringify(expected)}, ${JSON.stringify(versions)})`,
          )
        }),
      )
      expect(won.flat()).toHaveLength(1)
      expected = won.flat()[0]
    }
  })
})
