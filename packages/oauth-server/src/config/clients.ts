import { localKeys, remoteKeys } from '@scopewise/token-core'
import { invalidConfiguration } from '../errors.js'
import {
  type Client,
  type ClientAuthMethod,
  type ClientSource,
  type ClientType,
  DEVICE_CODE,
  type GrantType,
  TOKEN_EXCHANGE,
} from './client.js'
import { digestClientSecret } from './client-secret.js'
import { describeIssue } from './describe-issue.js'
import { canTakeForm, refuseRedirectUri } from './redirect-uris.js'
import { clientSchema, type ParsedClient, type ParsedOptions } from './schema.js'

/** Finds a client that the configuration names: at once in a list, later where it asks a function. */
type FindConfigured = (clientId: string) => Client | undefined | Promise<Client | undefined>

export interface ConfiguredClients {
  readonly find: FindConfigured
  /** Undefined where they are looked up. */
  readonly list: readonly Client[] | undefined
}

/** What the description of a client is checked against. */
export interface ClientRules {
  readonly scopeValues: readonly string[]
  /** The server's, for clients without one of their own. */
  readonly defaultScope: readonly string[]
  readonly issuerIsLoopback: boolean
  readonly resources: ReadonlySet<string>
  /** Whether somebody decides about token exchange. */
  readonly hasExchange: boolean
  /** The server's, for clients that say nothing. */
  readonly requirePushedAuthorizationRequests: boolean
}

/** Reads the option `clients`: a list now, a function whenever it is asked. */
export function createClients(clients: ParsedOptions['clients'], rules: ClientRules): ConfiguredClients {
  if (typeof clients === 'function') return { find: lookUp(clients, rules), list: undefined }
  const known = new Map<string, Client>()
  for (const parsed of clients) {
    const client = readClient(parsed, 'configured', rules)
    if (typeof client === 'string' || known.has(parsed.clientId)) {
      const refusal = typeof client === 'string' ? client : 'stands twice in clients'
      throw invalidConfiguration(`createAuthorizationServer: the client ${parsed.clientId} ${refusal}.`)
    }
    known.set(parsed.clientId, client)
  }
  return { find: (clientId) => known.get(clientId), list: [...known.values()] }
}

function lookUp(find: (clientId: string) => unknown, rules: ClientRules): FindConfigured {
  return async (clientId) => {
    const found = await find(clientId)
    if (found === undefined || found === null) return undefined
    const result = clientSchema.safeParse(found)
    if (!result.success) {
      const { where, what } = describeIssue(result.error)
      throw invalidConfiguration(
        `The option clients gave a client that can't be used: ${where ? `${where} ` : 'it '}${what}.`,
      )
    }
    const client = readClient(result.data, 'configured', rules)
    if (typeof client === 'string')
      throw invalidConfiguration(`The option clients gave the client ${result.data.clientId}, which ${client}.`)
    if (client.clientId !== clientId)
      throw invalidConfiguration(`The option clients gave ${client.clientId} when asked for another client.`)
    return client
  }
}

/** Fills in what the description of a client leaves out; the end of a sentence that begins with the client where it contradicts itself. */
export function readClient(parsed: ParsedClient, source: ClientSource, rules: ClientRules): Client | string {
  const type = parsed.type ?? typeOf(parsed)
  return (
    refuseClient(parsed, type, rules.scopeValues, rules.issuerIsLoopback) ??
    refuseInServer(parsed, rules) ??
    createClient(parsed, type, source, rules)
  )
}

function typeOf({ redirectUris, grantTypes }: ParsedClient): ClientType {
  if (redirectUris.length > 0) return 'web'
  return grantTypes?.includes(DEVICE_CODE) ? 'native' : 'service'
}

function createClient(
  parsed: ParsedClient,
  type: ClientType,
  source: ClientSource,
  { scopeValues, defaultScope, requirePushedAuthorizationRequests }: ClientRules,
): Client {
  const scope = new Set(parsed.scope ?? scopeValues)
  return Object.freeze({
    clientId: parsed.clientId,
    source,
    name: parsed.name ?? parsed.clientId,
    type,
    redirectUris: parsed.redirectUris,
    postLogoutRedirectUris: parsed.postLogoutRedirectUris,
    responseModes: new Set(parsed.responseModes),
    scope,
    // The default never holds what the client may not have.
    defaultScope: (parsed.defaultScope ?? defaultScope).filter((value) => scope.has(value)),
    grantTypes: grantTypesOf(parsed, type),
    authMethod: authMethodOf(parsed),
    secretHashes: hashesOf(parsed),
    jwks: parsed.jwks,
    jwksUri: parsed.jwksUri,
    dpopBoundAccessTokens: parsed.dpopBoundAccessTokens,
    requirePushedAuthorizationRequests: parsed.requirePushedAuthorizationRequests ?? requirePushedAuthorizationRequests,
    rotateRefreshTokens: parsed.rotateRefreshTokens,
    introspects: new Set(parsed.introspects),
    idTokenAlgorithm: parsed.idTokenAlgorithm,
  })
}

const hasSecret = (parsed: ParsedClient): boolean =>
  parsed.secretHash !== undefined || parsed.unsafeDemoSecret !== undefined

const hasKeys = (parsed: ParsedClient): boolean => parsed.jwks !== undefined || parsed.jwksUri !== undefined

const authMethodOf = (parsed: ParsedClient): ClientAuthMethod =>
  parsed.tokenEndpointAuthMethod ??
  (hasSecret(parsed) ? 'client_secret_basic' : hasKeys(parsed) ? 'private_key_jwt' : 'none')

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
  const wrongCredentials = refuseCredentials(parsed, method)
  if (wrongCredentials) return wrongCredentials
  if (parsed.unsafeDemoSecret !== undefined && !issuerIsLoopback) {
    return 'has an unsafeDemoSecret, which works only while the issuer is http on a loopback host; use secretHash'
  }
  if (grantTypes.has('client_credentials') && method === 'none')
    return 'may not use client_credentials without a secret; give it secretHash'
  // RFC 9700 §2.2.2: without a key of its own a stolen token would serve the thief for as long as it serves the client.
  if (!parsed.rotateRefreshTokens && method === 'none')
    return 'is public, so its refresh tokens are rotated; leave out rotateRefreshTokens, or give it secretHash or keys'
  if (parsed.introspects.length > 0 && method === 'none')
    return 'may not introspect without a secret or keys; give it secretHash'
  if (grantTypes.has('client_credentials') && !parsed.scope)
    return 'uses client_credentials, where nobody is asked: list its scope'
  if (grantTypes.has('authorization_code') && parsed.redirectUris.length === 0)
    return 'needs redirectUris for authorization_code'
  if (grantTypes.has('refresh_token') && !grantTypes.has('authorization_code') && !grantTypes.has(DEVICE_CODE))
    return 'can get refresh tokens through authorization_code or the device grant only; add one of them to grantTypes'
  if (type === 'service' && grantTypes.has(DEVICE_CODE))
    return 'uses the device grant, where a user is asked: it can not be a service; say type: native'
  if (type === 'service' && parsed.redirectUris.length > 0) return 'is a service and can not have redirectUris'
  return refuseUris(parsed, type, issuerIsLoopback) ?? refuseScope(parsed, scopeValues)
}

/** Whether what the client has is what its method needs, and nothing else: an unused secret is one more to lose. */
function refuseCredentials(parsed: ParsedClient, method: ClientAuthMethod): string | undefined {
  const { jwks, jwksUri } = parsed
  if (method === 'private_key_jwt') {
    if (hasSecret(parsed)) return 'authenticates with private_key_jwt and has a secret as well; remove the secret'
    if (jwks !== undefined && jwksUri !== undefined) return 'has jwks and jwksUri; keep one of them'
    return hasKeys(parsed) ? refuseKeys(parsed) : 'says private_key_jwt but has no keys; give it jwks or jwksUri'
  }
  if (hasKeys(parsed)) return `has keys but says tokenEndpointAuthMethod: ${method}; remove one of them`
  if (method === 'none')
    return hasSecret(parsed) ? 'has a secret but says tokenEndpointAuthMethod: none; remove one of them' : undefined
  return hasSecret(parsed)
    ? undefined
    : `says ${method} but has no secret; give it secretHash: await hashClientSecret(…)`
}

function refuseKeys({ jwks, jwksUri }: ParsedClient): string | undefined {
  try {
    if (jwks !== undefined) localKeys(jwks)
    if (jwksUri !== undefined) remoteKeys(jwksUri)
    return undefined
  } catch (error) {
    const sentence = error instanceof Error ? error.message.replace(/\.$/, '') : 'they are not usable'
    return `has keys that can not be used: ${sentence}`
  }
}

/** What the client needs of the rest of the configuration. */
function refuseInServer(parsed: ParsedClient, { resources, hasExchange }: ClientRules): string | undefined {
  const { introspects, grantTypes = [], scope } = parsed
  if (grantTypes.includes(TOKEN_EXCHANGE) && !hasExchange)
    return 'uses token exchange, which nobody decides about; give createAuthorizationServer the option exchange'
  if (grantTypes.includes(TOKEN_EXCHANGE) && !scope) return 'uses token exchange, where nobody is asked: list its scope'
  const stranger = introspects.find((resource) => !resources.has(resource))
  return stranger === undefined ? undefined : `introspects ${stranger}, which is not one of the keys of resources`
}

function refuseUris(parsed: ParsedClient, type: ClientType, issuerIsLoopback: boolean): string | undefined {
  for (const uri of [...parsed.redirectUris, ...parsed.postLogoutRedirectUris]) {
    const refusal = refuseRedirectUri(uri, type, issuerIsLoopback)
    if (refusal) return `has the redirect URI ${JSON.stringify(uri)}, which ${refusal}`
  }
  const app = parsed.redirectUris.find((uri) => !canTakeForm(uri))
  if (app !== undefined && !parsed.responseModes.includes('query'))
    return `has the redirect URI ${JSON.stringify(app)}, which no form can reach; add query to its responseModes`
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
