import { createFetch } from '../fetch.js'
import { problem, signedOut, tokensProblem } from './answers.js'
import { toReturn, toSendOn } from './headers.js'
import { findSession } from './session.js'
import type { Settings } from './settings.js'
import { findOwnPath, type Target } from './target.js'

/** Bytes up to which a body is kept, so that it can be sent again after a nonce or a renewed token; longer ones are passed through. */
const REPLAYABLE = 65_536

/**
 * Calls an API for a page, with the token of its session. RFC 10017 §6.1.2.3, CL-20: cookies and the page's own credentials stay here, the
 * answer can't set cookies or open this origin to others, redirects are not followed, and both bodies are streams.
 */
export async function callApi<S extends string>(
  settings: Settings<S>,
  request: Request,
  { api, url }: Target,
): Promise<Response> {
  const session = await findSession(settings, request)
  if (!session) return signedOut()
  const { manager } = session
  const { resource } = api
  try {
    await manager.get({ resource })
  } catch (error) {
    return tokensProblem(error)
  }
  const call = createFetch(manager, { allow: [url.origin], resource, fetch: settings.fetch })
  const body = await readBody(request)
  let response: Response
  try {
    const init = { method: request.method, headers: toSendOn(request.headers), signal: request.signal }
    response = await call(url, { ...init, ...body, redirect: 'manual' })
  } catch (error) {
    request.signal.throwIfAborted()
    if (error instanceof TypeError) return problem('upstream_failed', 'The API could not be reached')
    return tokensProblem(error)
  }
  return passOn(settings, response, url)
}

/** A short body as bytes, every other as the stream it is. */
async function readBody(request: Request): Promise<{ body?: ArrayBuffer | ReadableStream; duplex?: 'half' }> {
  const { body } = request
  if (!body) return {}
  const length = request.headers.get('content-length')
  if (length !== null && Number(length) <= REPLAYABLE) return { body: await request.arrayBuffer() }
  return { body, duplex: 'half' }
}

function passOn<S extends string>({ apis }: Settings<S>, response: Response, url: URL): Response {
  const { status, body } = response
  const headers = toReturn(response.headers)
  const location = response.headers.get('location')
  if (location !== null && URL.canParse(location, url)) {
    const own = findOwnPath(apis, new URL(location, url))
    if (own !== undefined) headers.set('location', own)
  }
  // The page must not be led to where it has no session, and not told where that is.
  const isLedAway = status === 0 || (status >= 300 && status < 400 && status !== 304 && !headers.has('location'))
  if (isLedAway) return problem('upstream_failed', 'The API answered with a redirect to a place that is not allowed')
  headers.set('cache-control', headers.get('cache-control') ?? 'no-store')
  headers.set('x-content-type-options', 'nosniff')
  return new Response(body, { status, headers })
}
