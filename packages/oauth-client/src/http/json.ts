import { parseJson } from '@scopewise/token-core/json'
import { OAuthClientError } from '../errors.js'

/** No honest metadata document or token response comes near this many bytes. */
const MAX_BYTES = 262_144

/** A fetch of one's own: for tests, proxies, instrumentation. */
export type Fetch = (request: Request) => Promise<Response>

/** The same without a Request where none is needed: to make one costs a tenth of what a call costs. */
export type Send = (input: string | Request, init: RequestInit) => Promise<Response>

/** @param fetch @default the global one, read at each call: one that is instrumented later counts */
export function toSend(fetch: Fetch | undefined): Send {
  return fetch ? (input, init) => fetch(new Request(input, init)) : (input, init) => globalThis.fetch(input, init)
}

/** What it takes to ask a server something. */
export interface Exchanger {
  readonly send: Send
  /** Seconds for the whole exchange, body included. */
  readonly timeout: number
}

export interface JsonAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The parsed body; undefined when it is not JSON, by its content type or by its text, or could be read in two ways. */
  readonly json: unknown
}

/** True for `application/json` and the `+json` types, whatever their parameters. */
export function isJsonType(contentType: string | null): boolean {
  return /^application\/([\w.-]+\+)?json *(;|$)/i.test(contentType ?? '')
}

/**
 * Reads a body as text up to `limit` bytes. The rest is never read.
 *
 * @throws {OAuthClientError} response_too_large
 */
export async function readText(body: ReadableStream<Uint8Array> | null, limit: number): Promise<string> {
  if (!body) return ''
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const reader = body.getReader()
  let text = ''
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    if (size > limit) {
      // Not awaited: a hostile body may never confirm that it was cancelled.
      reader.cancel().catch(() => undefined)
      throw new OAuthClientError('response_too_large', `The answer is larger than ${limit} bytes`)
    }
    text += decoder.decode(value, { stream: true })
  }
}

/**
 * One bounded exchange with a server: size, time and redirects are limited.
 *
 * @throws {OAuthClientError} network_error, timeout, response_too_large, or invalid_response for a redirect
 */
export async function exchangeJson({ send, timeout }: Exchanger, url: URL, init: RequestInit): Promise<JsonAnswer> {
  const deadline = new AbortController()
  let timer: ReturnType<typeof setTimeout> | undefined
  // Raced as well as signalled: a handed-in fetch may not heed the signal, and a body may drip for ever.
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new OAuthClientError('timeout', `${url.origin} did not answer within ${timeout} s`))
      deadline.abort()
    }, timeout * 1000)
  })
  try {
    return await Promise.race([
      exchange(send, url.href, { ...init, redirect: 'manual', signal: deadline.signal }),
      late,
    ])
  } catch (cause) {
    throw cause instanceof OAuthClientError
      ? cause
      : new OAuthClientError('network_error', `${url.origin} could not be reached, or broke off`, { cause })
  } finally {
    clearTimeout(timer)
  }
}

async function exchange(send: Send, url: string, init: RequestInit): Promise<JsonAnswer> {
  const { status, headers, body } = await send(url, init)
  // CL-05: a redirect could carry the grant elsewhere. Browsers show it as an opaque answer with status 0.
  if (status === 0 || (status >= 300 && status < 400)) {
    throw new OAuthClientError('invalid_response', `${url} answered with a redirect, which is never followed`)
  }
  const text = await readText(body, MAX_BYTES)
  return { status, headers, text, json: isJsonType(headers.get('content-type')) ? readJson(text) : undefined }
}

/** Undefined for what is no JSON, and for what names a member twice, in whatever way it is written. */
export function readJson(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** True for a JSON object, as far as reading members goes. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
