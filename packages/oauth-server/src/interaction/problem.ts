import type { Config } from '../config/config.js'
import type { Language, PageProblem } from '../config/pages.js'
import { pickLanguage } from './pages/index.js'
import { showPage } from './show.js'

/** The language of a page: `ui_locales` first, then Accept-Language. */
export function languageOf(request: Request, uiLocales: string | undefined): Language {
  return pickLanguage(uiLocales, request.headers.get('accept-language'))
}

const PROBLEMS: Readonly<Record<PageProblem, { readonly status: number; readonly code: string }>> = {
  unknown_client: { status: 400, code: 'invalid_client' },
  redirect_uri: { status: 400, code: 'invalid_redirect_uri' },
  invalid_request: { status: 400, code: 'invalid_request' },
  request_uri: { status: 400, code: 'invalid_request_uri' },
  expired: { status: 400, code: 'interaction_expired' },
  already_used: { status: 400, code: 'interaction_completed' },
  other_browser: { status: 403, code: 'other_browser' },
  not_found: { status: 404, code: 'not_found' },
  server_error: { status: 500, code: 'server_error' },
}

/** A page that says what went wrong. Never a redirect, and nothing of the request is repeated on it. OAuth 2.1 §4.1.2.1. */
export function problemPage(
  { config }: { readonly config: Pick<Config, 'pages'> },
  request: Request,
  problem: PageProblem,
  { uiLocales, status, detail, headers }: ProblemOptions = {},
): Promise<Response> {
  const row = PROBLEMS[problem]
  const view = { language: languageOf(request, uiLocales), problem, code: row.code, detail }
  return showPage(config, 'error', view, { status: status ?? row.status, ...(headers && { headers }) })
}

export interface ProblemOptions {
  readonly uiLocales?: string | undefined
  readonly status?: number
  /** For the developer. */
  readonly detail?: string
  readonly headers?: HeadersInit
}
