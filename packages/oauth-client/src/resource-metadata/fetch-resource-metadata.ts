import { OAuthClientError } from '../errors.js'
import { exchangeJson, type Fetch, isObject, toSend } from '../http/json.js'
import { parseSecureUrl } from '../http/secure-url.js'

/** What a protected resource says about itself. RFC 9728 §2. */
export interface ResourceMetadata {
  /** The resource identifier: what to send as `resource`. */
  readonly resource: string
  /** The issuers that it takes tokens from. Which of them a client trusts is not for the resource to say. */
  readonly authorizationServers: readonly string[]
  readonly scopes: readonly string[]
  readonly isDpopRequired: boolean
}

/** Where a resource publishes its metadata: before its path. RFC 9728 §3. Pure. */
export function resourceMetadataUrl(resource: string): URL {
  const url = parseSecureUrl(resource, 'The resource')
  url.pathname = `/.well-known/oauth-protected-resource${url.pathname.replace(/\/$/, '')}`
  return url
}

export type ResourceMetadataOptions = {
  /** Where a challenge says that the document is (`resource_metadata`, §5.1). @default the well-known place */
  readonly place?: string | undefined
  /** Takes a document that speaks for a part of the path as well, such as for the whole origin. @default false */
  readonly isPrefixAllowed?: boolean | undefined
  /** Seconds for one exchange. @default 10 */
  readonly timeout?: number | undefined
  /** @default the global fetch */
  readonly fetch?: Fetch | undefined
}

/**
 * Fetches what a resource says about itself. RFC 9728 §3, CL-14: over https, bounded, without redirects, and only from the origin of
 * the resource, so that nobody can make a server ask addresses of its own network.
 *
 * @param resource the identifier; what the document says must equal it
 * @throws {OAuthClientError} resource_mismatch, insecure_url, discovery_failed
 */
export async function fetchResourceMetadata(
  resource: string,
  options: ResourceMetadataOptions = {},
): Promise<ResourceMetadata> {
  const { place = resourceMetadataUrl(resource).href, timeout = 10, fetch, isPrefixAllowed = false } = options
  const url = parseSecureUrl(place, 'resource_metadata', resource.startsWith('http:'))
  if (url.origin !== new URL(resource).origin)
    throw new OAuthClientError('resource_mismatch', `The metadata of ${resource} must be of the same origin`)
  const { status, json } = await exchangeJson({ send: toSend(fetch), timeout }, url, {
    headers: { accept: 'application/json' },
  })
  if (status !== 200 || !isObject(json))
    throw new OAuthClientError('discovery_failed', `${resource} publishes no metadata: it answered ${status}`)
  // RFC 9728 §3.3: or a document could send the tokens of one resource to another.
  const { resource: named } = json
  if (typeof named !== 'string' || !(named === resource || (isPrefixAllowed && isPrefix(named, resource))))
    throw new OAuthClientError('resource_mismatch', `The metadata of ${resource} names another resource`)
  return {
    resource: named,
    authorizationServers: texts(json['authorization_servers']),
    scopes: texts(json['scopes_supported']),
    isDpopRequired: json['dpop_bound_access_tokens_required'] === true,
  }
}

/** Whether a resource is of the same origin and its path a whole part of the other's. */
function isPrefix(prefix: string, resource: string): boolean {
  if (!URL.canParse(prefix)) return false
  const { origin, pathname, search, hash, username } = new URL(prefix)
  const other = new URL(resource)
  const path = pathname.replace(/\/?$/, '/')
  return origin === other.origin && !search && !hash && !username && `${other.pathname}/`.startsWith(path)
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
