import { invalidRequest, OAuthError } from '../errors.js'
import { type Parameters, parseParameters, repeatedParameter } from './parameters.js'

/** Bytes. Every request of this server fits many times over. */
const MAX_BODY = 65_536

const FORM = 'application/x-www-form-urlencoded'

/**
 * Reads a form body. RFC 6749 §3.2, appendix B.
 * @throws {OAuthError} invalid_request for another content type, a body over 64 KiB (413), bad encoding or a repeated parameter.
 */
export async function readForm(request: Request): Promise<Parameters> {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== FORM) throw invalidRequest(`The body has to be sent as ${FORM}.`, 'content_type')
  const parameters = parseParameters(await readBody(request))
  if (!parameters) throw malformed()
  if (repeatedParameter(parameters)) throw invalidRequest('A parameter stands more than once.', 'repeated_parameter')
  return parameters
}

/** The body as text, of at most {@link MAX_BODY} bytes. */
async function readBody(request: Request): Promise<string> {
  const length = request.headers.get('content-length')
  if (Number(length ?? 0) > MAX_BODY) throw tooLarge()
  // With a length the message ends where it says; without one the bytes have to be counted as they come.
  if (length !== null) return readWhole(request)
  return request.body ? readStream(request.body) : ''
}

/** Several times as fast as a stream. */
async function readWhole(request: Request): Promise<string> {
  const text = await reading(request.text())
  if (text.length > MAX_BODY) throw tooLarge()
  // What stands for bytes that are not UTF-8. A form is ASCII, so it never stands there for itself.
  if (text.includes('\ufffd')) throw malformed()
  return text
}

async function readStream(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const reader = body.getReader()
  let text = ''
  let length = 0
  for (;;) {
    const { done, value } = await reading(reader.read())
    length += value?.byteLength ?? 0
    if (length > MAX_BODY) {
      // Not awaited: a peer that keeps sending must not hold the answer back.
      reader.cancel().catch(() => undefined)
      throw tooLarge()
    }
    try {
      text += decoder.decode(value, { stream: !done })
    } catch {
      throw malformed()
    }
    if (done) return text
  }
}

async function reading<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    // A peer that went away, or an adapter that has a smaller limit of its own.
    if (typeof cause === 'object' && cause !== null && 'status' in cause && cause.status === 413) throw tooLarge()
    throw invalidRequest('The body could not be read.', 'body_aborted')
  }
}

const malformed = (): OAuthError => invalidRequest('The form body is not encoded correctly.', 'malformed_form')

const tooLarge = (): OAuthError =>
  new OAuthError('invalid_request', {
    description: 'The body is too large.',
    reason: 'body_too_large',
    status: 413,
    headers: { connection: 'close' },
  })
