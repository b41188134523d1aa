import { createHash, randomBytes } from 'node:crypto'

/** An answer with its body read. */
export interface Page {
  readonly status: number
  readonly url: string
  readonly headers: Headers
  readonly text: string
}

/** A form of a page: where it is sent, what it holds before anybody types, and its markup. */
interface Form {
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  readonly source: string
}

/** As much of a browser as signing in takes: a cookie jar and forms, for one person. */
export interface Browser {
  /** Opens an address, or sends a form to it. Redirects are not followed. */
  open(url: string | URL, form?: Readonly<Record<string, string>>): Promise<Page>
  /** Follows redirects as long as they stay on the origin; answers with the first page, or the redirect that leaves. */
  follow(page: Page): Promise<Page>
  /** Fills in the form of a page that has a field or button of the first name, sends it, and follows. */
  submit(page: Page, values: Readonly<Record<string, string>>): Promise<Page>
}

/** A browser whose cookies go to this origin alone. */
export function createBrowser(origin: string): Browser {
  const jar = new Map<string, string>()

  const browser: Browser = {
    async open(url, form) {
      const target = new URL(url)
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const response = await fetch(target, {
        redirect: 'manual',
        headers: {
          accept: 'text/html',
          ...(cookie !== '' && target.origin === origin && { cookie }),
          ...(form && { 'content-type': 'application/x-www-form-urlencoded', origin }),
        },
        ...(form && { method: 'POST', body: new URLSearchParams(form).toString() }),
      })
      for (const line of response.headers.getSetCookie()) keep(jar, line)
      return { status: response.status, url: target.href, headers: response.headers, text: await response.text() }
    },

    async follow(page) {
      const location = page.headers.get('location')
      if (location === null) return page
      const next = new URL(location, page.url)
      return next.origin === origin ? browser.follow(await browser.open(next)) : page
    },

    async submit(page, values) {
      const [name = ''] = Object.keys(values)
      const form = readForms(page.text).find(({ source }) => source.includes(`name="${name}"`))
      if (!form) throw new Error(`No form with ${name} at ${page.url} (${page.status}): ${page.text.slice(0, 300)}`)
      return browser.follow(await browser.open(new URL(form.action, page.url), { ...form.fields, ...values }))
    },
  }
  return browser
}

/** Keeps a cookie, or forgets it. RFC 6265 §5.2, as far as our server goes. */
function keep(jar: Map<string, string>, line: string): void {
  const [pair = '', ...attributes] = line.split(';')
  const [name = '', ...value] = pair.split('=')
  const isGone = attributes.some((attribute) => /^\s*max-age=0\s*$/i.test(attribute)) || value.join('=') === ''
  if (isGone) jar.delete(name.trim())
  else jar.set(name.trim(), value.join('='))
}

function readForms(html: string): readonly Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, tag = '', source = '']) => {
    const inputs = [...source.matchAll(/<input\b([^>]*)>/g)].map(([, attributes = '']) => attributes)
    const named = inputs.filter((attributes) => attribute(attributes, 'name') !== '')
    return {
      action: attribute(tag, 'action'),
      fields: Object.fromEntries(
        named.map((attributes) => [attribute(attributes, 'name'), attribute(attributes, 'value')]),
      ),
      source,
    }
  })
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", '#x27': "'" }

function attribute(tag: string, name: string): string {
  const [, value = ''] = new RegExp(`\\b${name}="([^"]*)"`).exec(tag) ?? []
  return value.replace(/&([^;]+);/g, (whole, entity: string) => ENTITIES[entity.toLowerCase()] ?? whole)
}

/** A fresh proof key. RFC 7636. */
export function proofKey(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url')
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}
