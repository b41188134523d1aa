import { digest, randomToken } from '@scopewise/token-core/encoding'
import type { Context } from '../context.js'
import type { OneTimeKey, PushedRequest } from '../storage/store.js'
import type { Seconds } from '../time.js'
import type { AuthorizationRequest } from './request.js'

/** RFC 9126 §2.2 */
const PREFIX = 'urn:ietf:params:oauth:request_uri:'

/** Seconds for which a burnt value is remembered beyond its own end, so that clocks of several nodes may differ. */
export const BURNT_MARGIN: Seconds = 120

/** The order in which a request is written down; names would only make it longer. */
const FIELDS = [
  'clientId',
  'redirectUri',
  'responseMode',
  'state',
  'scope',
  'resources',
  'codeChallenge',
  'dpopJkt',
  'nonce',
  'prompt',
  'maxAge',
  'acrValues',
  'loginHint',
  'uiLocales',
  'hintDigest',
] as const satisfies readonly (keyof AuthorizationRequest)[]

/** A request that was checked, as values in a fixed order. */
export const writeRequest = (request: AuthorizationRequest): readonly unknown[] =>
  FIELDS.map((field) => request[field] ?? null)

/** What {@link writeRequest} wrote: the caller knows that nobody else did. */
export function readRequest(values: readonly unknown[]): AuthorizationRequest {
  return Object.fromEntries(
    FIELDS.map((field, i) => [field, values[i] ?? undefined]),
  ) as unknown as AuthorizationRequest
}

/** A request that is kept in the store. */
export interface StoredRequest {
  /** Names it to who may open it: only its hash is stored. */
  readonly requestUri: string
  readonly expiresIn: Seconds
  /** Burnt by the step that completes the authorization, and remembered for longer than any interaction that it can begin. RFC 9126 §4 */
  readonly key: OneTimeKey
}

/** Characters of a request that is kept. */
const MAX_REQUEST = 16_384

/** Keeps a request: one that was pushed, or one that is too large for a URL; undefined for one that is too large even for that. RFC 9126 §2.2. */
export async function storeRequest(
  { store, config, now }: Context,
  request: AuthorizationRequest,
): Promise<StoredRequest | undefined> {
  const text = JSON.stringify(writeRequest(request))
  if (text.length > MAX_REQUEST) return undefined
  const { pushedRequest: expiresIn, interaction } = config.lifetimes
  const requestUri = `${PREFIX}${randomToken()}`
  const hash = await digest(requestUri)
  const expiresAt = now() + expiresIn
  const keptUntil = expiresAt + interaction + BURNT_MARGIN
  const { clientId } = request
  await store.putPushedRequest({ hash, clientId, request: text, expiresAt, keptUntil })
  return { requestUri, expiresIn, key: { id: hash, expiresAt: keptUntil } }
}

/** Whether a `request_uri` has the form of one that was given out here. */
export const isRequestUri = (text: string): boolean => text.startsWith(PREFIX)

/** A kept request and what burns it. */
export interface OpenedRequest {
  readonly request: AuthorizationRequest
  readonly key: OneTimeKey
}

/** Opens a kept request for its own client, before it expires. It may be opened as often as a page is loaded. RFC 9126 §4, §7.3. */
export async function openRequest(
  { store, now }: Context,
  clientId: string,
  requestUri: string,
): Promise<OpenedRequest | undefined> {
  const found = await store.findPushedRequest(await digest(requestUri))
  return found?.clientId === clientId && found.expiresAt > now() ? unpack(found) : undefined
}

/** Reads a kept request again, for an interaction that was begun in time: it is kept for longer than any of these lasts. */
export async function reopenRequest({ store }: Context, id: string): Promise<OpenedRequest | undefined> {
  const found = await store.findPushedRequest(id)
  return found && unpack(found)
}

const unpack = ({ hash, request, keptUntil }: PushedRequest): OpenedRequest => ({
  request: readRequest(JSON.parse(request)),
  key: { id: hash, expiresAt: keptUntil },
})
