import { randomToken } from '@scopewise/token-core/encoding'
import { generateClientSecret, hashClientSecret } from '../config/client-secret.js'
import type { Config } from '../config/config.js'
import { OAuthError } from '../errors.js'
import type { Emit } from '../events.js'
import type { RegisteredClient, Store } from '../storage/store.js'
import type { Seconds } from '../time.js'
import { createStoredClient, readStored, type StoredClientData, type StoredOptions, writeStored } from './stored.js'

/** A client that the store keeps. */
export interface StoredClient extends StoredOptions {
  readonly clientId: string
  /** `registered` for one that registered itself. */
  readonly source: 'configured' | 'registered'
  readonly createdAt: Seconds
  /** How many secrets work now. */
  readonly secrets: number
}

export interface CreatedClient {
  readonly client: StoredClient
  /** Shown this once; undefined for a client without a secret. */
  readonly clientSecret: string | undefined
}

/** Clients that the store keeps: those made here, and those that registered themselves. */
export interface ClientAdministration {
  /**
   * Makes a client with an identifier, and, unless it says `tokenEndpointAuthMethod: 'none'` or is one that has no secret, a secret.
   * @throws {OAuthError} invalid_client_metadata when the options contradict themselves
   */
  create(options: StoredOptions): Promise<CreatedClient>
  get(clientId: string): Promise<StoredClient | undefined>
  /**
   * Replaces all of a client's options and keeps its secrets.
   * @throws {OAuthError} not_found; invalid_client_metadata
   */
  update(clientId: string, options: StoredOptions): Promise<StoredClient>
  /**
   * Gives a client a new secret. The old ones go on working for `overlap` seconds: @default 86400.
   * @throws {OAuthError} not_found; invalid_client_metadata for a client without a secret
   */
  rotateSecret(clientId: string, options?: { readonly overlap?: Seconds }): Promise<{ readonly clientSecret: string }>
  /** Removes a client with its consents and tokens, and revokes its grants. Whether this call did it. */
  remove(clientId: string): Promise<boolean>
}

const DAY: Seconds = 86_400
/** How often a change is tried again when somebody else changed the client in between. */
const TRIES = 5

export interface AdministrationContext {
  readonly config: Config
  readonly store: Store
  readonly emit: Emit
}

export const createClientId = (): string => `c_${randomToken(16)}`

const notFound = (): OAuthError => new OAuthError('not_found', { description: 'There is no such client in the store.' })

export function administrate(context: AdministrationContext): ClientAdministration {
  const { store, emit } = context
  const now = (): Seconds => context.config.now()
  return {
    create: (options) => create(context, options),
    async get(clientId) {
      const row = await store.findClient(clientId)
      return row && show(row, now())
    },
    async update(clientId, options) {
      const row = await change(context, clientId, (data) => ({ ...data, options, metadata: null }), 'checked')
      emit('client.updated', { clientId })
      return show(row, now())
    },
    async rotateSecret(clientId, { overlap = DAY } = {}) {
      const clientSecret = generateClientSecret()
      const hash = await hashClientSecret(clientSecret)
      // The options are not read: what is wrong with them must not keep a leaked secret alive.
      await change(context, clientId, (data) => withSecret(data, hash, now(), overlap), 'unchecked')
      emit('client.secret_rotated', { clientId })
      return { clientSecret }
    },
    async remove(clientId) {
      const removed = await store.deleteClient(clientId, now())
      if (removed) emit('client.removed', { clientId })
      return removed
    },
  }
}

async function create({ config, store, emit }: AdministrationContext, options: StoredOptions): Promise<CreatedClient> {
  const clientId = createClientId()
  const clientSecret = needsSecret(options) ? generateClientSecret() : undefined
  const secrets = clientSecret === undefined ? [] : [{ hash: await hashClientSecret(clientSecret), until: null }]
  const row: RegisteredClient = {
    clientId,
    // Nobody manages it over RFC 7592: no token has an empty hash.
    registrationTokenHash: '',
    version: 1,
    metadata: writeStored({ source: 'configured', options, secrets, metadata: null }),
    createdAt: config.now(),
  }
  createStoredClient(row, config.clientRules, config.now()) // throws what contradicts itself
  await store.putClient(row)
  emit('client.created', { clientId, source: 'configured' })
  return { client: show(row, config.now()), clientSecret }
}

function needsSecret({ tokenEndpointAuthMethod: method, type, redirectUris = [], ...options }: StoredOptions): boolean {
  if (method !== undefined) return method.startsWith('client_secret_')
  const hasKeys = options.jwks !== undefined || options.jwksUri !== undefined
  // A device without redirect URIs is public, too.
  return !hasKeys && (type === 'service' || (type === undefined && redirectUris.length === 0))
}

function show(row: RegisteredClient, now: Seconds): StoredClient {
  const { source, options, secrets } = readStored(row)
  const living = secrets.filter(({ until }) => until === null || until > now)
  return { ...options, clientId: row.clientId, source, createdAt: row.createdAt, secrets: living.length }
}

/** The new secret beside the living ones, which end when the overlap is over. */
function withSecret(data: StoredClientData, hash: string, now: Seconds, overlap: Seconds): StoredClientData {
  if (data.secrets.length === 0)
    throw new OAuthError('invalid_client_metadata', { description: 'The client has no secret to rotate.' })
  const end = now + overlap
  const older = data.secrets
    .map(({ hash: known, until }) => ({ hash: known, until: Math.min(until ?? end, end) }))
    .filter(({ until }) => until > now)
  return { ...data, secrets: [{ hash, until: null }, ...older] }
}

/** Reads, changes, and replaces only what was read. */
async function change(
  { config, store }: AdministrationContext,
  clientId: string,
  next: (data: StoredClientData) => StoredClientData,
  options: 'checked' | 'unchecked',
): Promise<RegisteredClient> {
  for (let i = 0; i < TRIES; i++) {
    const row = await store.findClient(clientId)
    if (!row) throw notFound()
    const changed = { ...row, metadata: writeStored(next(readStored(row))) }
    if (options === 'checked') createStoredClient(changed, config.clientRules, config.now()) // throws what contradicts itself
    const outcome = await store.replaceClient(changed, row.version)
    if (outcome === 'replaced') return changed
    if (outcome === 'gone') throw notFound()
  }
  throw new OAuthError('temporarily_unavailable', { description: 'The client is being changed by somebody else.' })
}
