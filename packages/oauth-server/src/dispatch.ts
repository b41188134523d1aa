import type { Context } from './context.js'
import { isOAuthError, OAuthError } from './errors.js'
import { errorResponse, jsonResponse, preflightResponse } from './http/responses.js'
import { problemPage } from './interaction/problem.js'
import { type Route, routes } from './routes.js'

const WELL_KNOWN = '/.well-known/'

/** Finds the row for a request, runs it, and turns whatever happens into an answer. */
export async function dispatch(request: Request, context: Context): Promise<Response> {
  const row = findRow(pathOf(request.url), context.config.basePath)
  if (!row || row.route.isEnabled?.(context.config) === false)
    return jsonResponse({ error: 'not_found', error_description: 'There is no such endpoint.' }, 404)
  const { route, methods } = row
  if (request.method === 'OPTIONS' && route.audience === 'program') return preflightResponse(methods)
  try {
    if (!methods.includes(request.method)) throw methodNotAllowed(methods)
    const response = await route.handle(request, context)
    return request.method === 'HEAD' ? new Response(null, response) : response
  } catch (error) {
    // A configuration that turns out wrong while running is told to the operator, not to the client.
    const known =
      isOAuthError(error) && error.code !== 'invalid_configuration' ? error : unexpected(error, route, context)
    return route.audience === 'program' ? errorResponse(known) : pageFor(request, known, context)
  }
}

const methodNotAllowed = (methods: readonly string[]): OAuthError =>
  new OAuthError('invalid_request', {
    description: 'The endpoint does not know this method.',
    status: 405,
    headers: { allow: methods.join(', ') },
  })

/** A bug, or a callback that threw: the events get the cause, the answer says nothing. */
function unexpected(cause: unknown, route: Route, { emit }: Context): OAuthError {
  emit('error', { where: route.path, cause })
  return new OAuthError('server_error', { description: 'The server met an unexpected condition.', cause })
}

async function pageFor(request: Request, { status, headers }: OAuthError, context: Context): Promise<Response> {
  const problem = status >= 500 ? 'server_error' : 'invalid_request'
  try {
    return await problemPage(context, request, problem, { status, headers })
  } catch (cause) {
    // The error page of somebody's own broke, and there has to be an end to it.
    context.emit('error', { where: 'pages.error', cause })
    return problemPage({ config: { pages: {} } }, request, problem, { status, headers })
  }
}

/** The path as it was sent: never decoded or normalised, so that one path has one meaning. */
function pathOf(url: string): string {
  const start = url.startsWith('/') ? 0 : url.indexOf('/', url.indexOf('//') + 2)
  if (start === -1) return '/'
  const end = url.slice(start).search(/[?#]/)
  return end === -1 ? url.slice(start) : url.slice(start, start + end)
}

/** Whether the path of a URL, or of what stands in a request line, is one of ours. */
export const isEndpoint = (url: string, basePath: string): boolean => findRow(pathOf(url), basePath) !== undefined

interface Row {
  readonly route: Route
  readonly methods: readonly string[]
}

const byPath: ReadonlyMap<string, Row> = new Map(
  routes.map((route) => [route.path, { route, methods: methodsOf(route) }]),
)

/** No HEAD for what a person opens: a link preview must not go through an authorization. */
function methodsOf({ audience, methods }: Route): readonly string[] {
  return audience === 'program' && methods.includes('GET') ? [...methods, 'HEAD'] : methods
}

function findRow(path: string, basePath: string): Row | undefined {
  // RFC 8414 §3.1: for an issuer with a path the well-known part comes first.
  if (basePath !== '' && path.startsWith(WELL_KNOWN))
    return path.endsWith(basePath) ? byPath.get(path.slice(0, -basePath.length)) : undefined
  return path.startsWith(`${basePath}/`) ? byPath.get(path.slice(basePath.length)) : undefined
}
