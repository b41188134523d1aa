import { invalidRequest, OAuthError } from '../errors.js'
import { readBytes } from './body.js'

/** Bytes. */
const MAX_BODY = 65_536

/**
 * Reads a JSON object. RFC 7591 §3.1.
 * @throws {OAuthError} invalid_request for another content type, a body over 64 KiB (413), or anything but an object
 */
export async function readJsonObject(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const type = request.headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw invalidRequest('The body has to be sent as application/json.', 'content_type')
  const bytes = await readBytes(request.body, MAX_BODY).catch(() => {
    throw invalidRequest('The body could not be read.', 'body_aborted')
  })
  if (!bytes)
    throw new OAuthError('invalid_request', {
      description: 'The body is too large.',
      reason: 'body_too_large',
      status: 413,
      headers: { connection: 'close' },
    })
  const value = parse(bytes)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw invalidRequest('The body has to be a JSON object.', 'malformed_json')
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}
