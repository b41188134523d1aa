import { parseJson } from '@scopewise/token-core/json'
import { invalidRequest } from '../errors.js'
import { readText } from './body.js'

/**
 * Reads a JSON object. RFC 7591 §3.1.
 * @throws {OAuthError} invalid_request for another content type, a body over 64 KiB (413), anything but an object, or a member that
 * stands twice
 */
export async function readJsonObject(request: Request): Promise<Readonly<Record<string, unknown>>> {
  const value = parse(await readText(request, 'application/json'))
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw invalidRequest('The body has to be a JSON object.', 'malformed_json')
}

function parse(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}
