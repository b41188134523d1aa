import { promptValues } from './authorization/request.js'
import { clientAuthMethods } from './client-auth/client-auth.js'
import { ASSERTION_ALGORITHMS, DPOP_ALGORITHMS, ID_TOKEN_ALGORITHMS, RESPONSE_MODES } from './config/client.js'
import type { Config } from './config/config.js'
import { isOidcScope } from './config/oidc-scopes.js'
import { LANGUAGES } from './config/pages.js'
import { grants } from './grants/grants.js'
import { routes } from './routes.js'

/** The metadata of an authorization server, in the words of the wire. RFC 8414 §2, OIDC Discovery §3. */
export interface ServerMetadata {
  readonly issuer: string
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly jwks_uri: string
  readonly [member: string]: unknown
}

/** Derived from the tables that do the work, so nothing is announced that is not there. */
export function createMetadata(config: Config): ServerMetadata {
  const { issuer, scopeValues, acrValues } = config
  const at = (member: string): string => `${issuer}${routes.find((route) => route.metadata === member)?.path ?? ''}`
  const endpoints = routes.flatMap((route) =>
    route.metadata === undefined || route.isEnabled?.(config) === false
      ? []
      : [[route.metadata, `${issuer}${route.path}`]],
  )
  const methods = Object.keys(clientAuthMethods)
  const apiScopes = new Set([...config.resources.values()].flatMap((scopes) => [...scopes]))
  return {
    issuer,
    authorization_endpoint: at('authorization_endpoint'),
    token_endpoint: at('token_endpoint'),
    jwks_uri: at('jwks_uri'),
    ...Object.fromEntries(endpoints),
    // What no API knows can't be granted, though it be declared.
    scopes_supported: scopeValues.filter((value) => isOidcScope(value) || apiScopes.has(value)),
    response_types_supported: ['code'],
    response_modes_supported: RESPONSE_MODES,
    grant_types_supported: Object.values(grants)
      .filter(({ isEnabled }) => isEnabled?.(config) !== false)
      .map(({ grantType }) => grantType),
    token_endpoint_auth_methods_supported: methods,
    token_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    revocation_endpoint_auth_methods_supported: methods,
    revocation_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    introspection_endpoint_auth_methods_supported: methods.filter((method) => method !== 'none'),
    introspection_endpoint_auth_signing_alg_values_supported: ASSERTION_ALGORITHMS,
    dpop_signing_alg_values_supported: DPOP_ALGORITHMS, // RFC 9449 §5.1
    ...(config.requirePushedAuthorizationRequests && { require_pushed_authorization_requests: true }), // RFC 9126 §5
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true, // RFC 9207 §3
    ...(config.operations.clientMetadataDocuments && { client_id_metadata_document_supported: true }),
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ID_TOKEN_ALGORITHMS,
    prompt_values_supported: promptValues,
    ui_locales_supported: LANGUAGES,
    ...(acrValues.length > 0 && { acr_values_supported: acrValues }),
    // What these default to would be a lie here. OIDC Discovery §3
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    claims_parameter_supported: false,
  }
}
