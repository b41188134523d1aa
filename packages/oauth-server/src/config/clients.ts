import { invalidConfiguration } from '../errors.js'
import type { Client, ClientAuthMethod, ClientType, GrantType } from './client.js'
import { digestClientSecret } from './client-secret.js'
import { refuseRedirectUri } from './redirect-uris.js'
import type { ParsedClient, ParsedOptions } from './schema.js'

/** Fills in what the configured clients leave out and refuses what contradicts itself. */
export function createClients(
  options: ParsedOptions,
  scopeValues: readonly string[],
  issuerIsLoopback: boolean,
): ReadonlyMap<string, Client> {
  const clients = new Map<string, Client>()
  for (const parsed of options.clients) {
    const type = parsed.type ?? (parsed.redirectUris.length === 0 ? 'service' : 'web')
    const refusal =
      refuseClient(parsed, type, scopeValues, issuerIsLoopback) ??
      (clients.has(parsed.clientId) ? 'stands twice in clients' : undefined)
    if (refusal) throw invalidConfiguration(`createAuthorizationServer: the client ${parsed.clientId} ${refusal}.`)
    clients.set(parsed.clientId, createClient(parsed, type, scopeValues, options.defaultScope))
  }
  return clients
}

function createClient(
  parsed: ParsedClient,
  type: ClientType,
  scopeValues: readonly string[],
  serverDefault: readonly string[],
): Client {
  const scope = new Set(parsed.scope ?? scopeValues)
  return Object.freeze({
    clientId: parsed.clientId,
    name: parsed.name ?? parsed.clientId,
    type,
    redirectUris: parsed.redirectUris,
    postLogoutRedirectUris: parsed.postLogoutRedirectUris,
    scope,
    // The default never holds what the client may not have.
    defaultScope: (parsed.defaultScope ?? serverDefault).filter((value) => scope.has(value)),
    grantTypes: grantTypesOf(parsed, type),
    authMethod: authMethodOf(parsed),
    secretHashes: hashesOf(parsed),
    idTokenAlgorithm: parsed.idTokenAlgorithm,
  })
}

const hasSecret = (parsed: ParsedClient): boolean =>
  parsed.secretHash !== undefined || parsed.unsafeDemoSecret !== undefined

const authMethodOf = (parsed: ParsedClient): ClientAuthMethod =>
  parsed.tokenEndpointAuthMethod ?? (hasSecret(parsed) ? 'client_secret_basic' : 'none')

function grantTypesOf(parsed: ParsedClient, type: ClientType): ReadonlySet<GrantType> {
  return new Set(
    parsed.grantTypes ?? (type === 'service' ? ['client_credentials'] : ['authorization_code', 'refresh_token']),
  )
}

async function hashesOf(parsed: ParsedClient): Promise<readonly string[]> {
  const stored = typeof parsed.secretHash === 'string' ? [parsed.secretHash] : (parsed.secretHash ?? [])
  return parsed.unsafeDemoSecret === undefined ? stored : [...stored, await digestClientSecret(parsed.unsafeDemoSecret)]
}

/** The end of a sentence that begins with the client, or undefined. */
function refuseClient(
  parsed: ParsedClient,
  type: ClientType,
  scopeValues: readonly string[],
  issuerIsLoopback: boolean,
): string | undefined {
  const grantTypes = grantTypesOf(parsed, type)
  const method = authMethodOf(parsed)
  if (method === 'none' && hasSecret(parsed))
    return 'has a secret but says tokenEndpointAuthMethod: none; remove one of them'
  if (method !== 'none' && !hasSecret(parsed))
    return `says ${method} but has no secret; give it secretHash: await hashClientSecret(…)`
  if (parsed.unsafeDemoSecret !== undefined && !issuerIsLoopback) {
    return 'has an unsafeDemoSecret, which works only while the issuer is http on a loopback host; use secretHash'
  }
  if (grantTypes.has('client_credentials') && method === 'none')
    return 'may not use client_credentials without a secret; give it secretHash'
  if (grantTypes.has('client_credentials') && !parsed.scope)
    return 'uses client_credentials, where nobody is asked: list its scope'
  if (grantTypes.has('authorization_code') && parsed.redirectUris.length === 0)
    return 'needs redirectUris for authorization_code'
  if (grantTypes.has('refresh_token') && !grantTypes.has('authorization_code'))
    return 'can get refresh tokens through authorization_code only; add it to grantTypes'
  if (type === 'service' && parsed.redirectUris.length > 0) return 'is a service and can not have redirectUris'
  return refuseUris(parsed, type, issuerIsLoopback) ?? refuseScope(parsed, scopeValues)
}

function refuseUris(parsed: ParsedClient, type: ClientType, issuerIsLoopback: boolean): string | undefined {
  for (const uri of [...parsed.redirectUris, ...parsed.postLogoutRedirectUris]) {
    const refusal = refuseRedirectUri(uri, type, issuerIsLoopback)
    if (refusal) return `has the redirect URI ${JSON.stringify(uri)}, which ${refusal}`
  }
  return undefined
}

function refuseScope(parsed: ParsedClient, scopeValues: readonly string[]): string | undefined {
  const stranger = [...(parsed.scope ?? []), ...(parsed.defaultScope ?? [])].find(
    (value) => !scopeValues.includes(value),
  )
  if (stranger) return `names the scope ${stranger}, which defineScopes() does not declare`
  const beyond = parsed.scope && parsed.defaultScope?.find((value) => !parsed.scope?.includes(value))
  return beyond && `has ${beyond} in its defaultScope but not in its scope`
}
