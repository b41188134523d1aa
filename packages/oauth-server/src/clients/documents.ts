import type { Client } from '../config/client.js'
import type { Config } from '../config/config.js'
import { isOAuthError, OAuthError } from '../errors.js'
import type { Emit } from '../events.js'
import type { Limits } from '../limits/limits.js'
import type { GuardedFetch } from '../network/guarded-fetch.js'
import { remember } from '../remember.js'
import type { Seconds } from '../time.js'
import { createClientFrom, readMetadata } from './metadata.js'

/** Finds clients whose clientId is the URL of their metadata. draft-ietf-oauth-client-id-metadata-document. */
export interface ClientDocuments {
  /** Fetches only on behalf of a request; without one it knows what is cached. */
  find(clientId: string, source: Request | undefined): Promise<Client | undefined>
}

interface Known {
  readonly client: Client
  readonly freshUntil: Seconds
  readonly usableUntil: Seconds
}

export interface ClientDocumentsOptions {
  readonly config: Config
  readonly fetch: GuardedFetch
  readonly limits: Limits
  readonly emit: Emit
}

/** Documents that are kept at most, and failures beside them; the oldest is forgotten first. */
const MAX_CACHED = 1000
const MIN_AGE: Seconds = 60
const MAX_AGE: Seconds = 86_400
const DEFAULT_AGE: Seconds = 3600
/** Seconds for which a document goes on counting while its host can't be reached. */
const STALE_AGE: Seconds = 86_400
/** Seconds for which a document that was no good is not asked for again. */
const FAILURE_AGE: Seconds = 60

/** No secret: it would stand in a public document. §4.1 */
const AUTH_METHODS = ['none', 'private_key_jwt'] as const

/** Whether a clientId can be the URL of a document: https, a path, and in the one spelling in which it is compared. §3. */
export function isDocumentUrl(clientId: string): boolean {
  if (!clientId.startsWith('https://') || !URL.canParse(clientId)) return false
  const { href, pathname, hash, username, password } = new URL(clientId)
  // Dot segments, capitals in the host, a default port: all of them have another spelling. So has an empty fragment.
  return href === clientId && pathname !== '/' && hash === '' && !clientId.includes('#') && !username && !password
}

export function createClientDocuments({ config, fetch, limits, emit }: ClientDocumentsOptions): ClientDocuments {
  const { now } = config
  const known = new Map<string, Known>()
  const failed = new Map<string, Seconds>()
  const running = new Map<string, Promise<Client | undefined>>()

  const read = async (clientId: string): Promise<Client | undefined> => {
    try {
      const response = await fetch(clientId)
      const client = readDocument(await response.json(), clientId, config)
      const freshUntil = now() + ageOf(response.headers)
      remember(known, clientId, { client, freshUntil, usableUntil: freshUntil + STALE_AGE }, MAX_CACHED)
      return client
    } catch (cause) {
      const reason = isOAuthError(cause) ? cause.reason : 'invalid_document'
      emit('client_metadata.refused', { host: new URL(clientId).host, reason })
      // What was left alone is not a failure of the document.
      if (reason !== 'limited') remember(failed, clientId, now() + FAILURE_AGE, MAX_CACHED)
      const stale = known.get(clientId)
      return stale && isUnreachable(reason) && stale.usableUntil > now() ? stale.client : undefined
    }
  }

  return {
    async find(clientId, source) {
      const policy = config.operations.clientMetadataDocuments
      if (!policy || !isDocumentUrl(clientId)) return undefined
      const cached = known.get(clientId)
      if (cached && cached.freshUntil > now()) return cached.client
      if (!source || (failed.get(clientId) ?? 0) > now())
        return cached && cached.usableUntil > now() ? cached.client : undefined
      if (!(await policy.allow(clientId))) return undefined
      await limits.spend('client_metadata', source)
      const reading = running.get(clientId) ?? read(clientId).finally(() => running.delete(clientId))
      running.set(clientId, reading)
      return reading
    },
  }
}

/** Whether a document could not be had, rather than being wrong: then the one before it still counts for a while. */
const isUnreachable = (reason: string): boolean => ['unreachable', 'unresolved', 'limited'].includes(reason)

const refusal = (reason: string): OAuthError =>
  new OAuthError('invalid_client_metadata', { description: 'The document does not describe this client.', reason })

/** @throws {OAuthError} what is wrong with the document */
function readDocument(document: unknown, clientId: string, { clientRules, operations }: Config): Client {
  if (typeof document !== 'object' || document === null || !('client_id' in document)) throw refusal('invalid_document')
  // §4: compared as strings, or anybody could host a copy of somebody's document.
  if (document.client_id !== clientId) throw refusal('other_client_id')
  if ('client_secret' in document || 'client_secret_expires_at' in document) throw refusal('secret')
  const { options } = readMetadata(
    { ...document },
    {
      ...clientRules,
      // The document is on the internet, so it may name nothing that is for development only.
      issuerIsLoopback: false,
      allowedScope: operations.clientMetadataDocuments?.scope ?? new Set(),
      defaultAuthMethod: 'none',
      authMethods: AUTH_METHODS,
      canFetchKeys: true, // as the document itself
    },
  )
  return createClientFrom({ ...options, clientId }, 'document', clientRules)
}

function ageOf(headers: Headers): Seconds {
  const control = headers.get('cache-control') ?? ''
  if (/\bno-(?:store|cache)\b/i.test(control)) return MIN_AGE
  const age = /\bmax-age=(\d{1,9})\b/i.exec(control)?.[1]
  return age === undefined ? DEFAULT_AGE : Math.min(Math.max(Number(age), MIN_AGE), MAX_AGE)
}
