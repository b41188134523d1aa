import { isOAuthError, OAuthError } from '../errors.js'
import { readBytes } from '../http/body.js'
import type { Seconds } from '../time.js'
import { parseAddress } from './address.js'
import { createHostGate } from './host-gate.js'
import { type PinningRuntime, pinningRuntime } from './pinned-exchange.js'
import { isPublicAddress } from './public-address.js'

/** Gets a JSON document from a URL that somebody else named. Shaped like `fetch`, so that it can stand in for it. */
export type GuardedFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>

/** Gets a document for a runtime that can't be told which address to connect to. What it reaches is its own responsibility. */
export type DocumentFetcher = (
  url: string,
  init: { readonly headers: Readonly<Record<string, string>>; readonly signal: AbortSignal },
) => Promise<Response>

export interface GuardedFetchOptions {
  readonly now: () => Seconds
  /** Beside 443. */
  readonly ports: readonly number[]
  /** Used in place of the pinned connection. */
  readonly fetcher: DocumentFetcher | undefined
}

/** Bytes of an answer. */
const MAX_SIZE = 65_536
/** Milliseconds from looking up the name to the last byte. */
const TIMEOUT = 5000

type Reason =
  | 'not_https'
  | 'user_information'
  | 'port'
  | 'address_literal'
  | 'private_address'
  | 'unresolved'
  | 'limited'
  | 'status'
  | 'content_type'
  | 'too_large'
  | 'unreachable'

/** One sentence for every cause: where the network of this server ends is nobody's business. */
function refusal(reason: Reason, cause?: unknown): OAuthError {
  return new OAuthError('invalid_request', { description: 'The document could not be fetched.', reason, cause })
}

/** Whether a URL may be asked at all, before its name is looked up. */
function refuseUrl(url: URL, ports: readonly number[]): Reason | undefined {
  if (url.protocol !== 'https:') return 'not_https'
  if (url.username || url.password) return 'user_information'
  if (url.port !== '' && !ports.includes(Number(url.port))) return 'port'
  // Decimal and octal spellings are an address by now, too: URL has read them.
  return parseAddress(url.hostname.replace(/^\[|\]$/g, '')) ? 'address_literal' : undefined
}

/**
 * A fetch for URLs that others name: https and port 443 only, every address of the name public, the connection made to the
 * very address that was checked; no proxy, no redirect, 200 with JSON only, at most 64 KiB within 5 seconds, and each host
 * asked in turn and left alone for a minute after it failed.
 */
export function createGuardedFetch(
  { now, ports, fetcher }: GuardedFetchOptions,
  runtime: PinningRuntime | undefined = pinningRuntime(),
  isAllowed: (address: string) => boolean = isPublicAddress,
): GuardedFetch {
  const gate = createHostGate(now)
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const refused = refuseUrl(url, ports)
    if (refused) throw refusal(refused)
    const headers = { accept: 'application/json, application/jwk-set+json' }
    const ask = async (): Promise<Response> => {
      const timeout = AbortSignal.timeout(TIMEOUT)
      const signal = init?.signal ? AbortSignal.any([timeout, init.signal]) : timeout
      try {
        if (fetcher) return await readAnswer(await fetcher(url.href, { headers, signal }))
        const address = await resolvePublic(url.hostname, runtime, isAllowed, signal)
        const exchanged = runtime?.exchange({ url, address, headers, signal, maxSize: MAX_SIZE })
        if (!exchanged) throw refusal('unreachable')
        return await readAnswer(await exchanged)
      } catch (cause) {
        throw isOAuthError(cause) ? cause : refusal('unreachable', cause)
      }
    }
    const done = await gate(url.hostname, ask)
    if (!done) throw refusal('limited')
    return done.answer
  }
}

/** Every address that the name has must be public: one that is not says that the name can't be trusted. */
async function resolvePublic(
  hostname: string,
  runtime: PinningRuntime | undefined,
  isAllowed: (address: string) => boolean,
  signal: AbortSignal,
): Promise<string> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(refusal('unresolved')), { once: true })
  })
  const addresses = (await Promise.race([runtime?.resolve(hostname), aborted])) ?? []
  const [first] = addresses
  if (first === undefined) throw refusal('unresolved')
  if (!addresses.every(isAllowed)) throw refusal('private_address')
  return first
}

/** Holds an answer to what may be read from a stranger, and gives it whole. */
async function readAnswer(response: Response): Promise<Response> {
  const { status, headers } = response
  if (status !== 200) throw refusal('status')
  const type = headers.get('content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  if (!/^application\/(?:[\w.-]+\+)?json$/.test(type)) throw refusal('content_type')
  const bytes = await readBytes(response.body, MAX_SIZE)
  if (!bytes) throw refusal('too_large')
  return new Response(new Uint8Array(bytes), { status, headers })
}
