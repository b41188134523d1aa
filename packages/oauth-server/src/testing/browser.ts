/** What a browser shows: a page with its form, or where it was sent outside of the server. */
export interface Page {
  readonly status: number
  readonly url: string
  readonly text: string
  readonly headers: Headers
  readonly form: { readonly action: string; readonly fields: ReadonlyMap<string, string> } | undefined
  /** The address outside the issuer that the last answer redirected to. */
  readonly location: string | undefined
}

type Fetch = (request: Request) => Promise<Response>

/** A browser as far as an authorization server can tell: cookies, redirects, forms. */
export interface Browser {
  readonly issuer: string
  readonly cookies: Map<string, string>
  /** Every Set-Cookie header that came. */
  readonly setCookies: readonly string[]
  /** Every URL that was asked for, as an access log would have them. */
  readonly visited: readonly string[]
  /** Opens an address and follows redirects as long as they stay at the issuer. */
  open(url: string, headers?: Record<string, string>): Promise<Page>
  /** Sends the form of a page, with what was typed or clicked. */
  submit(page: Page, typed: Record<string, string>, headers?: Record<string, string>): Promise<Page>
  /** One request without following anything. */
  request(url: string, init?: RequestInit): Promise<Response>
}

export function createBrowser(fetch: Fetch, issuer: string): Browser {
  const cookies = new Map<string, string>()
  const setCookies: string[] = []
  const visited: string[] = []

  const request = async (url: string, init: RequestInit = {}): Promise<Response> => {
    visited.push(url)
    const headers = new Headers(init.headers)
    if (cookies.size > 0) headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '))
    const response = await fetch(new Request(url, { ...init, headers }))
    for (const cookie of response.headers.getSetCookie()) {
      setCookies.push(cookie)
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? []
      if (cookie.includes('Max-Age=0')) cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }

  const follow = async (response: Response, url: string, hops = 0): Promise<Page> => {
    const location = response.headers.get('location')
    if (location?.startsWith(`${issuer}/`) && hops < 10) return follow(await request(location), location, hops + 1)
    const text = await response.text()
    return {
      status: response.status,
      url,
      text,
      headers: response.headers,
      form: readForm(text),
      location: location ?? undefined,
    }
  }

  return {
    issuer,
    cookies,
    setCookies,
    visited,
    request,
    open: async (url, headers = {}) => follow(await request(url, { headers }), url),
    async submit(page, typed, headers = {}) {
      if (!page.form) throw new Error(`the page has no form: ${page.status} ${page.text.slice(-400)}`)
      const body = new URLSearchParams([...page.form.fields, ...Object.entries(typed)])
      const init = { method: 'POST', body, headers: { 'sec-fetch-site': 'same-origin', ...headers } }
      return follow(await request(page.form.action, init), page.form.action)
    },
  }
}

function readForm(html: string): Page['form'] {
  const action = /<form method="post" action="([^"]*)"/.exec(html)?.[1]
  if (action === undefined) return undefined
  const hidden = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)]
  return {
    action: decodeHtml(action),
    fields: new Map(hidden.map(([, name = '', value = '']) => [decodeHtml(name), decodeHtml(value)])),
  }
}

const decodeHtml = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#34;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
