import { type BffOptions, createBff, memorySessions } from '../bff.js'
import { REDIRECT_URI } from './server.js'
import { type AppScope, type Setup, setup } from './setup.js'

export const APP = new URL(REDIRECT_URI).origin
export const API = 'https://api.example/v1/'

/** As much of a browser as a page needs: cookies, also those that other sites' requests come without. */
export interface Tab {
  readonly cookies: Map<string, string>
  /** What the page's own script sends. */
  call(path: string, init?: RequestInit): Promise<Response>
  /** A navigation that another site began: strict cookies stay at home. */
  arrive(url: URL): Promise<Response>
  /** A whole login; gives where the user lands. */
  login(wish?: Readonly<Record<string, unknown>>): Promise<string>
}

export interface BffSetup extends Setup {
  readonly bff: (request: Request) => Promise<Response>
  /** Requests that arrived at APIs. */
  readonly calls: Request[]
  /** How APIs answer. */
  api: (request: Request) => Response | Promise<Response>
  openTab(cookies?: Map<string, string>): Tab
}

/** A backend, its authorization server and an API, with one clock. */
export function setupBff(options: Partial<BffOptions<AppScope>> = {}): BffSetup {
  const all = setup({
    redirectUri: `${APP}/bff/callback`,
    transactions: undefined,
    // The test server signs nothing; what signatures do is shown by the tests of idTokenSignatures.
    verifySignature: async () => undefined,
  })
  const calls: Request[] = []
  const made: BffSetup = {
    ...all,
    calls,
    api: () => Response.json({ ok: true }),
    bff: createBff(all.client, {
      scope: ['openid', 'notes:read'],
      store: memorySessions({ now: all.clock.now }),
      apis: [{ path: '/bff/api/', url: API }],
      fetch: async (request) => {
        calls.push(request)
        return made.api(request)
      },
      ...options,
    }),
    openTab: (cookies = new Map()) => openTab(made, cookies),
  }
  return made
}

function openTab({ bff, server }: BffSetup, cookies: Map<string, string>): Tab {
  const lax = new Set<string>()
  async function send(url: URL, init: RequestInit, isCrossSite: boolean): Promise<Response> {
    const headers = new Headers(init.headers)
    const sent = [...cookies].filter(([name]) => !isCrossSite || lax.has(name))
    if (sent.length > 0) headers.set('cookie', sent.map((pair) => pair.join('=')).join('; '))
    const response = await bff(new Request(url, { ...init, headers }))
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '') cookies.delete(name)
      else cookies.set(name, value)
      if (/samesite=lax/i.test(line)) lax.add(name)
    }
    return response
  }
  const tab: Tab = {
    cookies,
    call: (path, init = {}) =>
      send(
        new URL(path, APP),
        { ...init, headers: { 'x-csrf': '1', ...Object.fromEntries(new Headers(init.headers)) } },
        false,
      ),
    arrive: (url) => send(url, {}, true),
    async login(wish) {
      const body = wish && { body: JSON.stringify(wish), headers: { 'content-type': 'application/json' } }
      const started = await tab.call('/bff/login', { method: 'POST', ...body })
      // `as`: what the backend documents.
      const { url } = (await started.json()) as { url: string }
      const landed = await tab.arrive(await server.authorize(new URL(url)))
      return landed.headers.get('location') ?? ''
    },
  }
  return tab
}
