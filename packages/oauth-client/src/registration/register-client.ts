import { createDiscovery } from '../discovery/discover.js'
import { endpointOf } from '../discovery/metadata.js'
import { OAuthClientError } from '../errors.js'
import { exchangeJson, type Fetch, isObject, type JsonAnswer, toSend } from '../http/json.js'
import { parseSecureUrl } from '../http/secure-url.js'
import { refusal } from '../token-endpoint/request-tokens.js'

/** What a client says about itself, by the names on the wire. RFC 7591 §2. */
export type ClientMetadata = Readonly<Record<string, unknown>>

/** A registered client. Keep it by its issuer: at another server it means nothing. RFC 7591 §3.2.1. */
export interface Registration {
  readonly issuer: string
  readonly clientId: string
  /** Epoch seconds with `clientSecret`; undefined when it does not expire. */
  readonly clientSecretExpiresAt?: number | undefined
  readonly clientSecret?: string | undefined
  /** With which, and where, the registration is read and changed. RFC 7592 §3. */
  readonly managementToken?: string | undefined
  readonly managementUrl?: string | undefined
  /** All that the server registered: it may differ from what was asked for. */
  readonly metadata: ClientMetadata
}

export interface RegistrationOptions {
  readonly issuer: string
  /** For servers that don't register everybody. RFC 7591 §3. */
  readonly initialAccessToken?: string | undefined
  /** @default the global fetch */
  readonly fetch?: Fetch | undefined
  /** Seconds for one exchange. @default 10 */
  readonly timeout?: number | undefined
}

/**
 * Registers a client at a server that it has not met before. RFC 7591 §3.
 *
 * @throws {OAuthClientError} not_supported, token_refused (`invalid_client_metadata`, `invalid_redirect_uri` …), invalid_response
 */
export async function registerClient(options: RegistrationOptions, metadata: ClientMetadata): Promise<Registration> {
  const { issuer, initialAccessToken } = options
  parseSecureUrl(issuer, 'The issuer')
  const exchanger = exchangerOf(options)
  const server = await createDiscovery({ issuer, ...exchanger, now: () => 0 })()
  const url = endpointOf(server, 'registration_endpoint')
  const answer = await exchangeJson(exchanger, url, jsonRequest('POST', initialAccessToken, metadata))
  if (answer.status !== 201) throw refusal('The registration endpoint', answer)
  return parseRegistration(answer, issuer)
}

type ManagementOptions = Pick<RegistrationOptions, 'fetch' | 'timeout'>

/** Reads a registration. RFC 7592 §2.1. @throws {OAuthClientError} not_supported, token_refused */
export function readRegistration(registration: Registration, options: ManagementOptions = {}): Promise<Registration> {
  return manage(registration, 'GET', options)
}

/** Replaces what is registered by `metadata`, all of it. RFC 7592 §2.2. @throws {OAuthClientError} not_supported, token_refused */
export function updateRegistration(
  registration: Registration,
  metadata: ClientMetadata,
  options: ManagementOptions = {},
): Promise<Registration> {
  const { clientId, clientSecret } = registration
  const body = { ...metadata, client_id: clientId, ...(clientSecret !== undefined && { client_secret: clientSecret }) }
  return manage(registration, 'PUT', options, body)
}

/** Ends a registration. RFC 7592 §2.3. @throws {OAuthClientError} not_supported, token_refused */
export async function deleteRegistration(registration: Registration, options: ManagementOptions = {}): Promise<void> {
  const answer = await askManagement(registration, 'DELETE', options)
  if (answer.status !== 204) throw refusal('The registration', answer)
}

async function manage(
  registration: Registration,
  method: string,
  options: ManagementOptions,
  body?: ClientMetadata,
): Promise<Registration> {
  const answer = await askManagement(registration, method, options, body)
  if (answer.status !== 200) throw refusal('The registration', answer)
  // RFC 7592 §3: token and place may be new, or left out when they stay.
  const { managementToken, managementUrl } = registration
  return { managementToken, managementUrl, ...parseRegistration(answer, registration.issuer) }
}

function askManagement(
  { managementUrl, managementToken, issuer }: Registration,
  method: string,
  options: ManagementOptions,
  body?: ClientMetadata,
): Promise<JsonAnswer> {
  if (managementUrl === undefined || managementToken === undefined)
    throw new OAuthClientError('not_supported', `${issuer} gave no registration_client_uri for this client`)
  const url = parseSecureUrl(managementUrl, 'registration_client_uri', issuer.startsWith('http:'))
  return exchangeJson(exchangerOf(options), url, jsonRequest(method, managementToken, body))
}

const exchangerOf = ({ fetch, timeout = 10 }: ManagementOptions) => ({
  send: toSend(fetch),
  timeout,
})

function jsonRequest(method: string, token: string | undefined, body: ClientMetadata | undefined): RequestInit {
  const headers = new Headers({ accept: 'application/json' })
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  if (!body) return { method, headers }
  headers.set('content-type', 'application/json')
  return { method, headers, body: JSON.stringify(body) }
}

function parseRegistration({ json }: JsonAnswer, issuer: string): Registration {
  const metadata = isObject(json) ? json : {}
  const text = (name: string) => (typeof metadata[name] === 'string' ? metadata[name] : undefined)
  const clientId = text('client_id')
  if (!clientId) throw new OAuthClientError('invalid_response', 'The registration has no client_id')
  const managementUrl = text('registration_client_uri')
  const managementToken = text('registration_access_token')
  const expiresAt = metadata['client_secret_expires_at']
  return {
    issuer,
    clientId,
    clientSecret: text('client_secret'),
    // 0 says never.
    clientSecretExpiresAt: typeof expiresAt === 'number' && expiresAt > 0 ? expiresAt : undefined,
    ...(managementUrl !== undefined && { managementUrl }),
    ...(managementToken !== undefined && { managementToken }),
    metadata,
  }
}
