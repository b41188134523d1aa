import { isOAuthClientError } from '../errors.js'

/** What the backend itself refuses with, and the status it travels under. */
const STATUS = {
  invalid_request: 400,
  login_required: 401,
  foreign_request: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_too_large: 413,
  upstream_failed: 502,
  unavailable: 503,
} as const

export type BffProblem = keyof typeof STATUS

/** Nothing that the backend says is for a cache, and none of it is a page. */
const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const

export function answer(body: unknown, cookies: readonly string[] = []): Response {
  return withCookies(Response.json(body, { headers: HEADERS }), cookies)
}

export function problem(error: BffProblem, message: string, headers: Readonly<Record<string, string>> = {}): Response {
  return Response.json({ error, message }, { status: STATUS[error], headers: { ...HEADERS, ...headers } })
}

export function redirect(location: string, cookies: readonly string[]): Response {
  const headers = { ...HEADERS, location, 'referrer-policy': 'no-referrer' }
  return withCookies(new Response(null, { status: 303, headers }), cookies)
}

function withCookies(response: Response, cookies: readonly string[]): Response {
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}

/** The answer to a page when the tokens of its session could not be had. @throws what is no error of the client */
export function tokensProblem(error: unknown): Response {
  if (!isOAuthClientError(error)) throw error
  const { code, isRetryable, retryAfter } = error
  if (isRetryable) {
    const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
    return problem('unavailable', 'The session could not be renewed just now: try again', headers)
  }
  if (code === 'login_required' || code === 'grant_lost') return signedOut()
  throw error
}

export const signedOut = (): Response => problem('login_required', 'Nobody is signed in: start a login')
