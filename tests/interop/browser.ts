/** A form of a page, ready to be sent. */
export interface Form {
  readonly action: URL
  readonly fields: URLSearchParams
  /** `name=value` of its buttons. */
  readonly buttons: readonly string[]
}

/** What a user sees. */
export interface Page {
  readonly url: URL
  readonly status: number
  readonly html: string
  readonly forms: readonly Form[]
}

/**
 * As much of a browser as a login needs: cookies, redirects and forms, over real HTTP. It stops at the client's redirect URI,
 * where `url` is the authorization response.
 */
export function createBrowser(redirectUri: string): {
  open(url: URL | string): Promise<Page>
  submit(form: Form, fields?: Readonly<Record<string, string>>): Promise<Page>
} {
  const cookies = new Map<string, string>()

  function remember(response: Response): void {
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      const isOver =
        value === '' ||
        /max-age=0(;|$)/i.test(line) ||
        Date.parse(/expires=([^;]+)/i.exec(line)?.[1] ?? '') < Date.now()
      if (isOver) cookies.delete(name)
      else cookies.set(name, value)
    }
  }

  async function go(start: URL, init: RequestInit): Promise<Page> {
    let url = start
    let next = init
    for (let hops = 0; hops < 20; hops++) {
      if (url.href.startsWith(redirectUri)) return { url, status: 0, html: '', forms: [] }
      const cookie = [...cookies].map((pair) => pair.join('=')).join('; ')
      const headers = new Headers(next.headers)
      if (cookie) headers.set('cookie', cookie)
      const response = await fetch(url, { ...next, headers, redirect: 'manual' })
      remember(response)
      const html = await response.text()
      const location = response.headers.get('location')
      if (!location) return { url, status: response.status, html, forms: readForms(html, url) }
      url = new URL(location, url)
      next = {}
    }
    throw new Error(`More than 20 redirects, the last one to ${url.origin}${url.pathname}`)
  }

  return {
    open: (url) => go(new URL(url), {}),
    submit(form, fields = {}) {
      const body = new URLSearchParams([...form.fields, ...Object.entries(fields)])
      return go(form.action, { method: 'POST', body, headers: { origin: form.action.origin } })
    },
  }
}

function readForms(html: string, base: URL): readonly Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, attributes = '', body = '']) => {
    const fields = new URLSearchParams()
    for (const [input] of body.matchAll(/<input\b[^>]*>/gi)) {
      if (/type="?hidden/i.test(input)) fields.set(attribute(input, 'name') ?? '', attribute(input, 'value') ?? '')
    }
    const buttons = [...body.matchAll(/<button\b[^>]*>/gi)].map(
      ([button]) => `${attribute(button, 'name')}=${attribute(button, 'value')}`,
    )
    return { action: new URL(attribute(attributes, 'action') ?? '', base), fields, buttons }
  })
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(tag)?.[1]
  return value
    ?.replaceAll('&#39;', "'")
    .replaceAll('&#x27;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
