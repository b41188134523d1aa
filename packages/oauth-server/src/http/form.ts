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
  const parameters = parseParameters(decodeUtf8(await readBody(request)))
  if (!parameters) throw invalidRequest('The form body is not encoded correctly.', 'malformed_form')
  if (repeatedParameter(parameters)) throw invalidRequest('A parameter stands more than once.', 'repeated_parameter')
  return parameters
}

async function readBody(request: Request): Promise<Uint8Array> {
  if (Number(request.headers.get('content-length') ?? 0) > MAX_BODY) throw tooLarge()
  if (!request.body) return new Uint8Array()
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = request.body.getReader()
  for (;;) {
    const { done, value } = await read(reader)
    if (done) break
    length += value.byteLength
    if (length > MAX_BODY) {
      // Not awaited: a peer that keeps sending must not hold the answer back.
      reader.cancel().catch(() => undefined)
      throw tooLarge()
    }
    chunks.push(value)
  }
  return concat(chunks, length)
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<ReadableStreamReadResult<Uint8Array>> {
  try {
    return await reader.read()
  } catch (cause) {
    // A peer that went away, or an adapter that has a smaller limit of its own.
    if (typeof cause === 'object' && cause !== null && 'status' in cause && cause.status === 413) throw tooLarge()
    throw invalidRequest('The body could not be read.', 'body_aborted')
  }
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const body = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    body.set(chunk, offset)
    offset += chunk.byteLength
  }
  return body
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw invalidRequest('The form body is not encoded correctly.', 'malformed_form')
  }
}

const tooLarge = (): OAuthError =>
  new OAuthError('invalid_request', {
    description: 'The body is too large.',
    reason: 'body_too_large',
    status: 413,
    headers: { connection: 'close' },
  })
