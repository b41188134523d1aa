import { digest, randomToken } from '@scopewise/token-core/encoding'
import { createClientId } from '../clients/administration.js'
import { type ClientMetadata, type ReadMetadata, readMetadata } from '../clients/metadata.js'
import { createStoredClient, readStored, STORED_ID, type StoredClientData, writeStored } from '../clients/stored.js'
import { digestClientSecret, generateClientSecret } from '../config/client-secret.js'
import type { Context } from '../context.js'
import { equalDigests } from '../crypto/compare.js'
import { OAuthError } from '../errors.js'
import { readJsonObject } from '../http/json.js'
import { queryParameters, single } from '../http/parameters.js'
import { emptyResponse, jsonResponse } from '../http/responses.js'
import { canPin } from '../network/pinned-exchange.js'
import { PATHS } from '../paths.js'
import type { RegisteredClient } from '../storage/store.js'

/** How a client that registers itself may authenticate. */
const AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'] as const

/** What only the server says about a client. RFC 7592 §2.2 */
const SERVER_MEMBERS = [
  'registration_access_token',
  'registration_client_uri',
  'client_id_issued_at',
  'client_secret_expires_at',
] as const

type Secrets = StoredClientData['secrets']

/** The client registration endpoint. RFC 7591 §3. */
export async function register(request: Request, context: Context): Promise<Response> {
  const { config, store, limits, emit, now } = context
  await limits.spend('registration', request)
  const input = await readJsonObject(request)
  const initialAccessToken = readBearer(request)
  if (!(await config.operations.registration?.allow({ initialAccessToken, metadata: input, request }))) {
    emit('registration.refused', { reason: 'not_allowed' })
    throw new OAuthError('access_denied', { description: 'This client may not be registered.' })
  }
  const read = readMetadata(input, rulesOf(context))
  const secret = await secretFor(context, read.metadata, [])
  const token = randomToken()
  const row: RegisteredClient = {
    clientId: createClientId(),
    registrationTokenHash: await digest(token),
    version: 1,
    metadata: write(read, secret.secrets),
    createdAt: now(),
  }
  createStoredClient(row, config.clientRules, now()) // throws what contradicts itself
  await store.putClient(row)
  emit('client.created', { clientId: row.clientId, source: 'registered' })
  return jsonResponse(describe(context, row, { token, secret: secret.shown }), 201)
}

/** The client configuration endpoint: reads, replaces or removes a client that registered itself. RFC 7592 §2. */
export async function manageClient(request: Request, context: Context): Promise<Response> {
  const row = await authenticate(request, context)
  if (request.method === 'PUT') return replace(request, context, row)
  if (request.method === 'DELETE') return remove(context, row)
  return jsonResponse(describe(context, row, { token: readBearer(request) }))
}

/** RFC 7592 §2.2: replaces all metadata. The registration access token is a new one from then on. */
async function replace(request: Request, context: Context, row: RegisteredClient): Promise<Response> {
  const { config, store, emit, now } = context
  const input = await readJsonObject(request)
  const current = readStored(row)
  if (input['client_id'] !== row.clientId) throw refuseMember('client_id')
  const forbidden = SERVER_MEMBERS.find((name) => input[name] !== undefined)
  if (forbidden) throw refuseMember(forbidden)
  const presented = input['client_secret']
  if (presented !== undefined && !(await isCurrent(presented, current.secrets, now())))
    throw refuseMember('client_secret')

  const read = readMetadata(input, rulesOf(context))
  const secret = await secretFor(context, read.metadata, current.secrets)
  const token = randomToken()
  const next = { ...row, registrationTokenHash: await digest(token), metadata: write(read, secret.secrets) }
  createStoredClient(next, config.clientRules, now())
  const outcome = await store.replaceClient(next, row.version)
  if (outcome === 'gone') throw invalidToken()
  if (outcome === 'conflict')
    throw new OAuthError('temporarily_unavailable', {
      description: 'The client was changed at the same time.',
      status: 409,
    })
  emit('client.updated', { clientId: row.clientId })
  return jsonResponse(describe(context, next, { token, secret: secret.shown }))
}

/** RFC 7592 §2.3: ends the client, its grants and its tokens. */
async function remove({ store, emit, now }: Context, { clientId }: RegisteredClient): Promise<Response> {
  if (await store.deleteClient(clientId, now())) emit('client.removed', { clientId })
  return emptyResponse(204)
}

/** RFC 7592 §2: whoever holds the client's own registration access token. One answer for all that is wrong. */
async function authenticate(request: Request, context: Context): Promise<RegisteredClient> {
  const { store, limits } = context
  const clientId = single(queryParameters(request.url) ?? new Map(), 'client_id') ?? ''
  await limits.refuse('client_authentication', request, clientId)
  const token = readBearer(request)
  const row = STORED_ID.test(clientId) ? await store.findClient(clientId) : undefined
  const presented = await digest(token ?? '')
  if (token !== undefined && row && equalDigests(row.registrationTokenHash, presented)) return row
  await limits.fail('client_authentication', request, row?.clientId)
  context.emit('client_authentication.failed', { clientId: row?.clientId, reason: 'registration_token' })
  throw invalidToken()
}

const readBearer = (request: Request): string | undefined =>
  /^bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(request.headers.get('authorization') ?? '')?.[1]

/** RFC 6750 §3.1. */
const invalidToken = (): OAuthError =>
  new OAuthError('invalid_token', {
    description: 'The registration access token is missing or not valid for this client.',
    headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
  })

const refuseMember = (name: string): OAuthError =>
  new OAuthError('invalid_client_metadata', { description: `The member ${name} can not be set to this.` })

function rulesOf({ config }: Context) {
  return {
    ...config.clientRules,
    allowedScope: config.operations.registration?.scope ?? new Set<string>(),
    defaultAuthMethod: 'client_secret_basic', // RFC 7591 §2
    authMethods: AUTH_METHODS,
    canFetchKeys: config.operations.outbound.fetcher !== undefined || canPin(),
  }
}

const write = ({ metadata, options }: ReadMetadata, secrets: Secrets): RegisteredClient['metadata'] =>
  writeStored({ source: 'registered', options, secrets, metadata })

/** Keeps the secrets of a client that goes on using one, makes one for a client that begins to, and drops those of one that does not any more. */
async function secretFor(
  { config, now }: Context,
  { token_endpoint_auth_method: method }: ClientMetadata,
  current: Secrets,
): Promise<{ readonly secrets: Secrets; readonly shown: string | undefined }> {
  if (!method?.startsWith('client_secret_')) return { secrets: [], shown: undefined }
  if (current.length > 0) return { secrets: current, shown: undefined }
  const shown = generateClientSecret()
  const lifetime = config.operations.registration?.secretLifetime ?? 0
  return {
    secrets: [{ hash: await digestClientSecret(shown), until: lifetime === 0 ? null : now() + lifetime }],
    shown,
  }
}

async function isCurrent(presented: unknown, secrets: Secrets, now: number): Promise<boolean> {
  if (typeof presented !== 'string') return false
  const hash = await digestClientSecret(presented)
  return secrets.some((secret) => (secret.until ?? now + 1) > now && equalDigests(secret.hash, hash))
}

/** The client information response. RFC 7591 §3.2.1, RFC 7592 §3. A secret can be shown only when it was made. */
function describe(
  { url }: Context,
  row: RegisteredClient,
  { token, secret }: { readonly token: string | undefined; readonly secret?: string | undefined },
): Readonly<Record<string, unknown>> {
  const { metadata, secrets } = readStored(row)
  return {
    ...metadata,
    client_id: row.clientId,
    client_id_issued_at: row.createdAt,
    ...(secret !== undefined && { client_secret: secret }),
    ...(secrets[0] && { client_secret_expires_at: secrets[0].until ?? 0 }), // 0 says that it does not end
    registration_access_token: token,
    registration_client_uri: `${url(PATHS.clientConfiguration)}?client_id=${row.clientId}`,
  }
}
