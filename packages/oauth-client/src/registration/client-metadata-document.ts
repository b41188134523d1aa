import { OAuthClientError } from '../errors.js'
import type { ClientMetadata } from './register-client.js'

/** @throws {OAuthClientError} invalid_configuration. draft-ietf-oauth-client-id-metadata-document §3. */
function parseClientIdUrl(clientId: string): URL {
  const url = URL.canParse(clientId) ? new URL(clientId) : undefined
  const isPlain =
    url?.protocol === 'https:' &&
    url.pathname !== '/' &&
    // What the parser would change, such as dot segments or an upper-case host, is compared as it stands by servers.
    url.href === clientId &&
    !url.username &&
    !url.password &&
    !url.hash
  if (url && isPlain) return url
  throw new OAuthClientError(
    'invalid_configuration',
    'A client ID that is a document must be a plain https URL with a path, such as https://app.example/oauth-client.json',
  )
}

/**
 * Makes the document to publish at the URL that is the client's ID: servers that have never met the client read it there, and nothing
 * is registered. Serve it as `application/json` without redirects. draft-ietf-oauth-client-id-metadata-document §4.
 *
 * @param metadata by the names on the wire: `redirect_uris`, `client_name`, `jwks_uri` …
 * @throws {OAuthClientError} invalid_configuration when servers would not take it
 */
export function clientMetadataDocument(clientId: string, metadata: ClientMetadata): ClientMetadata {
  const { origin } = parseClientIdUrl(clientId)
  const method = metadata['token_endpoint_auth_method'] ?? 'none'
  if ('client_secret' in metadata || String(method).startsWith('client_secret'))
    throw refuse('everybody can read it, so it can have no secret: use none or private_key_jwt')
  const uris: unknown = metadata['redirect_uris']
  if (!Array.isArray(uris) || uris.length === 0) throw refuse('it needs redirect_uris')
  const page = metadata['client_uri']
  if (page !== undefined && (typeof page !== 'string' || !URL.canParse(page) || new URL(page).origin !== origin))
    throw refuse(`client_uri must be a page of ${origin}, or people could be shown another's name`)
  return {
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    ...metadata,
    client_id: clientId,
    token_endpoint_auth_method: method,
  }
}

const refuse = (why: string): OAuthClientError =>
  new OAuthClientError('invalid_configuration', `The client metadata document can't be used: ${why}`)
