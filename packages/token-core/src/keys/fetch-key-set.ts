import { decodeUtf8 } from '../encoding/utf8.js'
import { readBytes, within } from '../http/bounded.js'
import { parseJson } from '../jwt/json.js'

/** How a key set is fetched. */
export interface FetchKeySetOptions {
  readonly fetch: typeof globalThis.fetch
  /** Seconds for the whole exchange, body included. */
  readonly timeout: number
  /** Bytes. */
  readonly maxSize: number
  /** The entity tag of the set at hand. RFC 9110 §13.1.2. */
  readonly etag: string | undefined
}

/** An answer of a JWKS endpoint; `keys` is undefined when the set at hand is still the current one (304). */
export interface KeySetAnswer {
  readonly keys: readonly unknown[] | undefined
  readonly etag: string | undefined
  /** Seconds that are left of the time the answer gave itself; undefined when it gave none. RFC 9111 §4.2. */
  readonly maxAge: number | undefined
}

/**
 * Fetches a JWK set: no redirects, JSON alone, bounded in size and over the whole exchange in time. Rejects with an
 * error that says what was wrong. Not checked: whether a key in it can be used.
 */
export function fetchKeySet(url: string, options: FetchKeySetOptions): Promise<KeySetAnswer> {
  return within(options.timeout, (signal) => load(url, options, signal))
}

async function load(
  url: string,
  { fetch, maxSize, etag }: FetchKeySetOptions,
  signal: AbortSignal,
): Promise<KeySetAnswer> {
  const response = await fetch(url, {
    headers: {
      accept: 'application/jwk-set+json, application/json',
      ...(etag !== undefined && { 'if-none-match': etag }),
    },
    // A redirect could lead to keys of somebody else. `error` is not known to every runtime.
    redirect: 'manual',
    signal,
  })
  const maxAge = readMaxAge(response.headers)
  if (response.status === 304 && etag !== undefined) return { keys: undefined, etag, maxAge }
  const refusal = refuseHead(response)
  if (refusal !== undefined) {
    await response.body?.cancel()
    throw new Error(refusal)
  }
  const document = parseJson(decodeUtf8(await readBytes(response.body, maxSize)))
  if (!(document instanceof Object && 'keys' in document && Array.isArray(document.keys)))
    throw new Error('The answer is not a key set.')
  return { keys: document.keys, etag: response.headers.get('etag') ?? undefined, maxAge }
}

/** Status and type, before a byte of the body is read. */
function refuseHead({ status, headers }: Response): string | undefined {
  if (status !== 200) return `The answer has status ${status}.`
  const isJson = /^application\/([^ ;]+\+)?json *(;|$)/i.test(headers.get('content-type') ?? '')
  return isJson ? undefined : 'The answer is not JSON.'
}

/** `max-age` less `Age`; 0 when the answer wants to be asked for each time. RFC 9111 §5.2.2. */
function readMaxAge(headers: Headers): number | undefined {
  const directives = headers.get('cache-control') ?? ''
  if (/\bno-(store|cache)\b/i.test(directives)) return 0
  const seconds = /(?:^|[\s,])max-age="?(\d{1,9})/i.exec(directives)?.[1]
  return seconds === undefined ? undefined : Number(seconds) - (Number(headers.get('age')) || 0)
}
