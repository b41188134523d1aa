import type { Config } from '../config/config.js'
import type { PageAnswer, PageName, PageViews } from '../config/pages.js'
import { builtInPages, pageResponse } from './pages/index.js'
import { type PageResponseOptions, protectPage } from './pages/response.js'

/** Sends a page: the built-in one, or what the option `pages` puts in its place. */
export async function showPage<N extends PageName>(
  { pages }: Pick<Config, 'pages'>,
  name: N,
  view: PageViews[N],
  options: PageResponseOptions = {},
): Promise<Response> {
  const builtIn = (): string => builtInPages[name](view)
  const own = pages[name]
  return own ? send(await own(view, builtIn), options) : pageResponse(builtIn(), options)
}

async function send(answer: PageAnswer, options: PageResponseOptions): Promise<Response> {
  if (typeof answer === 'string') return pageResponse(answer, options)
  if (!('html' in answer)) return protectPage(answer, options.headers)
  return pageResponse(answer.html, { ...options, styles: [await hashOf(answer.style)] })
}

/** As a content security policy wants it. CSP 3 §2.3.1. */
async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return `sha256-${btoa(String.fromCharCode(...new Uint8Array(digest)))}`
}
