import { OAuthClientError } from '../errors.js'
import { isObject } from '../http/json.js'
import { parseSecureUrl } from '../http/secure-url.js'

/** The part of a server's metadata that a client acts on. RFC 8414 §2, OpenID Connect Discovery 1.0 §3. */
export interface ServerMetadata {
  readonly issuer: string
  readonly tokenEndpoint: URL
  readonly authorizationEndpoint: URL | undefined
  readonly revocationEndpoint: URL | undefined
  readonly endSessionEndpoint: URL | undefined
  /** Undefined when the server does not say. RFC 7636 says nothing then; RFC 8414 reads it as "no PKCE". */
  readonly codeChallengeMethods: readonly string[] | undefined
  /** RFC 9207: every authorization response carries `iss`. */
  readonly hasResponseIssuer: boolean
}

/**
 * Reads a metadata document that was fetched for `issuer`. Pure.
 *
 * @throws {OAuthClientError} issuer_mismatch, insecure_url, or discovery_failed when it is not such a document
 */
export function parseMetadata(document: unknown, issuer: string): ServerMetadata {
  if (!isObject(document)) throw new OAuthClientError('discovery_failed', `${issuer} has no metadata document`)
  // MD-01: code units compared, nothing normalised. The other name is not repeated: whoever answered chose it.
  if (document['issuer'] !== issuer) {
    throw new OAuthClientError('issuer_mismatch', `The metadata fetched for ${issuer} names another issuer`)
  }
  const endpoint = (name: string) =>
    document[name] === undefined ? undefined : parseEndpoint(document[name], name, issuer)
  const methods = document['code_challenge_methods_supported']
  const tokenEndpoint = endpoint('token_endpoint')
  if (!tokenEndpoint) throw new OAuthClientError('discovery_failed', `The metadata of ${issuer} has no token_endpoint`)
  return {
    issuer,
    tokenEndpoint,
    authorizationEndpoint: endpoint('authorization_endpoint'),
    revocationEndpoint: endpoint('revocation_endpoint'),
    endSessionEndpoint: endpoint('end_session_endpoint'),
    codeChallengeMethods: methods === undefined ? undefined : parseList(methods),
    hasResponseIssuer: document['authorization_response_iss_parameter_supported'] === true,
  }
}

function parseEndpoint(value: unknown, name: string, issuer: string): URL {
  const url = parseSecureUrl(value, `${name} of ${issuer}`)
  // A server out there may not name a service on this machine.
  if (url.protocol === 'http:' && !issuer.startsWith('http:')) {
    throw new OAuthClientError('insecure_url', `${name} of ${issuer} must be an https URL`)
  }
  return url
}

const parseList = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
