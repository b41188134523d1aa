import { digest } from '@scopewise/token-core/encoding'
import { FastResponse } from 'srvx'
import type { OAuthError } from '../errors.js'

type Fields = Readonly<Record<string, string>>

/** Any origin may read what a program is answered, none may send cookies with the question. RFC 9700 §2.6. */
const CORS = { 'access-control-allow-origin': '*' }
/** What of an answer's own fields a script may see. */
const EXPOSED = { 'access-control-expose-headers': 'www-authenticate, dpop-nonce, retry-after' }
const NO_STORE = { ...CORS, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store', pragma: 'no-cache' }
const JSON_NO_STORE = { 'content-type': 'application/json', ...NO_STORE }

/**
 * A Response with fixed header fields. On Node it becomes a real one only where somebody looks inside, which costs several
 * times as much as all of a small answer.
 */
function respond(body: string | null, status: number, headers: Fields): Response {
  return new FastResponse(body, { status, headers })
}

/** A JSON answer that nobody may cache. RFC 6749 §5.1. */
export function jsonResponse(body: unknown, status = 200, headers?: Fields): Response {
  return respond(JSON.stringify(body), status, headers ? { ...JSON_NO_STORE, ...EXPOSED, ...headers } : JSON_NO_STORE)
}

/** A success that has nothing to say. */
export function emptyResponse(status: 200 | 204 = 200): Response {
  return respond(null, status, NO_STORE)
}

/** RFC 6749 §5.2. */
export function errorResponse(error: OAuthError): Response {
  return jsonResponse({ error: error.code, error_description: error.message }, error.status, error.headers)
}

/** A JSON document and the fields it is sent with, all of it written once. */
export interface CachedDocument {
  readonly body: string
  readonly etag: string
  readonly fields: Fields
}

/** A document that may be kept for five minutes, or as `cacheControl` says. */
export async function createDocument(content: unknown, cacheControl = 'public, max-age=300'): Promise<CachedDocument> {
  const body = JSON.stringify(content)
  const etag = `"${await digest(body)}"`
  const fields = {
    ...CORS,
    'content-type': 'application/json',
    'cache-control': cacheControl,
    'x-content-type-options': 'nosniff',
    etag,
  }
  return { body, etag, fields }
}

/** Answers with a document, and a repeated request with 304. */
export function documentResponse(request: Request, { body, etag, fields }: CachedDocument): Response {
  return request.headers.get('if-none-match') === etag ? respond(null, 304, fields) : respond(body, 200, fields)
}

/** Always 303, so that no browser ever repeats a POST with credentials at the next address. RFC 9700 §4.12. */
export function seeOther(location: string, headers: Headers = new Headers()): Response {
  headers.set('location', location)
  headers.set('cache-control', 'no-store')
  headers.set('referrer-policy', 'no-referrer')
  return new Response(null, { status: 303, headers })
}

export function preflightResponse(methods: readonly string[]): Response {
  const headers = {
    ...CORS,
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': 'authorization, content-type, dpop',
    'access-control-max-age': '600',
  }
  return respond(null, 204, headers)
}
