import { invalidRequest } from '../errors.js'
import { readText } from './body.js'
import { type Parameters, parseParameters, repeatedParameter } from './parameters.js'

/**
 * Reads a form body. RFC 6749 §3.2, appendix B.
 * @throws {OAuthError} invalid_request for another content type, a body over 64 KiB (413), bad encoding or a repeated parameter.
 */
export async function readForm(request: Request): Promise<Parameters> {
  const parameters = parseParameters(await readText(request, 'application/x-www-form-urlencoded'))
  if (!parameters) throw invalidRequest('The form body is not encoded correctly.', 'malformed_form')
  if (repeatedParameter(parameters)) throw invalidRequest('A parameter stands more than once.', 'repeated_parameter')
  return parameters
}
