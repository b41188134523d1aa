import { OAuthClientError } from '../errors.js'
import { isObject } from '../http/json.js'
import { parseSecureUrl } from '../http/secure-url.js'

/**
 * A server's metadata as it published them. RFC 8414 §2, OpenID Connect Discovery 1.0 §3. The issuer is checked; every other member
 * is read with care where it is used.
 */
export interface ServerMetadata {
  readonly issuer: string
  readonly [member: string]: unknown
}

/** The endpoints that are asked for here, by their names in the metadata. */
export type EndpointName = `${
  | 'authorization'
  | 'token'
  | 'revocation'
  | 'introspection'
  | 'userinfo'
  | 'end_session'
  | 'device_authorization'
  | 'pushed_authorization_request'
  | 'registration'}_endpoint`

/**
 * Reads a metadata document that was fetched for `issuer`. Pure.
 *
 * @throws {OAuthClientError} issuer_mismatch, or discovery_failed when it is not such a document
 */
export function parseMetadata(document: unknown, issuer: string): ServerMetadata {
  if (!isObject(document)) throw new OAuthClientError('discovery_failed', `${issuer} has no metadata document`)
  // MD-01: code units compared, nothing normalised. The other name is not repeated: whoever answered chose it.
  if (document['issuer'] !== issuer) {
    throw new OAuthClientError('issuer_mismatch', `The metadata fetched for ${issuer} names another issuer`)
  }
  return { ...document, issuer }
}

/**
 * The URL of an endpoint; checked here, since this is the one way to get it. CL-04. Pure.
 *
 * @throws {OAuthClientError} not_supported when the server has none, insecure_url
 */
export function endpointOf(metadata: ServerMetadata, name: EndpointName): URL {
  const { issuer, [name]: value } = metadata
  if (value === undefined) throw new OAuthClientError('not_supported', `${issuer} has no ${name}`)
  // A server out there may not name a service on this machine.
  return parseSecureUrl(value, `${name} of ${issuer}`, issuer.startsWith('http:'))
}
