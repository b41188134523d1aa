import { invalidConfiguration } from './errors.js'
import { jsonResponse, preflightResponse } from './http/responses.js'

export interface ProtectedResourceOptions {
  /** The resource identifier: the URL of the API. RFC 9728 §1.2 */
  readonly resource: string
  readonly authorizationServers: readonly string[]
  /** What a first request may need, not every scope there is. */
  readonly scopes: readonly string[]
  readonly name?: string
}

export interface ProtectedResourceMetadata {
  /** Where the document is: goes into the `resource_metadata` of a challenge. RFC 9728 §5.1 */
  readonly url: string
  readonly path: string
  /** Answers a request for the document; 404 for any other path. */
  fetch(request: Request): Response
}

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

/**
 * Describes an API to its clients. RFC 9728 §2, §3.
 * @throws {OAuthError} invalid_configuration when the resource is not a URL without query and fragment
 */
export function protectedResourceMetadata({
  resource,
  authorizationServers,
  scopes,
  name,
}: ProtectedResourceOptions): ProtectedResourceMetadata {
  if (!URL.canParse(resource) || /[?#]/.test(resource)) {
    throw invalidConfiguration(
      'protectedResourceMetadata: resource has to be the URL of the API, without query and fragment.',
    )
  }
  const { origin, pathname } = new URL(resource)
  // RFC 9728 §3.1: inserted before the path of the resource.
  const path = `${WELL_KNOWN}${pathname === '/' ? '' : pathname}`
  const document = {
    resource,
    authorization_servers: authorizationServers,
    scopes_supported: scopes,
    bearer_methods_supported: ['header'],
    ...(name !== undefined && { resource_name: name }),
  }
  return {
    url: `${origin}${path}`,
    path,
    fetch(request) {
      if (new URL(request.url).pathname !== path) return jsonResponse({ error: 'not_found' }, 404)
      if (request.method === 'OPTIONS') return preflightResponse(['GET', 'HEAD'])
      if (request.method !== 'GET' && request.method !== 'HEAD')
        return jsonResponse({ error: 'invalid_request' }, 405, { allow: 'GET, HEAD' })
      const response = jsonResponse(document, 200, { 'cache-control': 'public, max-age=300' })
      response.headers.delete('pragma')
      return request.method === 'HEAD' ? new Response(null, response) : response
    },
  }
}
