import * as z from 'zod'
import type { Client, ClientOptions } from '../config/client.js'
import { SECRET_HASH } from '../config/client-secret.js'
import type { ClientRules } from '../config/clients.js'
import type { RegisteredClient } from '../storage/store.js'
import type { Seconds } from '../time.js'
import { type ClientMetadata, createClientFrom } from './metadata.js'

/** What a client that the store keeps is like, without its identifier and its secrets. */
export type StoredOptions = Omit<ClientOptions, 'clientId' | 'secretHash' | 'unsafeDemoSecret'>

/** A secret that a client may present, as its hash. */
interface StoredSecret {
  readonly hash: string
  /** When it ends; null for never. */
  readonly until: Seconds | null
}

/** How this server writes a client down. The store never reads it. */
export interface StoredClientData {
  /** Who described it. */
  readonly source: 'configured' | 'registered'
  readonly options: StoredOptions
  readonly secrets: readonly StoredSecret[]
  /** As registered, for the answers of RFC 7592; null for one that the operator made. */
  readonly metadata: ClientMetadata | null
}

const schema = z.object({
  source: z.enum(['configured', 'registered']),
  options: z.record(z.string(), z.unknown()),
  secrets: z.array(z.object({ hash: z.string().regex(SECRET_HASH), until: z.int().nullable() })),
  metadata: z.record(z.string(), z.unknown()).nullable(),
})

/** Identifiers that this server makes: nobody can choose one that is a user's. RFC 9700 §4.15 */
export const STORED_ID = /^c_[A-Za-z0-9_-]{22}$/

/** Reads back what {@link writeStored} wrote. */
export function readStored({ metadata }: RegisteredClient): StoredClientData {
  // This server wrote it: the shape is checked, what stands inside was when it was written.
  return schema.parse(metadata)
}

export const writeStored = ({
  source,
  options,
  secrets,
  metadata,
}: StoredClientData): RegisteredClient['metadata'] => ({
  source,
  options,
  secrets,
  metadata,
})

/** No secret has this hash: it stands where all of a client's secrets have ended. */
const NEVER = `sha256:${'-'.repeat(43)}`

/** The client that a stored row describes, with the secrets that have not ended. */
export function createStoredClient(row: RegisteredClient, rules: ClientRules, now: Seconds): Client {
  const { source, options, secrets } = readStored(row)
  const living = secrets.filter(({ until }) => until === null || until > now).map(({ hash }) => hash)
  const secretHash = living.length > 0 ? living : [NEVER]
  const full = { ...options, clientId: row.clientId, ...(secrets.length > 0 && { secretHash }) }
  return createClientFrom(full, source, rules)
}
